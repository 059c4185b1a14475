"""Who hears whom, how loud: a sparse matrix applied to all frames of one tick at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hallom.media.g711 import FRAME_SAMPLES, Samples

Frames = NDArray[np.float32]
Edge = tuple[str, str]
FULL_SCALE = 32768.0
SILENT_LEVEL = -96.0
"""dBov that stands for digital silence: the floor of 16 bits."""
MAXIMUM_GAIN = 4.0
"""12 dB; louder only clips."""


class MixPlan:
    """The matrix with names turned into row numbers; rebuilt after edits, applied every tick."""

    def __init__(
        self, edges: Mapping[Edge, float], sources: Sequence[str], destinations: Sequence[str]
    ) -> None:
        source_rows = {name: row for row, name in enumerate(sources)}
        destination_rows = {name: row for row, name in enumerate(destinations)}
        cells = sorted(
            (destination_rows[destination], source_rows[source], gain)
            for (source, destination), gain in edges.items()
            if source in source_rows and destination in destination_rows
        )
        self._sources = np.array([cell[1] for cell in cells], np.intp)
        gains = np.array([cell[2] for cell in cells], np.float32)
        self._gains = None if (gains == 1).all() else gains[:, None]
        heard = np.array([cell[0] for cell in cells], np.intp)
        self._heard, self._starts = np.unique(heard, return_index=True)
        # Every destination hears exactly one source: nothing to add up, which is most of a quiet day.
        self._is_copy = len(self._heard) == len(cells)

        # Kept from tick to tick: rows that hear nobody stay zero, and no memory is asked for 50 times a second.
        self._mixed = np.zeros((len(destinations), FRAME_SAMPLES), np.float32)
        self._picked = np.empty((len(cells), FRAME_SAMPLES), np.float32)

    def apply(self, frames: Frames) -> Samples:
        """Samples for each destination from one row of samples for each source."""
        mixed, picked = self._mixed, self._picked
        if self._sources.size:
            np.take(frames, self._sources, axis=0, out=picked, mode="clip")
            if self._gains is not None:
                picked *= self._gains
            mixed[self._heard] = picked if self._is_copy else np.add.reduceat(picked, self._starts, axis=0)
        return np.clip(mixed, -32768, 32767, out=mixed).astype(np.int16)


class MixMatrix:
    """The edges by name; names of sources and destinations may come and go."""

    def __init__(self) -> None:
        self.edges: dict[Edge, float] = {}

    def connect(self, source: str, destination: str, gain: float) -> None:
        """Lets `destination` hear `source`; gain 0 takes the edge away."""
        if gain:
            self.edges[source, destination] = gain
        else:
            self.edges.pop((source, destination), None)

    def remove(self, name: str) -> None:
        """Takes away all edges from and to a name."""
        self.edges = {edge: gain for edge, gain in self.edges.items() if name not in edge}

    def plan(self, sources: Sequence[str], destinations: Iterable[str]) -> MixPlan:
        return MixPlan(self.edges, sources, list(destinations))


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
