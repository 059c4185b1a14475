"""The journal of one call folded into its record. Pure: the same entries always give the same record."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Protocol

from hallom.calls import leg_times, placed_fold, sent_on_fold
from hallom.calls.call_record import CallRecord, OfferRecord, RecordingRecord, WaitRecord


class Entry(Protocol):
    id: int
    at: datetime
    call: str | None
    agent: int | None
    kind: str
    data: Any


def fold(call: str, entries: Iterable[Entry]) -> CallRecord | None:
    """The record of `call` after its `entries`, in any order, however often given; None without entries."""
    ordered = sorted({entry.id: entry for entry in entries if entry.call == call}.items())
    if not ordered:
        return None
    record = CallRecord(call, arrived_at=ordered[0][1].at)
    for _, entry in ordered:
        if record.ended_at is None or entry.kind == "leg.quality":
            _take(record, entry)
    return record


def _take(record: CallRecord, entry: Entry) -> None:
    for steps in (sent_on_fold.STEPS, STEPS, placed_fold.STEPS):
        step = steps.get(entry.kind)
        if step is not None:
            step(record, entry)
    at = record.ended_at if entry.kind == "call.ended" and record.ended_at else entry.at
    facing = bool(entry.data.get("is_facing_customer"))
    leg_times.move(record, entry.kind, at, leg=str(entry.data.get("leg") or ""), is_facing_customer=facing)


def _arrived(record: CallRecord, entry: Entry) -> None:
    data = entry.data
    record.arrived_at = entry.at
    record.number = data.get("number")
    record.dialled = str(data.get("dialled") or "")
    record.caller = str(data.get("caller") or "")
    record.caller_name = str(data.get("name") or "")
    record.peer = str(data.get("peer") or "")
    record.state_since = entry.at
    if data.get("leg"):
        leg = record.leg(data["leg"])
        leg.opened_at, leg.role = entry.at, "customer"


def _rejected(record: CallRecord, entry: Entry) -> None:
    record.outcome = "rejected"
    record.ended_at = entry.at
    record.ended_by = "system"
    record.cause = str(entry.data.get("reason") or entry.data.get("status") or "")


def _leg_opened(record: CallRecord, entry: Entry) -> None:
    leg = record.leg(entry.data["leg"])
    leg.opened_at = leg.opened_at or entry.at
    leg.worker = str(entry.data.get("worker") or "")


def _leg_added(record: CallRecord, entry: Entry) -> None:
    leg = record.leg(entry.data["leg"])
    leg.opened_at = leg.opened_at or entry.at
    leg.agent = leg.agent if leg.agent is not None else _agent_of(entry)
    leg.worker = str(entry.data.get("worker") or "")


def _agent_of(entry: Entry) -> int | None:
    agent = entry.data.get("agent")
    return entry.agent if agent is None else int(agent)


def _answered(record: CallRecord, entry: Entry) -> None:
    record.answered_at = record.answered_at or entry.at
    record.leg(entry.data["leg"]).answered_at = entry.at


def _greeting_started(record: CallRecord, entry: Entry) -> None:
    record.is_closed = record.is_closed or bool(entry.data.get("closed"))


def _queue_entered(record: CallRecord, entry: Entry) -> None:
    _stop_measuring(record, entry.at)
    record.queue = entry.data["queue"]
    record.waits.append(
        WaitRecord(entry.id, entry.data["queue"], int(entry.data.get("position") or 1), entry.at)
    )


def _queue_left(record: CallRecord, entry: Entry) -> None:
    wait = record.open_wait
    if wait is not None:
        wait.left_at = entry.at
        wait.reason = str(entry.data.get("reason") or "")
        record.is_closed = record.is_closed or wait.reason == "closed"


def _offer_made(record: CallRecord, entry: Entry) -> None:
    data = entry.data
    expires = data.get("expires_at")
    agent = _agent_of(entry)
    if agent is None:
        return
    record.offers[data["offer"]] = OfferRecord(
        data["offer"],
        agent,
        data.get("queue"),
        str(data.get("leg") or ""),
        entry.at,
        datetime.fromtimestamp(expires, UTC) if expires else None,
    )
    for name in {str(data.get("leg") or ""), *(data.get("legs") or ())} - {""}:
        leg = record.leg(name)
        leg.agent, leg.opened_at = agent, leg.opened_at or entry.at
        leg.role = "asked" if data.get("purpose") == "consult" else "agent"


def _dialled_out(record: CallRecord, entry: Entry) -> None:
    leg = record.leg(entry.data["leg"])
    leg.opened_at, leg.role = leg.opened_at or entry.at, "outside"
    leg.number = str(entry.data.get("number") or "")


def _offer_ended(record: CallRecord, entry: Entry) -> None:
    offer = record.offers.get(entry.data["offer"])
    if offer is not None and offer.ended_at is None:
        offer.ended_at = entry.at
        offer.result = entry.kind.removeprefix("offer.")
        offer.reason = str(entry.data.get("reason") or "")


def _leg_answered(record: CallRecord, entry: Entry) -> None:
    leg = record.leg(entry.data["leg"])
    leg.answered_at = entry.at
    leg.agent = _agent_of(entry)


def _bridged(record: CallRecord, entry: Entry) -> None:
    agent = _agent_of(entry)
    record.agent = record.agent if agent is None else agent
    record.bridged_at = record.bridged_at or entry.at
    leg = record.leg(entry.data["leg"])
    leg.bridged_at, leg.agent = leg.bridged_at or entry.at, agent
    leg.role = leg.role if leg.role == "outside" else "agent"
    _talk_on(record, entry.at)


def _talk_on(record: CallRecord, at: datetime) -> None:
    record.is_held = record.is_lost = False
    if record.talking_since is None and record.silent_since is None:
        record.talking_since = at
    _measure(record, at)


def _swapped(record: CallRecord, entry: Entry) -> None:
    record.is_held = not entry.data["is_facing_customer"]
    _measure(record, entry.at)


def _somebody_left(record: CallRecord, entry: Entry) -> None:
    """Those who stay talk on; one who was asked in may be the customer's agent from here."""
    agent = _agent_of(entry)
    record.agent = record.agent if agent is None else agent
    _talk_on(record, entry.at)


