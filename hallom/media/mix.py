"""Who hears whom, how loud: a sparse matrix applied to all frames of one tick at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hallom.media.g711 import FRAME_SAMPLES, ROWS_AT_ONCE, Samples

Edge = tuple[str, str]
Rows = NDArray[np.intp]
FULL_SCALE = 32768.0
SILENT_LEVEL = -96.0
"""dBov that stands for digital silence: the floor of 16 bits."""
MAXIMUM_GAIN = 4.0
"""12 dB; louder only clips."""


class MixPlan:
    """The matrix with names turned into row numbers; rebuilt after edits, applied every tick."""

    def __init__(
        self, edges: Mapping[Edge, float], sources: Sequence[str], destinations: Sequence[str], *,
        taps: Sequence[Sequence[str]] = (), mixed: Samples | None = None,
    ) -> None:  # fmt: skip
        """`taps` are further destinations, each with the sources it hears as they are.

        `mixed` is what is mixed into, a row for each destination, where the caller has such.
        """
        rows = len(destinations) + len(taps)
        to, heard, gains = _cells(edges, sources, destinations, taps)
        # Whoever hears one voice as it is gets a copy: most of a quiet day, at half the memory of adding up.
        is_copied = (np.bincount(to, minlength=rows)[to] == 1) & (gains == 1)
        self._copied, self._copied_from = to[is_copied], heard[is_copied]
        # Often everybody hears one voice: then nothing is laid aside on the way.
        self._is_all_copied = len(self._copied) == rows
        is_added = ~is_copied
        self._added_from = heard[is_added]
        self._gains = gains[is_added].reshape(-1, 1)
        self._added, self._starts = np.unique(to[is_added], return_index=True)
        # Kept from tick to tick: rows that hear nobody stay zero, and no memory is asked for 50 times a second.
        self._mixed = np.empty((rows, FRAME_SAMPLES), np.int16) if mixed is None else mixed
        self._mixed.fill(0)

    def apply(self, frames: Samples) -> Samples:
        """Samples for each destination, valid until the next time, from one row of samples for each source."""
        mixed = self._mixed
        if self._is_all_copied:
            # Not "raise", which would lay it aside; the row numbers are our own.
            frames.take(self._copied_from, axis=0, out=mixed, mode="clip")
        elif self._copied.size:
            mixed[self._copied] = frames.take(self._copied_from, axis=0)
        if self._added.size:
            sums = np.add.reduceat(frames[self._added_from] * self._gains, self._starts, axis=0)
            mixed[self._added] = np.clip(sums, -32768, 32767, out=sums).astype(np.int16)
        return mixed


def _cells(
    edges: Mapping[Edge, float],
    sources: Sequence[str],
    destinations: Sequence[str],
    taps: Sequence[Sequence[str]],
) -> tuple[Rows, Rows, NDArray[np.float32]]:
    """Destination, source and gain of each cell, in order of the destinations; in columns, for a tuple of each takes 64 bytes."""
    source_rows = {name: row for row, name in enumerate(sources)}
    destination_rows = {name: row for row, name in enumerate(destinations)}
    to, heard, gains = [], [], []
    for (source, destination), gain in edges.items():
        if source in source_rows and destination in destination_rows:
            to.append(destination_rows[destination])
            heard.append(source_rows[source])
            gains.append(gain)
    for row, names in enumerate(taps, len(destinations)):
        for name in dict.fromkeys(names):
            if name in source_rows:
                to.append(row)
                heard.append(source_rows[name])
                gains.append(1.0)
    rows, heard_rows = np.array(to, np.intp), np.array(heard, np.intp)
    order = np.lexsort((heard_rows, rows))
    return rows[order], heard_rows[order], np.array(gains, np.float32)[order]


class MixMatrix:
    """The edges by name; names of sources and destinations may come and go."""

    def __init__(self) -> None:
        self._edges: dict[Edge, float] = {}
        # With many short calls somebody leaves some hundred times a second: not to be looked for among all.
        self._touching: dict[str, list[Edge]] = {}

    @property
    def edges(self) -> Mapping[Edge, float]:
        """Who is heard by whom, and how loud."""
        return self._edges

    @edges.setter
    def edges(self, edges: Mapping[Edge, float]) -> None:
        self._edges, self._touching = {}, {}
        for edge, gain in edges.items():
            self.connect(*edge, gain)

    def connect(self, source: str, destination: str, gain: float) -> None:
        """Lets `destination` hear `source`; gain 0 takes the edge away."""
        edge = source, destination
        if not gain:
            self._take_away(edge)
            return
        if edge not in self._edges:
            for name in dict.fromkeys(edge):
                # Not a set, which takes 230 bytes for the one or two that nearly everybody has.
                self._touching.setdefault(name, []).append(edge)
        self._edges[edge] = gain

    def remove(self, name: str) -> None:
        """Takes away all edges from and to a name."""
        for edge in tuple(self._touching.get(name, ())):
            self._take_away(edge)

    def _take_away(self, edge: Edge) -> None:
        if self._edges.pop(edge, None) is None:
            return
        for name in dict.fromkeys(edge):
            touching = self._touching[name]
            touching.remove(edge)
            if not touching:
                del self._touching[name]

    def plan(self, sources: Sequence[str], destinations: Iterable[str]) -> MixPlan:
        return MixPlan(self.edges, sources, list(destinations))


def add_power(power: NDArray[np.float64], frames: Samples) -> None:
    """Adds the sum of the squares of each row."""
    for start in range(0, len(frames), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        heard = frames[part].astype(np.float32)
        power[part] += np.vecdot(heard, heard)


class LevelMeter:
    """Mean loudness of one source, lately and over its whole life, in dBov."""

    __slots__ = ("_recent_power", "_recent_ticks", "_whole_power", "_whole_ticks")

    def __init__(self) -> None:
        self._recent_power = self._whole_power = 0.0
        self._recent_ticks = self._whole_ticks = 0

    def add(self, power: float, ticks: int) -> None:
        """`power` is the sum of the squares of all samples of so many frames."""
        self._recent_power += power
        self._recent_ticks += ticks

    def recent(self) -> float:
        """Since the last time this was asked."""
        level = decibels(self._recent_power, self._recent_ticks)
        self._whole_power += self._recent_power
        self._whole_ticks += self._recent_ticks
        self._recent_power, self._recent_ticks = 0.0, 0
        return level

    def whole(self) -> float:
        return decibels(self._whole_power + self._recent_power, self._whole_ticks + self._recent_ticks)


def decibels(power: float, ticks: int) -> float:
    """dBov of the summed squares of so many frames; SILENT_LEVEL at the lowest."""
    mean = power / (ticks * FRAME_SAMPLES * FULL_SCALE**2) if ticks else 0.0
    return max(SILENT_LEVEL, 10 * math.log10(mean)) if mean > 0 else SILENT_LEVEL
