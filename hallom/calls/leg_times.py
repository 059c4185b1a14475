"""In which state a call is, and how long each of its legs talked and was held. Pure, for `fold`."""

from datetime import datetime

from hallom.calls.call_record import CallRecord
from hallom.switch.call import TRANSITIONS, CallState

TALK, HOLD = "talk", "hold"

# Where an entry leads to, told from the switch's own table: what only keeps a call where it is, leads nowhere.
LEADS_TO: dict[str, str] = {
    kind: str(to)
    for before, row in TRANSITIONS.items()
    for kind, to in row.items()
    if to is not before or kind in ("call.taken_over", "call.returned")
} | {"agent.lost": CallState.LOST, "call.rejected": CallState.ENDED}

# Without an agent's line from here on.
_LEFT_ALONE = frozenset({"transfer.started", "call.parked", "call.returned", "queue.entered"})


def move(
    record: CallRecord, kind: str, at: datetime, *, leg: str = "", is_facing_customer: bool = False
) -> None:
    """After an entry of `kind` has been folded in; `leg` is the one it names."""
    if kind in ("call.bridged", "agent.returned") and leg:
        record.agent_leg = leg
    elif kind in _LEFT_ALONE:
        record.agent_leg = record.asked_leg = ""
    elif kind == "consult.swapped":
        record.is_facing_customer = is_facing_customer
    state = LEADS_TO.get(kind)
    if kind == "dial.made" and record.state != CallState.PLACING:
        # Of a transfer or a consultation it leads nowhere else.
        state = None
    if state is not None and state != record.state:
        record.state, record.state_since = state, at
    _measure(record, at)


def _measure(record: CallRecord, at: datetime) -> None:
    after = _phases(record)
    for leg, (phase, since) in list(record.phases.items()):
        if after.get(leg) == phase:
            continue
        _add(record, leg, phase, (at - since).total_seconds())
        del record.phases[leg]
    for leg, phase in after.items():
        record.phases.setdefault(leg, (phase, at))


def _add(record: CallRecord, leg: str, phase: str, seconds: float) -> None:
    if phase == TALK:
        record.leg(leg).talk_seconds += seconds
    else:
        record.leg(leg).hold_seconds += seconds


def _phases(record: CallRecord) -> dict[str, str]:
    """Who talks and who is held at this moment."""
    up = {name for name, leg in record.legs.items() if leg.ended_at is None}
    customer = f"{record.id}-1"
    return {leg: phase for leg, phase in _everybody(record, customer).items() if leg in up or leg == customer}


def _everybody(record: CallRecord, customer: str) -> dict[str, str]:
    agent, asked = record.agent_leg, record.asked_leg
    match record.state:
        case CallState.TALKING:
            phases = {customer: TALK, agent: TALK}
        case CallState.HELD:
            phases = {customer: HOLD, agent: HOLD}
        case CallState.LOST:
            phases = {customer: HOLD}
        case CallState.CONSULTING:
            facing = record.is_facing_customer
            phases = {customer: TALK if facing else HOLD, agent: TALK if asked else HOLD}
            phases |= {asked: HOLD if facing else TALK} if asked else {}
        case CallState.CONFERENCE:
            phases = {customer: TALK, agent: TALK, asked: TALK}
        case _:
            phases = {}
    return {leg: phase for leg, phase in phases.items() if leg}
