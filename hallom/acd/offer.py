"""An offer is a lease: one agent, one call, until `expires_at`; then it is over whoever says what."""

from dataclasses import dataclass
from enum import StrEnum

from hallom.acd.agent import AgentEvent


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNREACHABLE = "unreachable"
    BUSY = "busy"
    WITHDRAWN = "withdrawn"


# What each outcome does to the agent, and the reason he sees when it pauses him.
AFTERWARDS: dict[Outcome, tuple[AgentEvent, str]] = {
    Outcome.ACCEPTED: (AgentEvent.ACCEPT, ""),
    Outcome.REJECTED: (AgentEvent.RELEASE, ""),
    Outcome.EXPIRED: (AgentEvent.PAUSE, "no_answer"),
    Outcome.UNREACHABLE: (AgentEvent.PAUSE, "unreachable"),
    Outcome.BUSY: (AgentEvent.PAUSE, "busy"),
    Outcome.WITHDRAWN: (AgentEvent.RELEASE, ""),
}


@dataclass(frozen=True, slots=True)
class Offer:
    id: str
    call: str
    agent: int
    queue: int
    expires_at: float
