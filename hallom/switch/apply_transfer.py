"""What entries about transfers change: a caller sent on, numbers called outside, callers who come back."""

from dataclasses import replace

from hallom.acd.offer import Outcome
from hallom.switch import apply_consult, apply_leg, apply_placing, apply_refer
from hallom.switch.apply_talk import play, stop_recording, stop_talking
from hallom.switch.call import Call, CallState, Parking, Ringing, Transfer
from hallom.switch.destination import Destination, DestinationKind
from hallom.switch.journal import JournalEntry
from hallom.switch.leg import RTP, Leg
from hallom.switch.state import State

# These say nothing of the one who was to be reached: he is rung again.
_TRY_AGAIN = frozenset({"media_lost", "restarted"})


def started(state: State, call: Call, entry: JournalEntry) -> None:
    data = entry.data
    if data.get("is_ringing"):
        apply_consult.handed_over(call, entry.at)
    else:
        call.transfer = Transfer(data["by"], data["to"], entry.at)
    to = Destination.parse(call.transfer.way[-1] if call.transfer else data["to"])
    if to.kind is DestinationKind.GREETING:
        call.line, call.step = to.value, ""
    let_agent_go(call, entry.at)
    play(call, entry, data["files"], purpose="music")
    if data["until"] is not None:
        state.set_due(call, "transfer", data["until"])


def let_agent_go(call: Call, at: float) -> None:
    stop_talking(call, at)
    stop_recording(call, at)
    call.keeps_off_record = False
    call.agent = call.agent_leg = None
    call.held_by_phone = False


def dialled(state: State, call: Call, entry: JournalEntry) -> None:
    data = entry.data
    if data.get("agent_leg"):
        apply_placing.dialled(state, call, entry)
        return
    leg = Leg(data["leg"], None, RTP, data["worker"], offer=data["dial"], number=data["number"])
    apply_leg.add(state, call, leg)
    call.ringing = Ringing(
        data["dial"], None, (leg.id,), entry.at, data["expires_at"], data["purpose"], data["by"]
    )
    state.set_due(call, "offer", data["expires_at"])
    tried(call)


def parked(state: State, call: Call, entry: JournalEntry) -> None:
    data = entry.data
    call.parking = Parking(data["by"], data["place"], entry.at)
    let_agent_go(call, entry.at)
    play(call, entry, data["files"], purpose="music")
    state.set_due(call, "park", data["until"])


def diverted(state: State, call: Call, entry: JournalEntry) -> None:
    to = entry.data["to"]
    if call.consult is not None:
        consult = call.consult
        call.consult = replace(consult, via=(*consult.via, to), is_tried=False, reason="")
    elif call.transfer is not None:
        transfer = call.transfer
        call.transfer = replace(transfer, via=(*transfer.via, to), is_tried=False, reason="")
    destination = Destination.parse(to)
    if call.consult is None and destination.kind is DestinationKind.GREETING:
        call.line, call.step = destination.value, ""
    if entry.data["until"] is not None:
        state.set_due(call, "transfer", entry.data["until"])


def tried(call: Call) -> None:
    apply_consult.tried(call)
    if call.state is CallState.TRANSFERRING and call.transfer is not None:
        call.transfer = replace(call.transfer, is_tried=True)


def rang_in_vain(call: Call, outcome: str, reason: str) -> None:
    if outcome == Outcome.ACCEPTED:
        return
    apply_consult.rang_in_vain(call, reason, again=reason in _TRY_AGAIN)
    if call.state is CallState.TRANSFERRING and call.transfer is not None:
        call.transfer = replace(call.transfer, is_tried=reason not in _TRY_AGAIN, reason=reason)


def returned(state: State, call: Call, entry: JournalEntry) -> None:
    data = entry.data
    call.transfer = Transfer(data["from"], data["to"], entry.at, is_returning=True)
    call.returns = data["times"]
    call.parking = None
    state.router.leave(call.id)
    apply_refer.came_back(call, data["reason"])
    call.due.pop("transfer", None)
    call.due.pop("park", None)
    play(call, entry, data["files"], purpose="music")


def arrived(call: Call) -> None:
    """He talks to somebody, or waits where nobody sends him back from."""
    call.transfer = call.consult = call.parking = None
    call.due.pop("park", None)
    call.due.pop("transfer", None)
