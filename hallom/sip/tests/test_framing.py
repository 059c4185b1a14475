from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hallom.sip.flow import Flow
from hallom.sip.framing import Framer, FramingLost
from hallom.sip.tests.harness import OFFER, Book
from hallom.sip.tests.lone import Lone, invite, request, starts

TCP = Flow("tcp", "127.0.0.1", 5299, 4)
WS = Flow("ws", "127.0.0.1", 5299, 5)


@given(st.lists(st.integers(0, 1200), max_size=12))
def test_messages_are_found_however_the_stream_is_cut(cuts: list[int]) -> None:
    messages = [invite(), request("OPTIONS"), request("BYE", to_tag="x")]
    stream = b"\r\n\r\n".join(messages)
    places = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    framer = Framer()
    found = [one for a, b in pairwise(places) for one in framer.feed(stream[a:b])]
    assert found == messages
    assert framer.is_empty


def test_a_ping_is_answered_on_streams_and_not_on_udp() -> None:
    lone = Lone(Book({("127.0.0.1", 5299): "trunk"}))
    assert lone.say(b"\r\n\r\n", TCP) == ["\r\n"]
    assert lone.say(b"\r\n\r\n", WS) == ["\r\n"]
    assert lone.say(b"\r\n\r\n") == []
    assert lone.say(b"\r\n", TCP) == []
    assert starts(lone.say(request("OPTIONS"), TCP)) == ["200"]


def test_a_stream_without_lengths_is_closed() -> None:
    lone = Lone()
    data = request("OPTIONS").replace(b"Content-Length: 0\r\n", b"")
    assert lone.say(data, TCP) == []
    assert lone.endpoint.closings() == [TCP]
    assert lone.endpoint.closings() == []
    with pytest.raises(FramingLost):
        Framer().feed(b"x" * 70_000)


def test_a_length_in_the_body_is_not_the_messages() -> None:
    body = f"{OFFER}\r\nContent-Length: 9\r\n\r\n"
    data = request("OPTIONS", body=body)
    assert Framer().feed(data + data) == [data, data]
