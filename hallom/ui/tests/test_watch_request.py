import pytest

from hallom.ui.live.topics import Watch


@pytest.mark.parametrize(
    ("age", "seconds"), [("NaN", 0.0), ("-1", 0.0), ("2.5", 2.5), ("1e999", 600.0), ("9" * 400, 600.0)]
)
def test_no_age_of_a_page_is_too_strange(age: str, seconds: float) -> None:
    assert Watch.parse(f'{{"watch": [], "age": {age}}}').age_seconds == seconds
