"""What is being done with a call that is not simply talked in: sent on, parked, asked about, back again. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from hallom.calls.fold import Entry

# Why the switch puts a caller back to the head of his queue when his agent did not come back.
AGENT_LOST = "agent_lost"


class Doing(StrEnum):
    """NOTHING: waiting or talking as any call does."""

    NOTHING = ""
    TRANSFERRING = "transferring"
    RETURNING = "returning"
    CONSULTING = "consulting"
    CONFERENCE = "conference"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Return:
    """Who had sent the caller, where to, why nobody there took him, after how long, and for which time."""

    by: int | None
    to: str
    reason: str
    seconds: float
    times: int


@dataclass(frozen=True, slots=True)
class Situation:
    """`by` sent, asks or parked; `agent` was asked and has answered on `leg` (`agent` None: somebody outside).

    `purpose` says why the telephone of `rung` rings: transfer, return, consult, retrieve, pickup, promise, or nothing.
    `missed` is the agent whose connection broke at `since`, while the caller waits for him.
    """

    doing: Doing = Doing.NOTHING
    by: int | None = None
    to: str = ""
    place: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    agent: int | None = None
    leg: str = ""
    answered_at: datetime | None = None
    is_facing_customer: bool = False
    purpose: str = ""
    rung: int | None = None
    returned: Return | None = None
    missed: int | None = None
    is_over: bool = False

    @property
    def is_worth_keeping(self) -> bool:
        return not self.is_over and (
            self.doing is not Doing.NOTHING or self.returned is not None or bool(self.purpose)
        )


def situation_of(entries: Iterable[Entry]) -> Situation | None:
    """After the `entries` of one call, in any order; None when there was never anything of the kind."""
    situation = Situation()
    ordered = sorted({entry.id: entry for entry in entries}.items())
    if not any(
        entry.kind in BEGINNINGS or _is_directed(entry) or _is_given_up(entry) for _, entry in ordered
    ):
        return None
    for _, entry in ordered:
        step = STEPS.get(entry.kind)
        if step is not None:
            situation = step(situation, entry)
    return situation


def _is_directed(entry: Entry) -> bool:
    return entry.kind == "offer.made" and bool(entry.data.get("purpose"))


def _is_given_up(entry: Entry) -> bool:
    return entry.kind == "queue.entered" and entry.data.get("reason") == AGENT_LOST


def _begun(before: Situation, entry: Entry, doing: Doing) -> Situation:
    """Whatever came before is over, but for the mark of having come back."""
    until, by = entry.data.get("until"), entry.data.get("by")
    return Situation(
        doing=doing,
        by=by if isinstance(by, int) else None,
        to=str(entry.data.get("to") or ""),
        since=entry.at,
        until=datetime.fromtimestamp(until, UTC) if until else None,
        returned=before.returned,
    )


def _transferred(before: Situation, entry: Entry) -> Situation:
    return replace(_begun(before, entry, Doing.TRANSFERRING), returned=None)


def _parked(before: Situation, entry: Entry) -> Situation:
    place = int(entry.data["place"])
    return replace(_begun(before, entry, Doing.PARKED), returned=None, place=place, to=f"place:{place}")


def _consulted(before: Situation, entry: Entry) -> Situation:
    return _begun(before, entry, Doing.CONSULTING)


def _consult_answered(before: Situation, entry: Entry) -> Situation:
    return replace(before, agent=_agent_of(entry), leg=str(entry.data["leg"]), answered_at=entry.at)


def _agent_of(entry: Entry) -> int | None:
    """None is somebody outside."""
    agent = entry.data.get("agent")
    return entry.agent if agent is None else int(agent)


def _swapped(before: Situation, entry: Entry) -> Situation:
    return replace(before, is_facing_customer=bool(entry.data["is_facing_customer"]))


def _joined(before: Situation, entry: Entry) -> Situation:
    return replace(before, doing=Doing.CONFERENCE)


def _returned(before: Situation, entry: Entry) -> Situation:
    data = entry.data
    by, to = data.get("from"), str(data["to"])
    seconds, times = float(data.get("waited") or 0), int(data.get("times") or 1)
    back = Return(by, to, str(data.get("reason") or ""), seconds, times)
    return replace(_begun(before, entry, Doing.RETURNING), by=by, returned=back)


def _arrived(before: Situation, entry: Entry) -> Situation:
    """He talks, or waits where any caller would."""
    return Situation(since=entry.at, returned=before.returned)


def _lost(before: Situation, entry: Entry) -> Situation:
    return replace(_arrived(before, entry), missed=entry.agent)


def _queued(before: Situation, entry: Entry) -> Situation:
    """Whoever was with an agent who did not come back has come back from him."""
    after = _arrived(before, entry)
    if not _is_given_up(entry) or before.missed is None or before.since is None:
        return after
    times = (before.returned.times if before.returned else 0) + 1
    seconds = (entry.at - before.since).total_seconds()
    return replace(after, returned=Return(None, f"agent:{before.missed}", AGENT_LOST, seconds, times))


def _handed_over(before: Situation, entry: Entry) -> Situation:
    return replace(before, returned=None)


def _rung(before: Situation, entry: Entry) -> Situation:
    purpose = str(entry.data.get("purpose") or "")
    agent = _agent_of(entry)
    return replace(
        before, purpose=purpose, rung=(entry.agent if agent is None else agent) if purpose else None
    )


def _rings_no_more(before: Situation, entry: Entry) -> Situation:
    return replace(before, purpose="", rung=None)


def _over(before: Situation, entry: Entry) -> Situation:
    return replace(before, is_over=True)


STEPS: dict[str, Callable[[Situation, Entry], Situation]] = {
    "transfer.started": _transferred,
    "transfer.completed": _handed_over,
    "call.parked": _parked,
    "call.returned": _returned,
    "consult.started": _consulted,
    "consult.answered": _consult_answered,
    "consult.swapped": _swapped,
    "consult.joined": _joined,
    "consult.ended": _arrived,
    "conference.left": _arrived,
    "call.bridged": _arrived,
    "agent.lost": _lost,
    "greeting.started": _arrived,
    "queue.entered": _queued,
    "offer.made": _rung,
    "offer.accepted": _rings_no_more,
    "offer.rejected": _rings_no_more,
    "offer.expired": _rings_no_more,
    "offer.withdrawn": _rings_no_more,
    "call.ending": _over,
    "call.ended": _over,
}
BEGINNINGS = frozenset({"transfer.started", "call.parked", "call.returned", "consult.started"})
