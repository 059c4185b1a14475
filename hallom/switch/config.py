"""What the switch knows of numbers, queues and agents; built outside, swapped whole by `Switch.configure`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hallom.flow.hours import ALWAYS, Hours
from hallom.switch.destination import Destination, DestinationKind
from hallom.switch.toll import Rules

Files = tuple[str, ...]

# Four rings for a colleague; a mobile network alone takes ten seconds to ring; a queue has its own patience.
TRANSFER_SECONDS: Mapping[DestinationKind, float] = {
    DestinationKind.AGENT: 20.0,
    DestinationKind.EXTENSION: 20.0,
    DestinationKind.OUTSIDE: 40.0,
    DestinationKind.QUEUE: 300.0,
    DestinationKind.GREETING: 300.0,
    DestinationKind.PLACE: 120.0,
}


@dataclass(frozen=True, slots=True)
class Number:
    """A number customers dial; `greeting` and `closed_greeting` are sound files in its language."""

    id: int
    number: str
    language: str
    queue: int
    greeting: Files = ()
    closed_greeting: Files = ()
    hours: Hours = ALWAYS
    record: bool = True
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Queue:
    """`position_prompts[language][n]` says "you are caller n"; key 0 is said beyond the last of them.

    `listening_tone` is played to `listening_told` (nobody, agent, both) when a supervisor begins to hear them.
    `announce_seconds` 0 never announces; `requires` maps a skill to the least level an agent needs.
    """

    id: int
    name: str
    music: Files = ()
    position_prompts: Mapping[str, Mapping[int, Files]] = field(default_factory=dict)
    full_prompt: Mapping[str, Files] = field(default_factory=dict)
    announce_seconds: float = 60.0
    offer_seconds: float = 20.0
    wrap_up_seconds: float = 30.0
    service_level_seconds: float = 20.0
    max_waiting: int = 50
    least_level: int = 1
    requires: Mapping[str, int] = field(default_factory=dict)
    listening_told: str = ""
    listening_tone: Files = ()

    def position_prompt(self, language: str, position: int) -> Files:
        prompts = self.position_prompts.get(language, {})
        return prompts.get(position) or prompts.get(0) or ()


@dataclass(frozen=True, slots=True)
class Agent:
    """`queues` maps a queue to the agent's level in it; no `languages` means any."""

    id: int
    name: str
    aor: str
    queues: Mapping[int, int] = field(default_factory=dict)
    languages: frozenset[str] = frozenset()
    skills: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """`numbers` is keyed by the dialled digits (with the plus sign if there is one); folders have no last slash.

    `extensions` lead to agents, `queue_extensions` to queues. `switchboard` is the queue of callers whom nobody takes
    back; without one it is their own. `transfer_seconds` is keyed by a destination (`agent:8`) or its kind (`outside`):
    so long it has to take a caller. Without `ringback` music plays. `places` are numbered from 1; after `hold_seconds`
    (0: never) a held caller reminds the agent. `warning` is heard before a cap ends a call, `keys` are the tones of a telephone's keys; `rules` are the house's for calling out.
    """

    numbers: Mapping[str, Number] = field(default_factory=dict)
    queues: Mapping[int, Queue] = field(default_factory=dict)
    agents: Mapping[int, Agent] = field(default_factory=dict)
    pause_reasons: frozenset[str] = frozenset()
    media_workers: tuple[str, ...] = ()
    music: Files = ()
    recordings: str = "recordings"
    domain: str = "hallom.invalid"
    lost_agent_seconds: float = 30.0
    switchboard: int | None = None
    extensions: Mapping[str, int] = field(default_factory=dict)
    queue_extensions: Mapping[str, int] = field(default_factory=dict)
    ringback: Files = ()
    warning: Files = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    transfer_seconds: Mapping[str, float] = field(default_factory=dict)
    return_seconds: float = 20.0
    places: int = 20
    pickup_seconds: float = 10.0
    hold_seconds: float = 120.0
    promise_seconds: float = 8 * 3600.0

    def seconds_for(self, to: Destination) -> float:
        """How long whoever is at `to` has to take a caller; behind a greeting it is its queue that takes him."""
        number = self.number_of(to.value) if to.kind is DestinationKind.GREETING else None
        places = (str(to), *((f"queue:{number.queue}",) if number else ()), to.kind)
        found = next((self.transfer_seconds[one] for one in places if one in self.transfer_seconds), None)
        return TRANSFER_SECONDS[to.kind] if found is None else found

    def number_of(self, dialled: str) -> Number | None:
        """The number behind a dialled user part, however its plus sign and its separators are written."""
        found = self.numbers.get(dialled)
        if found is not None:
            return found
        digits = "".join(character for character in dialled if character.isdigit())
        return (self.numbers.get(f"+{digits}") or self.numbers.get(digits)) if digits else None

    def agent_of(self, aor: str) -> Agent | None:
        """The agent whose phone registers as `aor`, given bare or as a SIP URI."""
        user = aor.partition(":")[2] if aor.startswith(("sip:", "sips:")) else aor
        user = user.partition("@")[0]
        return next((agent for agent in self.agents.values() if agent.aor == user), None)
