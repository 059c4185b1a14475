"""What a waiting caller is told is spoken aloud: no brackets, and true of everybody who hears it."""

import pytest

from hallom.calls.announcements import LONGEST_POSITION, position_texts


@pytest.mark.parametrize("language", ["en", "hu", "pl"])
def test_every_place_has_a_sentence_of_its_own_that_can_be_spoken(language: str) -> None:
    texts = position_texts(language)
    assert set(texts) == set(range(LONGEST_POSITION + 1))
    assert len(set(texts.values())) == len(texts)
    assert not any(set("(){}") & set(text) for text in texts.values())
    assert all(str(place) in texts[place] for place in range(2, LONGEST_POSITION + 1))


def test_hungarian_puts_the_article_before_the_place() -> None:
    texts = position_texts("hu")
    assert "az 5. hívó" in texts[5]
    assert [f" a {place}. hívó" in texts[place] for place in range(2, 11)].count(True) == 8


def test_the_eleventh_caller_is_told_no_more_than_the_ten_who_are_before_him() -> None:
    assert "ten or more callers" in position_texts("en")[0]


def test_a_language_that_is_not_spoken_has_none() -> None:
    assert position_texts("de") == {}
