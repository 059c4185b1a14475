"""The second call of an agent's desk phone, by which he asks somebody while its first holds his customer."""

from hallom.switch import decide_bridging, decide_ending, description
from hallom.switch.call import Call, CallState, Consult
from hallom.switch.effects import SendAnswer, SendBye, SendProgress, SendReject
from hallom.switch.exchange import Exchange
from hallom.switch.leg import Leg, LegState

_EARLY_MEDIA = 183
_GIVEN_UP = 480
# What the telephone shows of its second call for the reason nobody was reached.
_STATUS = {
    "busy": 486,
    "do_not_disturb": 486,
    "queue_full": 486,
    "no_answer": 408,
    "declined": 603,
    "unknown_number": 404,
}


def of(call: Call, leg: str) -> bool:
    return call.consult is not None and call.consult.own_leg == leg


def opened(x: Exchange, call: Call, leg: Leg) -> None:
    """A port for a telephone that called in: it is answered, but by its second call hears first how it rings."""
    consult = call.consult
    if consult is None or consult.own_leg != leg.id or consult.leg is not None or consult.is_let_in:
        answer(x, leg)
    else:
        tell_progress(x, leg)


def tell_progress(x: Exchange, leg: Leg) -> None:
    x.send(SendProgress(leg.transaction, _EARLY_MEDIA, _local(leg)))


def asked_one_answered(x: Exchange, call: Call) -> None:
    consult = call.consult
    own = call.legs.get(consult.own_leg or "") if consult is not None else None
    if own is not None and own.state is LegState.OPENED:
        answer(x, own)


def answer(x: Exchange, leg: Leg) -> None:
    x.send(SendAnswer(leg.transaction, _local(leg)))


def _local(leg: Leg) -> str:
    return description.answer(leg) if leg.sdp else description.offer(leg)


def drop(x: Exchange, call: Call, consult: Consult, reason: str, *, is_gone: bool = False) -> None:
    """The second call is over; the first is another matter."""
    own = call.legs.get(consult.own_leg or "")
    if own is None or own.state is LegState.ENDED:
        return
    if own.dialog is None:
        x.send(SendReject(own.transaction, _STATUS.get(reason, _GIVEN_UP)))
    elif not is_gone and (call.referral is None or call.referral.leg != own.id):
        x.send(SendBye(own.dialog))
    x.write("leg.ended", call, own.agent, leg=own.id, cause=reason, by=decide_ending.SYSTEM)


def go_back(x: Exchange, call: Call, consult: Consult | None) -> None:
    """His telephone still holds the customer: he hears music until it is taken back there."""
    leg = call.agents_leg
    if consult is None or consult.own_leg is None or leg is None or call.state is not CallState.TALKING:
        return
    if leg.sdp and not description.wants_to_hear(leg.sdp):
        decide_bridging.hold(x, call, by_phone=True)
