"""An agent as the distributor sees him: one state at a time, moved only along `TRANSITIONS`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class AgentState(StrEnum):
    OFFLINE = "offline"
    AVAILABLE = "available"
    OFFERED = "offered"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"


class AgentEvent(StrEnum):
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    OFFER = "offer"
    RELEASE = "release"
    ACCEPT = "accept"
    HANG_UP = "hang_up"
    FINISH = "finish"
    PAUSE = "pause"
    RESUME = "resume"


class IllegalTransition(Exception):
    """The table has no such row."""


TRANSITIONS: dict[AgentState, dict[AgentEvent, AgentState]] = {
    AgentState.OFFLINE: {
        AgentEvent.SIGN_IN: AgentState.AVAILABLE,
        AgentEvent.PAUSE: AgentState.PAUSED,
        AgentEvent.OFFER: AgentState.OFFERED,
    },
    AgentState.AVAILABLE: {
        AgentEvent.OFFER: AgentState.OFFERED,
        AgentEvent.PAUSE: AgentState.PAUSED,
        AgentEvent.SIGN_OUT: AgentState.OFFLINE,
    },
    AgentState.OFFERED: {
        AgentEvent.ACCEPT: AgentState.TALKING,
        AgentEvent.RELEASE: AgentState.AVAILABLE,
        AgentEvent.PAUSE: AgentState.PAUSED,
        AgentEvent.SIGN_OUT: AgentState.OFFLINE,
    },
    AgentState.TALKING: {
        AgentEvent.HANG_UP: AgentState.WRAP_UP,
        AgentEvent.PAUSE: AgentState.PAUSED,
        AgentEvent.SIGN_OUT: AgentState.OFFLINE,
    },
    AgentState.WRAP_UP: {
        AgentEvent.FINISH: AgentState.AVAILABLE,
        AgentEvent.PAUSE: AgentState.PAUSED,
        AgentEvent.SIGN_OUT: AgentState.OFFLINE,
    },
    AgentState.PAUSED: {
        AgentEvent.PAUSE: AgentState.PAUSED,
        AgentEvent.RESUME: AgentState.AVAILABLE,
        AgentEvent.OFFER: AgentState.OFFERED,
        AgentEvent.SIGN_OUT: AgentState.OFFLINE,
    },
}

ON_DUTY = frozenset({AgentState.AVAILABLE, AgentState.OFFERED, AgentState.TALKING, AgentState.WRAP_UP})
SERVING = frozenset({AgentState.TALKING, AgentState.WRAP_UP})


def advance(state: AgentState, event: AgentEvent) -> AgentState:
    """The state after `event`. Raises IllegalTransition."""
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise IllegalTransition(f"{event} while {state}") from None


@dataclass(frozen=True, slots=True)
class Profile:
    """What an agent may be offered: levels by queue and by skill; no `languages` means any."""

    queues: Mapping[int, int] = field(default_factory=dict)
    languages: frozenset[str] = frozenset()
    skills: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Agent:
    """`idle_since` outlives an offer that came to nothing, so nobody loses his place by a caller's hanging up.

    `wished` is the state and reason asked for while on a call. `turn` marks entries of idle heaps as current.
    """

    id: int
    state: AgentState = AgentState.OFFLINE
    reason: str = ""
    since: float = 0.0
    until: float | None = None
    call: str | None = None
    wished: tuple[str, str] | None = None
    idle_since: float = 0.0
    serving: tuple[int, float] | None = None
    turn: int = field(default=0, compare=False)
