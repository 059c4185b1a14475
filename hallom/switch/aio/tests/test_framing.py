import pytest
from hypothesis import given
from hypothesis import strategies as st

from hallom.switch.aio.framing import MESSAGE_LIMIT, Framer, FramingError


def message(body: bytes = b"", name: bytes = b"Content-Length") -> bytes:
    return b"OPTIONS sip:a SIP/2.0\r\n%b: %d\r\n\r\n%b" % (name, len(body), body)


def test_two_messages_in_one_read_are_cut_apart() -> None:
    assert Framer().feed(message(b"one") + message(b"two!")) == [message(b"one"), message(b"two!")]


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=5), st.data())
def test_messages_survive_any_cut_of_the_stream(bodies: list[bytes], data: st.DataObject) -> None:
    stream = b"\r\n\r\n".join(message(body) for body in bodies)
    framer, cut = Framer(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        cut += framer.feed(stream[:size])
        stream = stream[size:]
    assert cut == [message(body) for body in bodies]


def test_the_short_form_of_content_length_counts() -> None:
    assert Framer().feed(message(b"body", b"l")) == [message(b"body", b"l")]


def test_a_ping_is_counted_and_not_taken_for_a_message() -> None:
    framer = Framer()
    assert framer.feed(b"\r\n\r\n") == []
    assert framer.take_pings() == 1
    assert framer.take_pings() == 0


def test_a_pong_before_a_message_is_skipped() -> None:
    assert Framer().feed(b"\r\n" + message()) == [message()]


@pytest.mark.parametrize(
    "data",
    [
        b"OPTIONS sip:a SIP/2.0\r\nTo: b\r\n\r\n",
        b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 999999\r\n\r\n",
        b"x" * (MESSAGE_LIMIT + 1),
    ],
)
def test_a_stream_that_cannot_be_cut_is_refused(data: bytes) -> None:
    with pytest.raises(FramingError):
        Framer().feed(data)
