"""Which trunk a call takes, and which one after it when that fails."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

# One lost packet is no dead trunk, and after two a caller has waited long enough.
DEAD_AFTER = 2
# How often a trunk is asked with OPTIONS: seldom while it answers, at once again when it did not.
PROBE_SECONDS = 30.0
PROBE_AGAIN_SECONDS = 4.0
PROBE_DEAD_SECONDS = 15.0

# The line cannot, but another may. 401, 403 and 407: its company does not know us, or has barred us.
ANOTHER_TRUNK = frozenset({401, 403, 407, 408, 420, 421, 423, 481, 482, 483, 488, 491, 580, 606})
# An answer to OPTIONS that says the trunk takes no calls; every other answer, 404 or 405 too, is a sign of life.
DEAD_ANSWERS = frozenset({408, 500, 502, 503, 504})
# Whoever was called has spoken: for him the trunk was good, even on the way to the police.
CALLED_PARTY = frozenset({486, 487, 600, 603})


class After(StrEnum):
    NEXT = "next"
    END = "end"


@dataclass(frozen=True, slots=True)
class TrunkState:
    """`calls_most` None is no limit; `is_registered` None for a trunk where we do not register."""

    calls_now: int = 0
    calls_most: int | None = None
    failed_probes: int = 0
    is_registered: bool | None = None

    @property
    def is_dead(self) -> bool:
        return self.failed_probes >= DEAD_AFTER

    @property
    def is_full(self) -> bool:
        return self.calls_most is not None and self.calls_now >= self.calls_most

    @property
    def is_usable(self) -> bool:
        return not self.is_dead and not self.is_full and self.is_registered is not False

    def probed(self, status: int) -> "TrunkState":
        """After an answer to OPTIONS; no answer is 408."""
        return replace(self, failed_probes=self.failed_probes + 1 if status in DEAD_ANSWERS else 0)

    def probe_seconds(self) -> float:
        """When to ask again."""
        if not self.failed_probes:
            return PROBE_SECONDS
        return PROBE_DEAD_SECONDS if self.is_dead else PROBE_AGAIN_SECONDS


def next_trunk(
    order: tuple[str, ...],
    tried: frozenset[str],
    states: Mapping[str, TrunkState],
    *,
    emergency: bool = False,
) -> str | None:
    """The first usable trunk not tried yet; None when there is none. One without a state is not known, and not used.

    An emergency call takes a full, dead or unknown trunk, too, once there is no better one.
    """
    left = [name for name in order if name not in tried]
    usable = [name for name in left if name in states and states[name].is_usable]
    return next(iter(usable or (left if emergency else ())), None)


def after(status: int, *, rang: bool = False, emergency: bool = False) -> After:
    """Whether a final answer of 300 and more lets the next trunk try.

    Once the other side rang it never does: nobody is rung twice. A trunk's redirections (3xx) are not followed.
    """
    if rang:
        return After.END
    if emergency:
        return After.END if status in CALLED_PARTY else After.NEXT
    return After.NEXT if status in ANOTHER_TRUNK or 500 <= status < 600 else After.END
