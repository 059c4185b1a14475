import pytest

from hallom.ui.live.topics import BadRequest, Look, Watch, parse


@pytest.mark.parametrize(
    ("age", "seconds"), [("NaN", 0.0), ("-1", 0.0), ("2.5", 2.5), ("1e999", 600.0), ("9" * 400, 600.0)]
)
def test_no_age_of_a_page_is_too_strange(age: str, seconds: float) -> None:
    request = parse(f'{{"watch": [], "age": {age}}}')
    assert isinstance(request, Watch)
    assert request.age_seconds == seconds


def test_a_look_names_one_topic_or_none() -> None:
    assert parse('{"look": "ticket-12", "writing": true}') == Look("ticket-12", True)
    assert parse('{"look": null}') == Look(None, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "7",
        "{}",
        "[" * 100_000,
        '{"look": "Ticket 12"}',
        '{"look": ["ticket-12"]}',
        '{"look": "ticket-12", "writing": 1}',
        '{"look": "ticket-' + "9" * 41 + '"}',
        '{"watch": "ticket-12"}',
        '{"watch": [], "since": "x"}',
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        parse(text)
