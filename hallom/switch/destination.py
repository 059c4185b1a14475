"""Where a caller can be sent: an agent, an extension, a queue, a greeting, a number outside, a parking place."""

from dataclasses import dataclass
from enum import StrEnum


class NoDestination(ValueError):
    """Nothing can be sent there."""


class DestinationKind(StrEnum):
    AGENT = "agent"
    EXTENSION = "extension"
    QUEUE = "queue"
    GREETING = "greeting"
    OUTSIDE = "outside"
    PLACE = "place"


_NUMBERED = frozenset({DestinationKind.AGENT, DestinationKind.QUEUE, DestinationKind.PLACE})
# Longer than any number of E.164, and than any extension.
LONGEST = 32


@dataclass(frozen=True, slots=True)
class Destination:
    """Written `agent:8`, `extension:210`, `queue:1`, `greeting:+3615550100`, `outside:+36301234567`, `place:3`.

    `place:` is any place that is free.
    """

    kind: DestinationKind
    value: str

    @classmethod
    def parse(cls, text: object) -> "Destination":
        """Raises NoDestination."""
        name, _, value = str(text).partition(":")
        try:
            kind = DestinationKind(name)
        except ValueError:
            raise NoDestination(f"no destination is called {name[:LONGEST]!r}") from None
        value = value.strip()
        is_number = value.isascii() and value.isdigit()
        is_any = kind is DestinationKind.PLACE and not value
        if len(value) > LONGEST or (kind in _NUMBERED and not (is_number or is_any)):
            raise NoDestination(f"no {kind} has this number")
        if not value and not is_any:
            raise NoDestination(f"{kind} without a number")
        return cls(kind, value)

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"

    @property
    def number(self) -> int:
        return int(self.value)
