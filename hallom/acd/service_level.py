"""Service level, always with the name of its definition: the same day can be 49 % or 60 %."""

from dataclasses import dataclass
from enum import StrEnum


class Definition(StrEnum):
    """`OFFERED` is ours: nobody who hung up waiting is left out of it."""

    OFFERED = "offered"
    ANSWERED = "answered"
    PROMPT_ABANDONS_COUNT = "prompt_abandons_count"


@dataclass(frozen=True, slots=True)
class Counts:
    """Callers who entered the queue; `within` means within the queue's target of seconds from entering it."""

    answered: int
    answered_within: int
    abandoned: int
    abandoned_within: int


def service_level(counts: Counts, definition: Definition = Definition.OFFERED) -> float | None:
    """A share between 0 and 1; None when nobody called."""
    offered = counts.answered + counts.abandoned
    if definition is Definition.ANSWERED:
        return _share(counts.answered_within, counts.answered)
    if definition is Definition.PROMPT_ABANDONS_COUNT:
        return _share(counts.answered_within + counts.abandoned_within, offered)
    return _share(counts.answered_within, offered)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
