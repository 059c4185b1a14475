"""How much a message may be: to the byte, by each way it may come."""

import pytest

from hallom.sip.flow import Flow
from hallom.sip.tests.lone import PHONE, Lone, invite, request, starts

STREAM = Flow("tcp", "127.0.0.1", 5299, 7)
MOST_BYTES, MOST_HEADERS = 65_536, 128


def of_size(size: int) -> bytes:
    short = request("INVITE", extra="Subject: \r\n", body="x", content_type="text/plain")
    return short.replace(b"Subject: ", b"Subject: " + b"s" * (size - len(short)))


def with_headers(count: int, line: bytes = b"X: y\r\n") -> bytes:
    whole = invite()
    there = whole.split(b"\r\n\r\n", 1)[0].count(b"\r\n")
    return whole.replace(b"Max-Forwards", line * (count - there) + b"Max-Forwards", 1)


def test_a_message_of_64_kib_is_read_and_one_byte_more_is_not() -> None:
    lone = Lone()
    assert starts(lone.say(of_size(MOST_BYTES))) == ["415"]
    assert lone.endpoint.counters["malformed"] == 0
    lone = Lone()
    assert lone.say(of_size(MOST_BYTES + 1)) == []
    assert lone.endpoint.counters["malformed"] == 1
    assert lone.is_empty()


@pytest.mark.parametrize(("more", "is_closed"), [(0, False), (1, True)])
def test_a_stream_with_more_than_64_kib_to_a_message_is_closed(more: int, is_closed: bool) -> None:
    lone = Lone()
    data = of_size(MOST_BYTES + more)
    for begin in range(0, len(data), 9_000):
        lone.endpoint.receive(data[begin : begin + 9_000], STREAM, lone.now)
    assert bool(lone.endpoint.closings()) is is_closed
    assert bool(lone.endpoint.outgoing()) is not is_closed
    if is_closed:
        lone.endpoint.flow_closed(STREAM, lone.now)
        assert lone.is_empty()


def test_a_message_may_have_128_headers_and_no_more() -> None:
    assert starts(Lone().say(with_headers(MOST_HEADERS))) == ["100"]
    assert starts(Lone().say(with_headers(MOST_HEADERS + 1))) == ["400"]


@pytest.mark.parametrize("breaks", [b"\n", b"\r", b"\n\r", b"\x0b", b"\x0c", b"\xc2\x85", b"\xe2\x80\xa8"])
def test_only_crlf_ends_a_line(breaks: bytes) -> None:
    """Whoever takes another break for one reads a header that we do not."""
    whole = invite()
    lone = Lone()
    said = lone.say(whole.replace(b"\r\n", breaks))
    assert said == []
    smuggled = whole.replace(
        b"Max-Forwards: 70", b"Subject: a" + breaks + b"Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx"
    )
    answers = Lone().say(smuggled)
    assert starts(answers) in (["400"], ["100"])
    assert all("192.0.2.9" not in answer for answer in answers)
    assert lone.is_empty()


def test_nothing_of_a_line_that_another_break_ends_is_sent_on() -> None:
    lone = Lone()
    lone.endpoint.receive(with_headers(20, b"X: a\nVia: b\r\n"), PHONE, lone.now)
    said = lone.sent()
    assert starts(said) == ["400"]
    assert "\nVia: b" not in said[0]
