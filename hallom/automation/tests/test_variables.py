from hypothesis import given
from hypothesis import strategies as st

from hallom.automation.variables import fill, first_name, named, unknown


def test_values_are_put_in_escaped() -> None:
    filled = fill("<p>Dear {{ customer.name }},</p>", {"customer.name": "Tom & <b>Jerry</b>"})
    assert filled.html == "<p>Dear Tom &amp; &lt;b&gt;Jerry&lt;/b&gt;,</p>"
    assert filled.missing == ()


def test_a_missing_one_is_marked_and_named_once() -> None:
    filled = fill(
        "<p>{{customer.name}} {{ customer.name }} {{field.iban}}</p>", {}, label=lambda name: name.upper()
    )
    assert filled.missing == ("customer.name", "field.iban")
    assert filled.html.count('<mark data-missing="customer.name">CUSTOMER.NAME</mark>') == 2


def test_within_a_tag_nothing_is_marked() -> None:
    filled = fill(
        '<a href="https://example.com/{{ ticket.number }}?n={{ customer.name }}">x</a>',
        {"ticket.number": "12"},
    )
    assert filled.html == '<a href="https://example.com/12?n=">x</a>'
    assert filled.missing == ("customer.name",)


def test_editors_spaces_and_case_do_not_matter() -> None:
    assert fill("{{&nbsp;Customer.Name\u00a0}}", {"customer.name": "Ágnes"}).html == "Ágnes"


def test_slips_are_found() -> None:
    assert unknown("{{ customer.nmae }} {{ field.anything }} {{ ticket.number }}") == ("customer.nmae",)
    assert named("{{ b.x }}{{ a.y }}{{ b.x }}") == ("b.x", "a.y")


def test_first_names() -> None:
    assert first_name("Dr. Szabó Ágnes", "hu") == "Ágnes"
    assert first_name("Ágnes Szabó", "en") == "Ágnes"
    assert first_name("Anna Maria Nowak", "pl") == "Anna"
    assert first_name("", "hu") == ""


@given(st.text(), st.text())
def test_a_value_cannot_become_markup(text: str, value: str) -> None:
    filled = fill("<p>{{ customer.name }}</p>", {"customer.name": value}).html
    assert "<" not in filled.removeprefix("<p>").removesuffix("</p>") or not value
    fill(text, {"customer.name": value})
