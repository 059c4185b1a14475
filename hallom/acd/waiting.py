"""A caller in a queue."""

from dataclasses import dataclass, field

Rank = tuple[float, float, int]

# Above every priority a number can be given: a caller whose agent was lost goes to the head of the queue.
RETURNED_PRIORITY = 1_000


@dataclass(slots=True)
class Waiting:
    """`arrival` breaks ties; `passed` maps an agent who passed this caller on to the end of his respite."""

    call: str
    queue: int
    language: str
    priority: int
    entered_at: float
    arrival: int
    rank: Rank
    offer: str | None = None
    offers_made: int = 0
    passed: dict[int, float] = field(default_factory=dict)


def rank_of(priority: int, entered_at: float, arrival: int, ageing_seconds: float | None) -> Rank:
    """The lowest rank is served first.

    Without `ageing_seconds` priority is strict; with it one step of priority is worth that much waiting.
    """
    if ageing_seconds is None:
        return (-priority, entered_at, arrival)
    return (0.0, entered_at - priority * ageing_seconds, arrival)
