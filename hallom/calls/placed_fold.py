"""A call that somebody of the house makes, folded into its record. Pure, for `fold`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from hallom.calls.call_record import CallRecord
from hallom.switch.destination import Destination
from hallom.switch.placing import Direction

RANG_IN_VAIN = frozenset(("no_answer", "declined", "busy", "unreachable"))
OWN_PHONE = "own_phone"


class Entry(Protocol):
    id: int
    at: datetime
    agent: int | None
    kind: str
    data: Any


def placed(record: CallRecord, entry: Entry) -> None:
    """`caller` is whoever is not the agent: of an outgoing call the number that is called."""
    data = entry.data
    record.arrived_at = record.state_since = entry.at
    record.direction, record.state = str(data["direction"]), "placing"
    record.placed_by = data["by"]
    record.caller, record.caller_name = str(data.get("number") or ""), str(data.get("name") or "")
    record.dialled = Destination.parse(data["to"]).value
    if record.direction == Direction.OUTGOING:
        record.agent = data["by"]
        leg = record.leg(data["leg"])
        leg.opened_at, leg.role, leg.number = entry.at, "customer", record.caller
    if data.get("transaction"):
        own = record.leg(data["agent_leg"])
        own.opened_at, own.agent = entry.at, data["by"]
        own.role = "agent" if record.direction == Direction.OUTGOING else "customer"


def dialled(record: CallRecord, entry: Entry) -> None:
    """The agent's telephone is up, and the other side rings."""
    if entry.data.get("agent_leg"):
        record.agent_leg = str(entry.data["agent_leg"])
        record.leg(record.agent_leg).role = "agent"
        record.leg(entry.data["leg"]).role = "customer"


def bridged(record: CallRecord, entry: Entry) -> None:
    """Nobody but the other side answers an outgoing call."""
    if record.direction == Direction.OUTGOING:
        record.answered_at = record.answered_at or entry.at


def ended(record: CallRecord) -> None:
    """Whose telephone rang in vain is another matter when it was the caller's own: the other side never rang."""
    if record.outcome != "unreached" or record.ended_by != "system" or record.cause not in RANG_IN_VAIN:
        return
    if record.direction == Direction.OUTGOING:
        was_picked_up = bool(record.agent_leg)
    else:
        was_picked_up = record.leg(f"{record.id}-1").answered_at is not None
    if not was_picked_up:
        record.cause = OWN_PHONE


STEPS: dict[str, Callable[[CallRecord, Entry], None]] = {
    "call.placed": placed,
    "dial.made": dialled,
    "call.bridged": bridged,
}
