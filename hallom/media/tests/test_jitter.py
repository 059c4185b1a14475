"""The jitter buffer: nothing heard twice, nothing out of order, little lost."""

from __future__ import annotations

import itertools
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from hallom.media.jitter import CAPACITY, FRAME, MAXIMUM_DEPTH, MINIMUM_DEPTH, JitterBuffer

SILENCE = b"\xff" * FRAME


def frame(number: int) -> bytes:
    return number.to_bytes(4, "big") * 40


def number(data: bytes) -> int | None:
    return None if data == SILENCE else int.from_bytes(data[:4], "big")


def put(buffer: JitterBuffer, index: int, start: int = 0) -> None:
    buffer.put((start + index * FRAME) % 2**32, frame(index))


def heard(buffer: JitterBuffer, ticks: int) -> list[int | None]:
    return [number(buffer.get()) for _ in range(ticks)]


def test_frames_come_out_in_order_across_the_wrap_of_the_timestamp() -> None:
    buffer = JitterBuffer(SILENCE)
    out = []
    for index in range(1, 40):
        put(buffer, index, 2**32 - 10 * FRAME)
        out += heard(buffer, 1)
    assert [each for each in out if each] == list(range(1, 39))


def test_play_out_waits_for_the_depth() -> None:
    buffer = JitterBuffer(SILENCE)
    put(buffer, 1)
    assert heard(buffer, 1) == [None]
    put(buffer, 2)
    assert heard(buffer, 2) == [1, 2]


def test_swapped_packets_are_put_right_and_duplicates_fall_away() -> None:
    buffer = JitterBuffer(SILENCE)
    for index in (2, 1, 1, 4, 3, 3):
        put(buffer, index)
    assert heard(buffer, 4) == [1, 2, 3, 4]


def test_a_missing_frame_is_the_last_one_again_then_silence() -> None:
    buffer = JitterBuffer(SILENCE)
    for index in (1, 2, 5, 6):
        put(buffer, index)
    assert heard(buffer, 6) == [1, 2, 2, None, 5, 6]
    assert buffer.concealed == 2


def test_after_a_pause_the_buffer_fills_again_before_it_plays() -> None:
    buffer = JitterBuffer(SILENCE)
    for index in (1, 2):
        put(buffer, index)
    assert heard(buffer, 5) == [1, 2, 2, None, None]
    put(buffer, 20)
    assert heard(buffer, 1) == [None]
    put(buffer, 21)
    assert heard(buffer, 2) == [20, 21]
    assert buffer.depth == MINIMUM_DEPTH


def test_a_late_packet_makes_the_buffer_deeper() -> None:
    buffer = JitterBuffer(SILENCE)
    for index in (1, 2, 4, 5, 6):
        put(buffer, index)
    heard(buffer, 4)
    put(buffer, 3)
    assert buffer.late == 1
    assert buffer.depth == MINIMUM_DEPTH + 1


def test_a_calm_network_makes_it_shallow_again() -> None:
    buffer = JitterBuffer(SILENCE)
    buffer.depth = 4
    for index in range(1, 1200):
        put(buffer, index)
        buffer.get()
    assert buffer.depth == MINIMUM_DEPTH


def test_a_fast_clock_costs_single_frames_only() -> None:
    buffer = JitterBuffer(SILENCE)
    out = []
    for index in range(1, 3000):
        put(buffer, index)
        if index % 50:
            out += heard(buffer, 1)
    spoken = [each for each in out if each is not None]
    assert spoken == sorted(set(spoken))
    assert buffer.dropped <= 60
    assert max(b - a for a, b in itertools.pairwise(spoken)) == 2


def test_a_sender_that_begins_anew_is_heard_at_once_or_after_half_a_second() -> None:
    buffer = JitterBuffer(SILENCE)
    for index in range(1000, 1010):
        put(buffer, index)
        buffer.get()
    out = []
    for index in range(1, 60):
        put(buffer, index)
        out += heard(buffer, 1)
    assert out[-1] is not None
    assert out[-1] < 60


def test_a_burst_larger_than_the_buffer_is_bounded() -> None:
    buffer = JitterBuffer(SILENCE)
    for index in range(10 * CAPACITY):
        put(buffer, index)
    assert buffer.dropped
    assert len([each for each in heard(buffer, 500) if each is not None]) <= CAPACITY + 1


def test_other_packet_times_are_cut_into_frames() -> None:
    for milliseconds in (10, 20, 30, 40, 60):
        buffer = JitterBuffer(b"\xff" * FRAME)
        size = milliseconds * 8
        out = b""
        sound = bytes(index % 200 for index in range(size * 40))
        ticks = 0
        for index in range(40):
            buffer.put(index * size, sound[index * size : (index + 1) * size])
            while ticks < (index + 1) * milliseconds // 20:
                out += buffer.get()
                ticks += 1
        while len(out) < len(sound) + 4 * FRAME:
            out += buffer.get()
        assert sound in out, milliseconds


class Network:
    """Delays, loses, doubles and swaps packets as its seed says."""

    def __init__(self, seed: int, loss: float, double: float, jitter_ticks: int) -> None:
        dice = random.Random(seed)
        self.arrivals: dict[int, list[int]] = {}
        for index in range(1, 300):
            if dice.random() < loss:
                continue
            for _ in range(2 if dice.random() < double else 1):
                self.arrivals.setdefault(index + dice.randint(0, jitter_ticks), []).append(index)
        for waiting in self.arrivals.values():
            dice.shuffle(waiting)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    loss=st.floats(0, 0.4),
    double=st.floats(0, 0.5),
    jitter_ticks=st.integers(0, 8),
    start=st.sampled_from([0, 2**32 - 100 * FRAME]),
)
def test_on_any_network_order_is_kept_and_no_frame_is_heard_twice(
    seed, loss, double, jitter_ticks, start
) -> None:
    network = Network(seed, loss, double, jitter_ticks)
    buffer = JitterBuffer(SILENCE)
    out: list[int] = []
    for tick in range(1, 330):
        for index in network.arrivals.get(tick, []):
            put(buffer, index, start)
        concealed = buffer.concealed
        got = number(buffer.get())
        if got is not None and buffer.concealed == concealed:
            out.append(got)
        assert MINIMUM_DEPTH <= buffer.depth <= MAXIMUM_DEPTH
    assert out == sorted(set(out))
    if not loss and not jitter_ticks:
        assert len(out) > 290
