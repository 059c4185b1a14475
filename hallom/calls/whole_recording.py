"""All recordings of one call as one stretch of time: who was recorded when, and where nothing was."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from hallom.calls.models import Recording

# What begins so soon after the part before it goes on without a gap that anybody would hear.
SEAMLESS_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Part:
    """A file; `offset` seconds after the first one begins."""

    url: str
    offset: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Gap:
    offset: float
    seconds: float


@dataclass(frozen=True, slots=True)
class SoundTimeline:
    parts: tuple[Part, ...]
    seconds: float

    @property
    def gaps(self) -> tuple[Gap, ...]:
        found, end = [], 0.0
        for part in self.parts:
            if part.offset - end > SEAMLESS_SECONDS:
                found.append(Gap(end, part.offset - end))
            end = max(end, part.offset + part.seconds)
        return tuple(found)

    @property
    def as_json(self) -> str:
        """What `<hallom-player data-parts>` reads; empty for a single file."""
        told = [
            {"src": part.url, "offset": round(part.offset, 2), "seconds": round(part.seconds, 2)}
            for part in self.parts
        ]
        return json.dumps(told) if len(told) > 1 else ""

    @property
    def seams(self) -> list[int]:
        """Where one file ends and the next begins, in thousandths of the whole."""
        return [round(1000 * part.offset / self.seconds) for part in self.parts[1:]]


def timeline_of(recordings: Iterable[tuple[Recording, str]]) -> SoundTimeline | None:
    """Of recordings that have ended, each with its URL; None when there is nothing to hear.

    A file never begins before the one before it has ended: clocks of two workers may differ by a little.
    """
    ordered = sorted(recordings, key=lambda one: (one[0].started_at, one[0].pk))
    parts: list[Part] = []
    for recording, url in ordered:
        seconds = recording.seconds
        if seconds is None and recording.stopped_at is not None:
            seconds = (recording.stopped_at - recording.started_at).total_seconds()
        offset = (recording.started_at - ordered[0][0].started_at).total_seconds()
        end = parts[-1].offset + parts[-1].seconds if parts else 0.0
        if seconds:
            parts.append(Part(url, max(offset, end), seconds))
    return SoundTimeline(tuple(parts), parts[-1].offset + parts[-1].seconds) if parts else None
