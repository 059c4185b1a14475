"""Key presses as telephone events."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hallom.media import dtmf
from hallom.media.dtmf import KeyReceiver


def event(key: str) -> list[bytes]:
    """All packets of one press: it begins, goes on, and ends three times."""
    return [dtmf.pack(key, end=index > 3, volume=10, duration=160 * min(index + 1, 5)) for index in range(7)]


@given(
    st.lists(st.tuples(st.sampled_from(dtmf.KEYS), st.sets(st.integers(0, 6), min_size=1)), max_size=8),
    st.integers(0, 2**32 - 1),
)
def test_one_digit_a_press_whichever_packets_arrive(presses, timestamp) -> None:
    receiver = KeyReceiver()
    got = ""
    for key, arriving in presses:
        timestamp = (timestamp + 1600) % 2**32
        packets = event(key)
        got += "".join(receiver.receive(timestamp, packets[index]) or "" for index in sorted(arriving))
    assert got == "".join(key for key, _ in presses)


def test_a_straggler_of_the_press_before_is_not_a_new_press() -> None:
    receiver = KeyReceiver()
    assert receiver.receive(1000, event("1")[0]) == "1"
    assert receiver.receive(2600, event("2")[0]) == "2"
    assert receiver.receive(1000, event("1")[-1]) is None


def test_line_signals_and_stumps_are_no_keys() -> None:
    receiver = KeyReceiver()
    assert receiver.receive(1, b"\x10\x0a\x00\xa0") is None, "a hook flash"
    assert receiver.receive(2, b"\x01\x0a") is None
    assert receiver.receive(3, b"") is None
