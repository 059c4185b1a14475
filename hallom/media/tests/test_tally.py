"""Counted together or each for itself: the same numbers."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hallom.media.quality import ReceiverStatistics
from hallom.media.tally import Tally

SOURCES = 3


def numbers(statistics: ReceiverStatistics) -> tuple[object, ...]:
    statistics.take_back()
    return (
        statistics.received, statistics.extended_highest, statistics.lost, statistics.jitter, statistics.transit,
        statistics.heard_at, statistics.mark,
    )  # fmt: skip


class Together:
    """A tally and the statistics that lend to it, as the intake has them."""

    def __init__(self) -> None:
        self.tally = Tally(SOURCES)
        self.sources: list[ReceiverStatistics] = []

    def add(self) -> None:
        self.tally.add()
        self.sources.append(ReceiverStatistics())

    def count(self, packets: list[tuple[int, int, float] | None]) -> int:
        """Of each source a packet or none; returns how many were counted together."""
        rows = [(0, 0, 0.0) if packet is None else packet for packet in packets]
        marks = np.array([sequence << 32 | timestamp for sequence, timestamp, _ in rows], np.int64)
        counted = self.tally.count(
            0, marks, marks & 0xFFFFFFFF, np.array([row[2] for row in rows]),
            are_right=np.array([packet is not None for packet in packets]),
        ).tolist()  # fmt: skip
        for row, (packet, is_counted) in enumerate(zip(packets, counted, strict=True)):
            if packet is not None and not is_counted:
                source = self.sources[row]
                source.take_back()
                source.update(1, *packet)
                self.tally.lend(row, source)
        return sum(counted)


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    loss=st.sampled_from([0, 0.05, 0.4]),
    swap=st.sampled_from([0, 0.1]),
    asks=st.sampled_from([0, 0.1]),
    start=st.sampled_from([(1, 160), (65500, 2**32 - 40 * 160)]),
)
def test_on_any_network_both_ways_give_the_same_numbers(
    seed: int, loss: float, swap: float, asks: float, start: tuple[int, int]
) -> None:
    dice = random.Random(seed)
    together, alone = Together(), [ReceiverStatistics() for _ in range(SOURCES)]
    for _ in range(SOURCES):
        together.add()
    for tick in range(150):
        packets: list[tuple[int, int, float] | None] = []
        for statistics in alone:
            number = tick + (dice.randint(-2, 3) if dice.random() < swap else 0)
            packet = (
                (start[0] + number) % 65536, (start[1] + 160 * number) % 2**32, 1e9 + 0.02 * tick + 0.01 * dice.random(),
            )  # fmt: skip
            packets.append(None if dice.random() < loss else packet)
            if packets[-1] is not None:
                statistics.update(1, *packet)
        together.count(packets)
        assert [source.heard_at for source in together.sources] == [source.heard_at for source in alone]
        if dice.random() < asks:
            assert numbers(together.sources[1]) == numbers(alone[1])
    assert [numbers(source) for source in together.sources] == [numbers(source) for source in alone]


def test_what_comes_in_order_is_counted_together_from_the_second_packet_on() -> None:
    together = Together()
    together.add()
    counts = [together.count([(number, 160 * number, 0.02 * number)]) for number in range(1, 6)]
    assert counts == [0, 1, 1, 1, 1]


def test_the_row_that_is_left_goes_to_the_last_and_nobody_loses_a_count() -> None:
    together = Together()
    for _ in range(SOURCES):
        together.add()
    for number in range(1, 5):
        together.count([(number, 160 * number, 0.02 * number)] * SOURCES)
    together.tally.remove(0)
    gone, *left = together.sources
    together.sources = left[::-1]
    for number in range(5, 8):
        together.count([(number, 160 * number, 0.02 * number)] * 2)
    assert numbers(gone)[0] == 4
    assert [numbers(source)[0] for source in left] == [7, 7]


def test_a_step_of_more_than_a_second_is_no_jitter() -> None:
    together, alone = Together(), ReceiverStatistics()
    together.add()
    for number in range(1, 9):
        packet = (
            number,
            160 * number,
            0.02 * number + (0.003 if number % 2 else 0) + (5 if number > 5 else 0),
        )
        alone.update(1, *packet)
        assert together.count([packet]) == (number > 1)
    assert numbers(together.sources[0]) == numbers(alone)
    assert 0 < alone.jitter < 10
