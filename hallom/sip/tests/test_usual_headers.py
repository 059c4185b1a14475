"""What most headers look like is read by a shorter way: it must come to the same."""

import re
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hallom.sip import header
from hallom.sip.header import BadHeader, NameAddr, Via

NOTHING = re.compile(r"(?!)")
ADDRESSES = st.from_regex(
    re.compile(r'("[^"]{0,6}"? ?|[a-z ]{0,4})<?sip:[a-z\d@.:;=<]{0,12}>?(;[tT]ag=?[\w=";, ]{0,8}){0,2}')
)
VIAS = st.from_regex(
    re.compile(
        r"SIP ?/ ?2\.0/(UDP|tcp|WSS) +[\w.\-\[\]:]{1,14}(:\d{1,6})?( ?;[a-zA-Z]{1,8}(=[\w\"=.]{0,6})?){0,3}"
    )
)


def outcome(read: Callable[[str], object], value: str) -> object:
    try:
        return read(value)
    except BadHeader as error:
        return str(error)


def by_the_long_way(read: Callable[[str], object], value: str) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(header, "USUAL_ADDRESS", NOTHING)
        patch.setattr(header, "USUAL_VIA", NOTHING)
        return outcome(read, value)


def address(value: str) -> NameAddr:
    return NameAddr.parse.__wrapped__(NameAddr, value)  # type: ignore[attr-defined,no-any-return]


@given(ADDRESSES)
@example('"Carla" <sip:carla@example>;tag=1')
@example('""<sip:carla@example>')
@example("<sip:carla@example>;tag=")
@example("<sip:carla@example>;tag=1;tag=2")
@example("<sip:carla@example>\n")
def test_an_address_is_the_same_by_either_way(value: str) -> None:
    assert outcome(address, value) == by_the_long_way(address, value)


@given(VIAS)
@example("SIP/2.0/UDP phone.example:5060;rport;branch=z9hG4bK1")
@example("SIP/2.0/UDP phone.example:0;branch=1")
@example("SIP/2.0/UDP phone.example;branch=1;branch=2")
@example("SIP/2.0/UDP phone.example;branch=1\n")
def test_a_via_is_the_same_by_either_way(value: str) -> None:
    assert outcome(Via.parse, value) == by_the_long_way(Via.parse, value)
