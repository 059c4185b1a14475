"""What became of a caller who was sent on, parked or kept waiting for a colleague, and who listened. Pure, for `fold`."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from hallom.calls.call_record import CallRecord, TransferRecord, WatchRecord

TRANSFER, CONSULT, PARK = "transfer", "consult", "park"
COMPLETED, RETURNED, SENT_ON, ENDED, HUNG_UP = "completed", "returned", "sent_on", "ended", "hung_up"
TAKEN_OVER = "taken_over"


class Entry(Protocol):
    id: int
    at: datetime
    agent: int | None
    kind: str
    data: Any


def sent_on(record: CallRecord, entry: Entry) -> None:
    """Also when the agent hangs up while it rings for whoever he was asking: from there on it is a transfer."""
    open_one = record.open_transfer
    if open_one is not None:
        open_one.end(entry.at, SENT_ON)
    _begin(record, entry, TRANSFER, str(entry.data.get("to") or ""))


def parked(record: CallRecord, entry: Entry) -> None:
    record.place = entry.data.get("place")
    _begin(record, entry, PARK, f"place:{record.place}")


def asked(record: CallRecord, entry: Entry) -> None:
    record.asked_leg, record.asked_queue, record.is_facing_customer = "", None, False
    _begin(record, entry, CONSULT, str(entry.data.get("to") or ""))


def lined_up(record: CallRecord, entry: Entry) -> None:
    """No wait of the caller's, and so in no figure of the queue: it is his agent who waits there."""
    record.asked_queue = entry.data.get("queue")


def _begin(record: CallRecord, entry: Entry, kind: str, to: str) -> None:
    by = entry.data.get("by")
    record.transfers.append(TransferRecord(entry.id, kind, entry.agent if by is None else by, to, entry.at))


def diverted(record: CallRecord, entry: Entry) -> None:
    if record.open_transfer is not None:
        record.open_transfer.via.append(str(entry.data.get("to") or ""))


def asked_one_answered(record: CallRecord, entry: Entry) -> None:
    leg = record.leg(entry.data["leg"])
    record.asked_leg, leg.role = leg.id, leg.role or "asked"
    if record.open_transfer is not None:
        record.open_transfer.taken_by = entry.data.get("agent", entry.agent)


def joined(record: CallRecord, entry: Entry) -> None:
    leg = record.leg(record.asked_leg or entry.data["leg"])
    leg.bridged_at = leg.bridged_at or entry.at


def asked_one_gone(record: CallRecord, entry: Entry) -> None:
    if record.open_transfer is not None:
        record.open_transfer.end(entry.at, ENDED, str(entry.data.get("reason") or ""))
    record.asked_leg = ""


def completed(record: CallRecord, entry: Entry) -> None:
    if record.open_transfer is not None:
        record.open_transfer.end(entry.at, COMPLETED)


def returned(record: CallRecord, entry: Entry) -> None:
    times = int(entry.data.get("times") or record.returns + 1)
    record.returns, record.place = times, None
    if record.open_transfer is not None:
        record.open_transfer.end(entry.at, RETURNED, str(entry.data.get("reason") or ""))
        record.transfers[-1].times = times


def taken(record: CallRecord, entry: Entry) -> None:
    """Somebody has the caller: whoever he was sent to, who fetched him, or to whom he came back."""
    if record.open_transfer is not None:
        record.open_transfer.end(entry.at, COMPLETED)
    last = record.transfers[-1] if record.transfers else None
    if last is not None and last.taken_by is None:
        last.taken_by = entry.data.get("agent", entry.agent)
    if record.asked_leg:
        _taken_from_queue(record)
    record.asked_leg, record.place = "", None


def _taken_from_queue(record: CallRecord) -> None:
    if record.asked_queue is not None:
        record.queue = record.asked_queue


def left_conference(record: CallRecord, entry: Entry) -> None:
    if record.open_transfer is not None:
        record.open_transfer.end(entry.at, ENDED, "hung_up")
    if entry.data.get("leg") == record.agent_leg and record.asked_leg:
        record.agent_leg = record.asked_leg
        _taken_from_queue(record)
        record.leg(record.agent_leg).role = "agent"
    record.asked_leg = ""


def watch_started(record: CallRecord, entry: Entry) -> None:
    data = entry.data
    by = int(data.get("agent", entry.agent))
    record.watches.append(WatchRecord(data["leg"], by, data["of"], entry.at, [_mode(data, entry.at)]))
    leg = record.leg(data["leg"])
    leg.agent, leg.role, leg.worker = by, "supervisor", str(data.get("worker") or "")


def _mode(data: Mapping[str, Any], at: datetime) -> list[Any]:
    return [str(data.get("mode") or ""), at.timestamp()]


def watch_joined(record: CallRecord, entry: Entry) -> None:
    if record.open_watch is not None:
        record.open_watch.joined_at = entry.at


def watch_changed(record: CallRecord, entry: Entry) -> None:
    if record.open_watch is not None:
        record.open_watch.modes.append(_mode(entry.data, entry.at))


def watch_ended(record: CallRecord, entry: Entry) -> None:
    watch = record.open_watch
    if watch is not None:
        watch.ended_at, watch.reason = entry.at, str(entry.data.get("reason") or "")


def taken_over(record: CallRecord, entry: Entry) -> None:
    watch, leg = record.open_watch, record.leg(entry.data["leg"])
    if watch is not None:
        if watch.modes[-1][0] != "take_over":
            watch.modes.append(["take_over", entry.at.timestamp()])
        watch.ended_at, watch.reason = entry.at, TAKEN_OVER
    record.agent_leg, leg.role, leg.bridged_at = leg.id, "agent", leg.bridged_at or entry.at


def close(record: CallRecord, at: datetime) -> None:
    """The end of the call is the end of all of these."""
    if record.open_transfer is not None:
        record.open_transfer.end(at, HUNG_UP if record.ended_by == "customer" else ENDED)
    for watch in record.watches:
        if watch.ended_at is None:
            watch.ended_at, watch.reason = at, "call_ended"


STEPS: dict[str, Callable[[CallRecord, Entry], None]] = {
    "transfer.started": sent_on,
    "call.parked": parked,
    "call.diverted": diverted,
    "consult.started": asked,
    "consult.queued": lined_up,
    "consult.answered": asked_one_answered,
    "consult.joined": joined,
    "consult.ended": asked_one_gone,
    "transfer.completed": completed,
    "call.returned": returned,
    "call.bridged": taken,
    "conference.left": left_conference,
    "watch.started": watch_started,
    "watch.joined": watch_joined,
    "watch.changed": watch_changed,
    "watch.ended": watch_ended,
    "call.taken_over": taken_over,
}