def _recording_started(record: CallRecord, entry: Entry) -> None:
    data = entry.data
    path, worker = str(data["path"]), str(data.get("worker") or "")
    begun = RecordingRecord(path, worker, entry.at, str(data.get("recorder") or ""))
    record.recordings.setdefault(path, begun)


def _recording_paused(record: CallRecord, entry: Entry) -> None:
    for recording in record.open_recordings[-1:]:
        if not (recording.pauses and recording.pauses[-1][1] is None):
            recording.pauses.append([entry.at.timestamp(), None])


def _recording_resumed(record: CallRecord, entry: Entry) -> None:
    for recording in record.open_recordings[-1:]:
        recording.end_pause(entry.at)


def _recording_stopped(record: CallRecord, entry: Entry) -> None:
    named = str(entry.data.get("recorder") or "")
    still_open = record.open_recordings
    recording = next((one for one in still_open if one.recorder == named), next(iter(still_open), None))
    if recording:
        recording.end_pause(entry.at)
        recording.stopped_at = entry.at
        seconds = entry.data.get("seconds")
        recording.seconds = float(seconds) if seconds is not None else None


def _held(record: CallRecord, entry: Entry) -> None:
    record.is_held = True
    _measure(record, entry.at)


def _retrieved(record: CallRecord, entry: Entry) -> None:
    record.is_held = False
    _measure(record, entry.at)


def _sent_on(record: CallRecord, entry: Entry) -> None:
    """The time until somebody else takes the caller is nobody's talk."""
    _stop_measuring(record, entry.at)


def _agent_lost(record: CallRecord, entry: Entry) -> None:
    record.is_lost, record.is_held = True, False
    _measure(record, entry.at)


def _agent_returned(record: CallRecord, entry: Entry) -> None:
    """Whoever comes back talks at once, also if he had put the caller on hold, or was heard in a session that ended for the new one."""
    _talk_on(record, entry.at)


def _measure(record: CallRecord, at: datetime) -> None:
    """Move between talking and silence at `at`, adding what has passed to the side that ends."""
    if record.bridged_at is None:
        return
    silent = record.is_held or record.is_lost
    if silent and record.talking_since is not None:
        record.talk_seconds += (at - record.talking_since).total_seconds()
        record.talking_since, record.silent_since = None, at
    elif not silent and record.silent_since is not None:
        record.hold_seconds += (at - record.silent_since).total_seconds()
        record.talking_since, record.silent_since = at, None


