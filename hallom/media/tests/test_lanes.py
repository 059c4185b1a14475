"""Played together or each for itself: the same frames at the same time."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hallom.media.g711 import FRAME_SAMPLES
from hallom.media.jitter import FRAME, JitterBuffer
from hallom.media.lanes import FRAMES, Lanes

SILENCE = b"\xff" * FRAME
BUFFERS = 4


def frame(number: int) -> bytes:
    return number.to_bytes(4, "big") * 40


class Together:
    """Buffers that lend to lanes, as intake and mixer use them; played in another order than they are put to."""

    def __init__(self, count: int = BUFFERS) -> None:
        self.lanes = Lanes(BUFFERS, BUFFERS)
        self.buffers = [JitterBuffer(SILENCE) for _ in range(count)]
        for buffer in self.buffers:
            self.lanes.add(buffer)
        self.put_together = 0

    def put(self, packets: list[tuple[int, bytes] | None]) -> None:
        """To each buffer a packet or none."""
        rows = [(0, SILENCE) if packet is None else packet for packet in packets]
        frames = np.frombuffer(b"".join(row[1] for row in rows), FRAMES)
        are_usual = np.array([packet is not None for packet in packets])
        timestamps = np.array([row[0] for row in rows], np.int64)
        fitted = self.lanes.put(0, timestamps, frames, are_usual).tolist()
        self.put_together += sum(fitted)
        for buffer, packet, is_put in zip(self.buffers, packets, fitted, strict=True):
            if packet is not None and not is_put:
                buffer.put(*packet)

    def play(self) -> list[bytes]:
        backwards = self.buffers[::-1]
        coded = np.empty((len(backwards), FRAME_SAMPLES), np.uint8)
        self.lanes.play(self.lanes.order_of(backwards), coded)
        return [row.tobytes() for row in coded[::-1]]


def state(buffer: JitterBuffer) -> tuple[object, ...]:
    buffer.take_back()
    return buffer.depth, buffer.concealed, buffer.late, buffer.dropped, sorted(buffer._frames), buffer._next


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    loss=st.sampled_from([0, 0.02, 0.3]),
    double=st.sampled_from([0, 0.1]),
    jitter_ticks=st.integers(0, 5),
    odd=st.sampled_from([0, 0.02]),
    asks=st.sampled_from([0, 0.1]),
    start=st.sampled_from([0, 7, 2**32 - 60 * FRAME]),
)
def test_on_any_network_both_ways_play_the_same(
    seed: int, loss: float, double: float, jitter_ticks: int, odd: float, asks: float, start: int
) -> None:
    dice = random.Random(seed)
    together, alone = Together(), [JitterBuffer(SILENCE) for _ in range(BUFFERS)]
    on_the_way: list[dict[int, list[int]]] = [{} for _ in range(BUFFERS)]
    for tick in range(250):
        for way in on_the_way:
            for _ in range(2 if dice.random() < double else 1):
                if dice.random() >= loss:
                    # A calm line with a disturbance now and then, or one that never rests.
                    delay = dice.randint(0, jitter_ticks) if dice.random() < 0.2 or jitter_ticks == 5 else 0
                    way.setdefault(tick + delay, []).append(tick)
        while any(way.get(tick) for way in on_the_way):
            packets: list[tuple[int, bytes] | None] = []
            for way, buffer in zip(on_the_way, alone, strict=True):
                number = way[tick].pop() if way.get(tick) else None
                shift = 40 if dice.random() < odd else 0
                packet = None if number is None else ((start + number * FRAME + shift) % 2**32, frame(number))
                packets.append(packet)
                if packet is not None:
                    buffer.put(*packet)
            together.put(packets)
        assert together.play() == [buffer.get() for buffer in alone]
        if dice.random() < asks:
            assert state(together.buffers[2]) == state(alone[2])
    assert [state(buffer) for buffer in together.buffers] == [state(buffer) for buffer in alone]


def test_a_calm_line_is_played_together_from_its_second_frame_on() -> None:
    together = Together()
    heard = []
    for number in range(1, 30):
        together.put([(number * FRAME, frame(number))] * BUFFERS)
        heard.append(together.play()[0])
    assert heard == [SILENCE] + [frame(number) for number in range(1, 29)]
    assert together.put_together == 27 * BUFFERS


def test_the_row_that_is_left_goes_to_the_last_and_nobody_loses_a_frame() -> None:
    together = Together()
    for number in range(1, 6):
        together.put([(number * FRAME, frame(number + 100 * row)) for row in range(BUFFERS)])
        together.play()
    together.lanes.remove(1)
    gone, last = together.buffers[1], together.buffers[3]
    together.buffers = [together.buffers[0], last, together.buffers[2]]
    for number in range(6, 10):
        together.put([(number * FRAME, frame(number + 100 * row)) for row in (0, 3, 2)])
        assert together.play() == [frame(number - 1 + 100 * row) for row in (0, 3, 2)]
    assert gone.get() == frame(105)


def test_a_buffer_that_has_more_than_it_should_counts_on_for_itself() -> None:
    buffer, lanes = JitterBuffer(SILENCE), Lanes(BUFFERS, BUFFERS)
    for number in range(1, 6):
        buffer.put(number * FRAME, frame(number))
    assert buffer.get() == frame(1)
    assert buffer.lend(lanes, 0) is None
    assert buffer.get() == frame(2)
    lent = buffer.lend(lanes, 0)
    assert lent == (3 * FRAME, [frame(3), frame(4), frame(5), None], frame(2))
