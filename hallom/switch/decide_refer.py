"""A desk phone asks for a transfer: the switch's own transfers, and news of how they go."""

from collections.abc import Mapping
from typing import Any

from hallom.sip.events import ReferReceived
from hallom.switch import addressed, decide_consult, decide_joining, decide_parking, decide_transfer
from hallom.switch.call import Call, CallState
from hallom.switch.destination import Destination, DestinationKind
from hallom.switch.effects import AcceptRefer, RefuseRefer
from hallom.switch.exchange import Exchange
from hallom.switch.leg import Leg, LegState
from hallom.switch.order_args import destination
from hallom.switch.refusal import Refused

_NO_SUCH_CALL = 481
_DECLINED = 603
_TALKS = frozenset({CallState.TALKING, CallState.HELD})
# What a telephone shows for a refusal; whatever stands not here is declined.
_STATUS = {
    "not_your_call": 403,
    decide_joining.REFUSED: 403,
    "unknown_destination": 404,
    "no_such_call": _NO_SUCH_CALL,
    "to_yourself": 482,
    "place_taken": 486,
    "no_place_free": 486,
    "busy": 486,
}


def received(x: Exchange, event: ReferReceived, state: Mapping[str, Any] | None) -> None:
    """The same REFER twice is one; a refused one changes nothing."""
    found = x.state.by_dialog(event.dialog)
    if found is None or found[1].state is LegState.ENDED:
        x.send(RefuseRefer(event.refer, _NO_SUCH_CALL))
        return
    call, leg = found
    if call.referral is not None and call.referral.refer == event.refer:
        return
    try:
        _look(x, call, leg)
        _transfer(x, call, leg, event, state)
    except Refused as refusal:
        x.send(RefuseRefer(event.refer, _STATUS.get(str(refusal), _DECLINED)))


def _look(x: Exchange, call: Call, leg: Leg) -> None:
    """Only who has the caller may send him on: a trunk that could would call at our cost."""
    if leg.agent is None:
        raise Refused("not_your_call")
    if call.referral is not None:
        raise Refused("not_now")


def _transfer(
    x: Exchange, call: Call, leg: Leg, event: ReferReceived, state: Mapping[str, Any] | None
) -> None:
    if event.replaces is not None:
        _complete(x, call, leg, event, state)
        return
    if leg.id != call.agent_leg or call.state not in _TALKS:
        raise Refused("not_now")
    to = addressed.destination_at(x.config, event.target_uri)
    if to is None:
        raise Refused("unknown_destination")
    _send_on(x, call, leg, to, event=event, state=state)


def _complete(
    x: Exchange, call: Call, leg: Leg, event: ReferReceived, state: Mapping[str, Any] | None
) -> None:
    """Whom his second call has reached, or rings, gets the customer whom his first holds."""
    consult = call.consult
    if consult is None or consult.own_leg is None or leg.id not in (call.agent_leg, consult.own_leg):
        raise Refused("not_now")
    other = call.agent_leg if leg.id == consult.own_leg else consult.own_leg
    meant = event.replaces.dialog if event.replaces is not None else None
    # A call that still rings has no dialog yet by which it could be known.
    if call.legs[other or leg.id].dialog != meant:
        raise Refused("no_such_call")
    decide_joining.require_handing_over(x, call)
    _asked(x, call, leg, event, state)
    decide_consult.hand_over(x, call, consult)


def _send_on(
    x: Exchange,
    call: Call,
    leg: Leg,
    to: Destination,
    *,
    event: ReferReceived,
    state: Mapping[str, Any] | None,
) -> None:
    """Raises Refused."""
    to = destination(x, leg.agent or 0, {"to": str(to)})
    decide_joining.require_sending(x, call, leg.agent or 0, to)
    is_place = to.kind is DestinationKind.PLACE
    place = decide_parking.free_place(x, to.number if to.value else None) if is_place else 0
    _asked(x, call, leg, event, state)
    if is_place:
        decide_parking.park(x, call, place)
    else:
        decide_transfer.send_on(x, call, to)


def _asked(x: Exchange, call: Call, leg: Leg, event: ReferReceived, state: Mapping[str, Any] | None) -> None:
    x.write(
        "refer.asked",
        call,
        leg.agent,
        leg=leg.id,
        refer=event.refer,
        dialog=event.dialog,
        state=state,
    )
    x.send(AcceptRefer(event.refer, event.dialog))


def accepted(x: Exchange, refer: str, dialog: str, state: Mapping[str, Any]) -> None:
    """Its 202 is out: what is needed to go on telling after a crash goes into the journal."""
    found = x.state.by_dialog(dialog)
    if found is not None and found[0].referral is not None and found[0].referral.refer == refer:
        call, leg = found
        x.write("refer.accepted", call, leg.agent, leg=leg.id, refer=refer, state=state)
