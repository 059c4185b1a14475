"""Calm jitter buffers played all together: where a packet comes each tick, frames lie in columns and not in a dictionary each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallom.media.columns import column, pages, zeros
from hallom.media.g711 import FRAME_SAMPLES, Coded
from hallom.media.jitter import CALM_FRAMES, FRAME, TIMESTAMPS, JitterBuffer

SLOTS = CALM_FRAMES + 1
"""Of a row: what may wait, and the frame played last, which hides a missing one."""
NOWHERE = -(1 << 40)
"""The next timestamp of a row that is not lent: no packet is near it."""
ROWS_MORE = 16

FRAMES = np.dtype((np.void, FRAME_SAMPLES))
Rows = NDArray[np.intp]


class Lanes:
    """A row for each buffer; one that is not calm, or not lent, is asked for itself."""

    def __init__(self, rows: int, at_once: int) -> None:
        """`rows` there may be; `at_once` is how many are put to together at most."""
        self._buffers: list[JitterBuffer] = []
        # Slot 0 takes what belongs to no row.
        self._coded = pages(1 + rows * SLOTS, FRAME_SAMPLES)
        self._frames = self._coded.reshape(-1).view(FRAMES)
        self._next, self._waiting, self._head, self._base = zeros(0, np.int64).reshape(4, 0)
        self._ahead, self._steps, self._slots = np.empty((3, at_once), np.int64)
        self._fits, self._judged = np.empty((2, at_once), np.bool_)

    def add(self, buffer: JitterBuffer) -> None:
        """One row more, the last."""
        row = len(self._buffers)
        if row == len(self._next):
            columns = zeros(4 * (2 * row + ROWS_MORE), np.int64).reshape(4, -1)
            columns[:, :row] = self._next, self._waiting, self._head, self._base
            self._next, self._waiting, self._head, self._base = columns
        self._next[row], self._waiting[row], self._head[row] = NOWHERE, 0, 0
        self._base[row] = 1 + row * SLOTS
        self._buffers.append(buffer)

    def remove(self, row: int) -> None:
        """The last row takes its place. What either was lent is given back."""
        last = self._buffers[-1]
        self._buffers[row].take_back()
        last.take_back()
        self._buffers[row] = last
        del self._buffers[-1]

    def order_of(self, buffers: Iterable[JitterBuffer]) -> Rows:
        """The rows of these, until one is added or removed."""
        rows = {id(buffer): row for row, buffer in enumerate(self._buffers)}
        return column([rows[id(buffer)] for buffer in buffers], np.intp)

    def put(
        self, first: int, timestamps: NDArray[np.int64], frames: NDArray[Any], are_usual: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Which of these frames, one for each row from the first on, were put where they belong; valid until the next time."""
        number = len(timestamps)
        rows = slice(first, first + number)
        ahead, steps, slots = self._ahead[:number], self._steps[:number], self._slots[:number]
        fits, judged = self._fits[:number], self._judged[:number]
        np.subtract(timestamps, self._next[rows], ahead)
        np.floor_divide(ahead, FRAME, steps)
        np.less(steps.view(np.uint64), CALM_FRAMES, fits)
        np.multiply(steps, FRAME, slots)
        fits &= np.equal(slots, ahead, judged)
        fits &= are_usual
        steps *= fits
        np.add(self._head[rows], steps, slots)
        slots %= SLOTS
        slots += self._base[rows]
        slots *= fits
        self._frames[slots] = frames
        waiting = self._waiting[rows]
        waiting |= np.left_shift(fits, steps, ahead)
        return fits

    def play(self, order: Rows, coded: Coded) -> Coded:
        """The next frame of each row, in this order, where `coded` lies."""
        count = len(self._buffers)
        waiting, heads = self._waiting[:count], self._head[:count]
        ready = waiting & 1
        slots = heads + self._base[:count]
        self._coded.take(slots.take(order), axis=0, out=coded, mode="clip")
        waiting >>= ready
        heads += ready
        heads %= SLOTS
        self._next[:count] += ready * FRAME
        for place in np.flatnonzero(ready.take(order) == 0).tolist():
            row = int(order[place])
            buffer = self._buffers[row]
            coded[place] = np.frombuffer(buffer.get(), np.uint8)
            self._lend(row, buffer)
        return coded

    def _lend(self, row: int, buffer: JitterBuffer) -> None:
        calm = buffer.lend(self, row)
        if calm is None:
            return
        position, waiting, last = calm
        base = 1 + row * SLOTS
        for slot, frame in enumerate((*waiting, last)):
            if frame is not None:
                self._coded[base + slot] = np.frombuffer(frame, np.uint8)
        self._next[row], self._head[row] = position, 0
        self._waiting[row] = sum(1 << slot for slot, frame in enumerate(waiting) if frame is not None)

    def give_back(self, row: int) -> tuple[int, Sequence[bytes | None], bytes]:
        """What `lend` of the buffer gave, as it is now."""
        base, head, waiting = 1 + row * SLOTS, int(self._head[row]), int(self._waiting[row])
        slots = [base + (head + slot) % SLOTS for slot in range(SLOTS)]
        frames = [self._coded[slot].tobytes() for slot in slots]
        position = int(self._next[row]) % TIMESTAMPS
        self._next[row], self._waiting[row] = NOWHERE, 0
        return (
            position,
            [frame if waiting >> slot & 1 else None for slot, frame in enumerate(frames[:CALM_FRAMES])],
            frames[CALM_FRAMES],
        )
