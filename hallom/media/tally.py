"""Packets that come as they should, counted for many sources together; their statistics lend their numbers for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hallom.media.columns import zeros
from hallom.media.g711 import FRAME_SAMPLES
from hallom.media.quality import JITTER_WEIGHT, RATE, ReceiverStatistics

Marks = NDArray[np.int64]
"""Of packets: the sequence number and, in the lower 32 bits, the timestamp."""
NEXT = 1 << 32 | FRAME_SAMPLES
"""From a mark to that of the packet after it; where either number begins anew, the statistics count for themselves."""
NOBODY = -1
"""No packet is marked so."""
TRANSIT, JITTER, HEARD = range(3)
ROWS_MORE = 16


class Tally:
    """A row for each source; for a row whose statistics are not lent nothing is counted."""

    def __init__(self, at_once: int) -> None:
        """`at_once` is how many rows are counted together at most: what is reckoned with lies in places of fixed size."""
        self._lent: list[ReceiverStatistics | None] = []
        self._due = zeros(0, np.int64)
        self._books = zeros(0, np.float64).reshape(3, 0)
        self._clocks, self._steps = np.empty((2, at_once), np.float64)
        self._counted, self._moved = np.empty((2, at_once), np.bool_)

    def add(self) -> None:
        """One row more, the last."""
        row = len(self._lent)
        if row == len(self._due):
            due, books = self._due, self._books
            room = 2 * row + ROWS_MORE
            self._due, self._books = zeros(room, np.int64), zeros(3 * room, np.float64).reshape(3, room)
            self._due[:row], self._books[:, :row] = due, books
        self._due[row] = NOBODY
        self._lent.append(None)

    def remove(self, row: int) -> None:
        """The last row takes its place. What either was lent is given back."""
        for freed in (row, len(self._lent) - 1):
            statistics = self._lent[freed]
            if statistics is not None:
                statistics.take_back()
        self._lent.pop()

    def lend(self, row: int, statistics: ReceiverStatistics) -> None:
        """From now on the row counts for these, until they take it back."""
        mark, transit, heard_at = statistics.mark, statistics.transit, statistics.heard_at
        if mark is None or transit is None or heard_at is None:
            return
        self._due[row] = mark + NEXT
        self._books[:, row] = transit, statistics.jitter, heard_at
        self._lent[row] = statistics
        statistics.lend(self, row)

    def give_back(self, row: int) -> tuple[int, float, float, float]:
        """Mark of the newest packet, transit, jitter and when it came."""
        mark = int(self._due[row]) - NEXT
        transit, jitter, heard_at = self._books[:, row].tolist()
        self._due[row] = NOBODY
        self._lent[row] = None
        return mark, transit, jitter, heard_at

    def heard_at(self, row: int) -> float:
        return float(self._books[HEARD, row])

    def count(
        self, first: int, marks: Marks, timestamps: NDArray[np.int64], arrivals: NDArray[np.float64], *,
        are_right: NDArray[np.bool_],
    ) -> NDArray[np.bool_]:  # fmt: skip
        """Which of these packets, one from each source from the first on, were next in order and so are counted.

        Valid until the next time.
        """
        number = len(marks)
        rows = slice(first, first + number)
        due, (transits, jitters, heard) = self._due[rows], self._books[:, rows]
        counted, moved = self._counted[:number], self._moved[:number]
        clocks, steps = self._clocks[:number], self._steps[:number]
        np.equal(due, marks, counted)
        counted &= are_right
        np.add(due, NEXT, due, where=counted)
        np.copyto(heard, arrivals, where=counted)
        np.multiply(arrivals, RATE, clocks)
        clocks -= timestamps
        np.subtract(clocks, transits, steps)
        np.abs(steps, steps)
        np.less(steps, RATE, moved)
        moved &= counted
        steps -= jitters
        steps *= JITTER_WEIGHT
        np.add(jitters, steps, jitters, where=moved)
        np.copyto(transits, clocks, where=counted)
        return counted
