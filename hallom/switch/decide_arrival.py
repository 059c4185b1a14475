"""A call comes in: let in, or turned away before it began."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hallom.acd.offer import Outcome
from hallom.sip.events import InviteReceived
from hallom.sip.header import BadHeader
from hallom.sip.uri import user_of
from hallom.switch import (
    decide_consult,
    decide_ending,
    decide_flow,
    decide_offering,
    decide_own_call,
    decide_own_phone,
    decide_placing,
    decide_replacing,
    description,
)
from hallom.switch.call import Call, CallState
from hallom.switch.config import Number
from hallom.switch.effects import SendAnswer, SendBye, SendReject
from hallom.switch.exchange import Exchange
from hallom.switch.leg import RTP, Leg, LegState


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    status: int
    reason: str


def received(x: Exchange, event: InviteReceived, invite: Mapping[str, Any] | None) -> None:
    if event.invite in x.state.transactions:
        return
    if decide_own_phone.dialled(x, event, invite):
        return
    call = x.new_id()
    try:
        number = _number(x, event)
        kind = _kind(event.sdp)
        worker = x.quietest_worker()
        if worker is None:
            raise Refusal(503, "no_media")
    except Refusal as refusal:
        _turn_away(x, call, event, refusal)
        return
    x.write(
        "call.arrived",
        call,
        number=number.id,
        dialled=_user(event.request_uri),
        caller=_caller(event),
        name=event.from_name,
        peer=event.peer.name,
        leg=f"{call}-1",
        kind=kind,
        worker=worker,
        language=number.language,
        queue=number.queue,
        record=number.record,
        priority=number.priority,
        transaction=event.invite,
        invite=invite,
        sdp=event.sdp,
    )


def _turn_away(x: Exchange, call: str, event: InviteReceived, refusal: Refusal) -> None:
    x.write(
        "call.rejected",
        call,
        status=refusal.status,
        reason=refusal.reason,
        dialled=_user(event.request_uri),
        caller=_caller(event),
    )
    x.send(SendReject(event.invite, refusal.status))


def _number(x: Exchange, event: InviteReceived) -> Number:
    for uri in (event.request_uri, event.to_uri):
        number = x.config.number_of(_user(uri))
        if number is not None:
            return number
    raise Refusal(404, "unknown_number")


def _kind(sdp: str | None) -> str:
    """An INVITE without an offer gets ours, for an ordinary telephone (RFC 3261 13.2.1)."""
    if sdp is None:
        return RTP
    if not description.is_usable(sdp):
        raise Refusal(488, "no_codec")
    return description.kind_of(sdp)


def _caller(event: InviteReceived) -> str:
    return _user(event.asserted or event.from_uri)


def _user(uri: str) -> str:
    try:
        return user_of(uri)
    except BadHeader:
        return ""


def leg_opened(x: Exchange, call: Call, leg: Leg) -> None:
    """The customer's port is there: pick up."""
    if call.state is not CallState.ARRIVING or leg.state is not LegState.OPENED:
        return
    if leg.sdp and not description.suits(leg, leg.sdp):
        decide_ending.finish(x, call, by=decide_ending.SYSTEM, cause="no_codec", status=488)
    else:
        sdp = description.answer(leg) if leg.sdp else description.offer(leg)
        x.send(SendAnswer(leg.transaction, sdp))


def answered(x: Exchange, invite: str, dialog: str, state: Mapping[str, Any]) -> None:
    """Our 200 is out; one that went to a caller who has given up in between is ended again."""
    leg = x.state.leg(x.state.transactions.get(invite, ""))
    call = x.state.calls.get(leg.id.partition("-")[0]) if leg else None
    if call is None or leg is None or leg.state is not LegState.OPENED:
        if leg is None or leg.dialog != dialog:
            x.send(SendBye(dialog))
        return
    if leg.has_called and leg.offer is not None:
        decide_offering.answered(x, call, leg, dialog, state, leg.sdp)
        return
    if leg.has_called and not _has_placed(call, leg):
        decide_replacing.answered(x, call, leg, dialog, state)
        return
    x.write("call.answered", call, leg=leg.id, dialog=dialog, state=state)
    if call.placing is not None:
        decide_placing.phone_answered(x, call)
    else:
        decide_flow.start(x, call)


def _has_placed(call: Call, leg: Leg) -> bool:
    return call.placing is not None and call.placing.transaction == leg.transaction


def acknowledged(x: Exchange, dialog: str, sdp: str | None) -> None:
    """The ACK carries the answer when the offer was ours."""
    found = x.state.by_dialog(dialog)
    if found is None or not sdp:
        return
    call, leg = found
    if leg.state is not LegState.UP or sdp == leg.sdp:
        return
    if description.suits(leg, sdp):
        x.write("leg.changed", call, leg.agent, leg=leg.id, sdp=sdp)
    elif leg.is_customer and not leg.sdp:
        decide_ending.finish(x, call, by=decide_ending.SYSTEM, cause="no_codec")


def cancelled(x: Exchange, invite: str) -> None:
    leg = x.state.leg(x.state.transactions.get(invite, ""))
    call = x.state.calls.get(leg.id.partition("-")[0]) if leg else None
    if call is None or leg is None or leg.dialog is not None:
        return
    if leg.has_called and leg.offer is not None:
        decide_offering.end(x, call, Outcome.WITHDRAWN, "abandoned")
    elif decide_own_call.of(call, leg.id):
        decide_consult.own_call_ended(x, call, leg)
    elif leg.has_called and not _has_placed(call, leg):
        decide_replacing.given_up(x, call, leg)
    else:
        by = decide_ending.CUSTOMER if call.placing is None else decide_ending.AGENT
        decide_ending.finish(x, call, by=by, cause="cancelled", gone=leg)
