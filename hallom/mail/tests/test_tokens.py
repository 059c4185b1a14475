"""Signed addresses and Message-IDs cannot be made up, and survive what servers do to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hallom.mail.tokens import Token, make_address, make_message_id, token_of_address, token_of_message_id

KEY, OTHER = b"k" * 32, b"o" * 32
NUMBERS = st.integers(0, 2**63 - 1)


@given(NUMBERS, st.none() | NUMBERS)
def test_what_was_signed_is_read_again(ticket: int, side: int | None) -> None:
    token = Token(ticket, side)
    assert token_of_address(make_address("help@example.com", token, KEY), [KEY]) == token
    message_id = make_message_id("example.com", token, KEY, unique="0a1b-2c")
    assert token_of_message_id(message_id, [OTHER, KEY]) == token


@given(NUMBERS, NUMBERS)
def test_another_ticket_needs_another_signature(ticket: int, other: int) -> None:
    mine, theirs = (make_address("h@x", Token(number), KEY) for number in (ticket, other))
    forged = f"{theirs.rpartition('.')[0]}.{mine.rpartition('.')[2]}"
    assert token_of_address(forged, [KEY]) == (Token(other) if ticket == other else None)


def test_an_address_may_be_lower_or_upper_case_or_in_brackets() -> None:
    address = make_address("Help@Example.com", Token(48213, 7), KEY)
    assert address.startswith("Help+t1f2l-7.")
    for seen in (address.lower(), address.upper(), f" <{address}> "):
        assert token_of_address(seen, [KEY]) == Token(48213, 7)


def test_the_signature_of_one_purpose_is_none_for_the_other() -> None:
    message_id = make_message_id("example.com", Token(5), KEY, unique="a")
    assert token_of_address(message_id, [KEY]) is None
    assert token_of_message_id(make_address("h@x", Token(5), KEY), [KEY]) is None


@pytest.mark.parametrize("keys", [[], [OTHER]])
def test_without_the_key_there_is_no_token(keys: list[bytes]) -> None:
    assert token_of_address(make_address("h@x", Token(1), KEY), keys) is None
    assert token_of_message_id(make_message_id("x", Token(1), KEY, unique="a"), keys) is None


@pytest.mark.parametrize(
    "text",
    ["", "@", "help@x", "help+t1@x", "t1.0000000000000000@x", "help+tzz.0000000000000000@x", "é+t1.é@x"],
)
def test_other_addresses_have_no_token(text: str) -> None:
    assert token_of_address(text, [KEY]) is None
    assert token_of_message_id(text, [KEY]) is None


def test_a_name_that_would_grow_too_long_stays_as_it_is() -> None:
    assert make_address("a" * 50 + "@x", Token(1), KEY) == "a" * 50 + "@x"


def test_a_unique_part_that_would_break_the_message_id_is_refused() -> None:
    with pytest.raises(ValueError):
        make_message_id("x", Token(1), KEY, unique="a.b")


@given(st.text(max_size=80))
def test_no_text_by_chance_is_taken_for_a_token(text: str) -> None:
    assert token_of_address(text, [KEY]) is None
    assert token_of_message_id(text, [KEY]) is None
