"""What somebody has set up for his telephone: not to be disturbed, and where his calls go instead."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hallom.switch.promise import Promise

# A chain of diversions longer than this is somebody's mistake.
MOST_DIVERSIONS = 5

ALWAYS = "always"
BUSY = "busy"
NO_ANSWER = "no_answer"
OCCASIONS = (ALWAYS, BUSY, NO_ANSWER)


@dataclass(frozen=True, slots=True)
class Desk:
    """Each occasion names a destination, or nothing."""

    do_not_disturb: bool = False
    always: str = ""
    busy: str = ""
    no_answer: str = ""
    promises: tuple[Promise, ...] = ()

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> "Desk":
        promises = tuple(Promise(**one) for one in data.get("promises", ()))
        return cls(**{**data, "promises": promises})

    def on(self, occasion: str) -> str:
        return {ALWAYS: self.always, BUSY: self.busy, NO_ANSWER: self.no_answer}.get(occasion, "")

    def as_data(self) -> Mapping[str, Any]:
        """Empty for a telephone that nothing was set up for."""
        return (
            {}
            if self == PLAIN
            else {"desk": {**asdict(self), "promises": [one.as_data() for one in self.promises]}}
        )


PLAIN = Desk()