def _stop_measuring(record: CallRecord, at: datetime) -> None:
    if record.talking_since is not None:
        record.talk_seconds += (at - record.talking_since).total_seconds()
    if record.silent_since is not None:
        record.hold_seconds += (at - record.silent_since).total_seconds()
    record.talking_since = record.silent_since = None
    record.is_held = record.is_lost = False


def _leg_ended(record: CallRecord, entry: Entry) -> None:
    leg = record.leg(entry.data["leg"])
    if leg.ended_at is not None:
        return
    leg.ended_at = entry.at
    leg.ended_by = str(entry.data.get("by") or "")
    leg.cause = str(entry.data.get("cause") or "")
    leg.quality = entry.data.get("quality") or leg.quality
    # The leg of a lost agent ends while the caller still waits for him: he comes back on another one.
    is_talking_leg = leg.bridged_at is not None and not record.is_lost
    if is_talking_leg or leg.id == f"{record.id}-1":
        _stop_measuring(record, entry.at)


def _leg_quality(record: CallRecord, entry: Entry) -> None:
    record.leg(entry.data["leg"]).quality = entry.data.get("quality") or {}


def _ended(record: CallRecord, entry: Entry) -> None:
    """The call ended when the caller's leg did; the entry comes when recorder and legs are put away."""
    at = entry.data.get("ended_at")
    ended_at = datetime.fromtimestamp(at, UTC) if at else entry.at
    record.ended_by = str(entry.data.get("by") or "")
    record.cause = str(entry.data.get("cause") or "")
    _stop_measuring(record, ended_at)
    record.outcome = _outcome(record)
    placed_fold.ended(record)
    _close_parts(record, ended_at)
    record.ended_at = ended_at


def _outcome(record: CallRecord) -> str:
    if record.bridged_at is not None:
        return "answered"
    if record.direction != "incoming":
        return "unreached"
    if record.is_closed:
        return "closed"
    if record.ended_by != "customer":
        return "failed"
    return "abandoned" if record.waits else "left_early"


def _close_parts(record: CallRecord, at: datetime) -> None:
    """A crash can lose the ends of the parts; the end of the call is the end of them all."""
    wait = record.open_wait
    if wait is not None:
        wait.left_at = at
        wait.reason = "abandoned" if record.ended_by == "customer" else "ended"
    for offer in record.offers.values():
        if offer.ended_at is None:
            offer.ended_at, offer.result = at, "withdrawn"
    for leg in record.legs.values():
        leg.ended_at = leg.ended_at or at
    for recording in record.recordings.values():
        recording.end_pause(at)
        recording.stopped_at = recording.stopped_at or at
    sent_on_fold.close(record, at)


STEPS: dict[str, Callable[[CallRecord, Entry], None]] = {
    "call.arrived": _arrived,
    "call.rejected": _rejected,
    "leg.opened": _leg_opened,
    "leg.added": _leg_added,
    "leg.called_in": _leg_added,
    "call.answered": _answered,
    "greeting.started": _greeting_started,
    "queue.entered": _queue_entered,
    "queue.left": _queue_left,
    "offer.made": _offer_made,
    "dial.made": _dialled_out,
    "offer.accepted": _offer_ended,
    "offer.rejected": _offer_ended,
    "offer.expired": _offer_ended,
    "offer.withdrawn": _offer_ended,
    "leg.answered": _leg_answered,
    "call.bridged": _bridged,
    "recording.started": _recording_started,
    "recording.paused": _recording_paused,
    "recording.resumed": _recording_resumed,
    "recording.stopped": _recording_stopped,
    "call.held": _held,
    "call.retrieved": _retrieved,
    "transfer.started": _sent_on,
    "call.parked": _sent_on,
    "consult.started": _held,
    "consult.swapped": _swapped,
    "consult.joined": _retrieved,
    "consult.ended": _retrieved,
    "conference.left": _somebody_left,
    "call.taken_over": _somebody_left,
    "agent.lost": _agent_lost,
    "agent.returned": _agent_returned,
    "leg.ended": _leg_ended,
    "leg.quality": _leg_quality,
    "call.ended": _ended,
}
