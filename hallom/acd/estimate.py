"""An honest guess at the time until an agent answers, with the range it will mostly lie in."""

import math
from dataclasses import dataclass

# Before anything was measured: the default of vendors' own estimates lies between 90 and 240 s.
FIRST_GUESS_SECONDS = 180.0
REMEMBERED_CALLS = 50

# Standard normal quantile of 90 %.
Z90 = 1.2816


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds; four waits of five should fall between `low` and `high`."""

    low: float
    expected: float
    high: float


@dataclass(slots=True)
class Handling:
    """Mean seconds an agent is taken up by one call, wrap-up included; follows the last `REMEMBERED_CALLS`."""

    mean: float = FIRST_GUESS_SECONDS
    calls: int = 1

    def add(self, seconds: float) -> None:
        self.calls = min(self.calls + 1, REMEMBERED_CALLS)
        self.mean += (seconds - self.mean) / self.calls


def estimate(position: int, capacity: float, mean_seconds: float) -> Estimate | None:
    """The wait of the caller at `position` when `capacity` agents serve the queue; None if nobody does.

    All agents busy, each comes free at rate 1/mean: the wait is Erlang distributed with `position` stages
    (Erlang 1917); its quantiles by Wilson and Hilferty 1931. It never grows while the position falls.
    """
    if capacity <= 0 or position < 1:
        return None
    stage = mean_seconds / capacity
    return Estimate(
        _quantile(position, -Z90) * stage,
        position * stage,
        _quantile(position, Z90) * stage,
    )


def _quantile(stages: int, z: float) -> float:
    ninth = 1 / (9 * stages)
    root = max(0.0, 1 - ninth + z * math.sqrt(ninth))
    return stages * root * root * root
