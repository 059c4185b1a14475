"""What entries about calls that agents make change: placed, dialled, ringing at the other side, limited by the policy."""

from dataclasses import replace

from hallom.acd.offer import Outcome
from hallom.switch import apply_leg
from hallom.switch.apply_talk import play
from hallom.switch.call import Call, CallState, Player, Ringing, Transfer
from hallom.switch.destination import Destination
from hallom.switch.journal import JournalEntry
from hallom.switch.leg import Leg
from hallom.switch.placing import Direction, Placing
from hallom.switch.state import State

# The agent's telephone says itself within this whether it rings; its port is there within milliseconds.
OPENING_SECONDS = 5.0


def placed(state: State, entry: JournalEntry) -> None:
    data = entry.data
    call = Call(
        id=entry.call or "",
        number=0,
        dialled=Destination.parse(data["to"]).value,
        caller=data["number"],
        name=data["name"],
        language=data["language"],
        queue=data["queue"],
        record=data["record"],
        priority=0,
        worker=data["worker"],
        arrived_at=entry.at,
        state=CallState.PLACING,
    )
    call.placing = Placing(
        data["by"],
        data["to"],
        data["direction"],
        purpose=data["purpose"],
        caller_number=data["caller_number"],
        transaction=data["transaction"],
        promise=data["promise"],
        is_signed_in=data["is_signed_in"],
        is_extra=data["is_extra"],
    )
    state.calls[call.id] = call
    if data["leg"]:
        number = data["number"] if data["direction"] == Direction.OUTGOING else ""
        apply_leg.add(state, call, Leg(data["leg"], None, data["kind"], call.worker, number=number))
    if data["transaction"]:
        _add_own(state, call, entry)


def _add_own(state: State, call: Call, entry: JournalEntry) -> None:
    """The leg of the telephone that dialled by itself."""
    data = entry.data
    owner = None if data["is_extra"] else data["by"]
    leg = Leg(data["agent_leg"], owner, data["agent_kind"], call.worker)
    leg.sdp, leg.invite, leg.transaction = data["sdp"] or "", data["invite"], data["transaction"]
    apply_leg.add(state, call, leg)
    state.transactions[leg.transaction] = leg.id
    state.set_due(call, "open", entry.at + OPENING_SECONDS)


def dialled(state: State, call: Call, entry: JournalEntry) -> None:
    """The first leg, which has had its port since the call was placed, rings now."""
    data = entry.data
    leg = call.customer
    leg.offer = data["dial"]
    call.agent_leg = data["agent_leg"]
    call.agent = call.legs[call.agent_leg].agent
    call.due.pop("open", None)
    call.ringing = Ringing(
        data["dial"], None, (leg.id,), entry.at, data["expires_at"], data["purpose"], data["by"]
    )
    state.set_due(call, "offer", data["expires_at"])
    play(call, entry, data["files"], purpose="music")


def progressed(state: State, call: Call, entry: JournalEntry) -> None:
    """Where the other side's own sound will come from, should any come."""
    data = entry.data
    leg = call.legs[data["leg"]]
    apply_leg.move(leg, entry.kind)
    leg.sdp = data["sdp"] or leg.sdp


def heard(state: State, call: Call, entry: JournalEntry) -> None:
    call.legs[entry.data["leg"]].is_heard_early = entry.data["is_heard"]


def routed(state: State, call: Call, entry: JournalEntry) -> None:
    data, placing = entry.data, call.placing
    call.due.pop("open", None)
    call.due.pop("answer", None)
    call.transfer = Transfer(placing.by if placing else 0, data["to"], entry.at)
    play(call, entry, data["files"], purpose="music")
    if data["until"] is not None:
        state.set_due(call, "transfer", data["until"])


def rang_in_vain(call: Call, outcome: str, reason: str) -> None:
    if call.placing is not None and outcome != Outcome.ACCEPTED:
        call.placing = replace(call.placing, reason=reason)


def limited(state: State, call: Call, entry: JournalEntry) -> None:
    for name in ("warn", "limit"):
        call.due.pop(name, None)
    call.limited = entry.data["leg"]
    if entry.data["until"] is not None:
        state.set_due(call, "warn", entry.data["warn_at"])
        state.set_due(call, "limit", entry.data["until"])


def warned(state: State, call: Call, entry: JournalEntry) -> None:
    call.players_made += 1
    call.due.pop("warn", None)
    files = tuple(entry.data["files"])
    call.warning = Player(entry.data["player"], files, True, "music") if files else None
    if files:
        state.set_due(call, "warned", entry.data["until"])
    else:
        call.due.pop("warned", None)
