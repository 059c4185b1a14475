"""What telephones do while a call stands: hang up, fall silent, re-INVITE, hold by their own key."""

from collections.abc import Mapping
from typing import Any

from hallom.sip.events import ReinviteReceived
from hallom.switch import (
    decide_bridging,
    decide_consult,
    decide_ending,
    decide_lost,
    decide_own_call,
    decide_renewal,
    decide_watch,
    description,
)
from hallom.switch.call import Call, CallState, Consult, call_of
from hallom.switch.effects import SendBye, SendReinvite, SendReinviteAnswer, SendReinviteReject
from hallom.switch.exchange import Exchange
from hallom.switch.leg import Leg, LegState

# A telephone may be silent by design; after so long it is asked whether it is still there.
PROBE_SECONDS = 30.0
# RFC 3261 12.2.1.2 and 14.1: the dialog, or the telephone, is no more; both sides asked at once.
GONE = frozenset({404, 408, 410, 481, 503})
GLARE = 491


def dialog_ended(x: Exchange, dialog: str, *, by_peer: bool) -> None:
    """A BYE is a wish and ends the call; a dialog that broke may be an agent's who comes back."""
    found = x.state.by_dialog(dialog)
    if found is None or found[1].state is LegState.ENDED:
        return
    call, leg = found
    if leg.is_customer:
        cause = decide_ending.NORMAL if by_peer else "timeout"
        if call.state is CallState.QUEUED:
            cause = "abandoned"
        decide_ending.finish(x, call, by=decide_ending.CUSTOMER, cause=cause, gone=leg)
    elif decide_watch.is_watching(call, leg.id):
        decide_watch.end(x, call, decide_consult.HUNG_UP if by_peer else "timeout", is_gone=True)
    elif call.consult is not None and leg.id == call.consult.leg:
        decide_consult.party_gone(x, call, leg, decide_consult.HUNG_UP if by_peer else "timeout")
    elif decide_own_call.of(call, leg.id):
        decide_consult.own_call_ended(x, call, leg)
    elif by_peer and leg.id == call.agent_leg and call.consult is not None:
        decide_consult.agent_hung_up(x, call, call.consult)
    elif by_peer and leg.id == call.agent_leg:
        by = decide_ending.OTHER if leg.agent is None else decide_ending.AGENT
        decide_ending.finish(x, call, by=by, cause=decide_ending.NORMAL, gone=leg)
    else:
        _agents_dialog_broke(x, call, leg)


def _agents_dialog_broke(x: Exchange, call: Call, leg: Leg) -> None:
    if leg.id == call.agent_leg and leg.agent is None:
        # Nobody outside comes back by himself as an agent does.
        decide_ending.finish(x, call, by=decide_ending.OTHER, cause="timeout", gone=leg)
        return
    if leg.id == call.agent_leg:
        decide_lost.lose(x, call, "dialog_broke")
    if leg.state is LegState.ENDED:
        return
    x.write("leg.ended", call, leg.agent, leg=leg.id, cause="timeout", by=decide_ending.SYSTEM)


def ack_missing(x: Exchange, dialog: str) -> None:
    """Without an ACK nobody is known to be there (RFC 3261 13.3.1.4: end it with a BYE)."""
    found = x.state.by_dialog(dialog)
    if found is None:
        x.send(SendBye(dialog))
    else:
        decide_ending.finish(x, found[0], by=decide_ending.SYSTEM, cause="no_ack")


def fell_silent(x: Exchange, name: str, seconds: float) -> None:
    """No packets, and no telephone registered that could send some: it is gone. Others are asked."""
    leg = x.state.leg(name)
    call = x.state.calls.get(call_of(name))
    if call is None or leg is None or leg.state is not LegState.UP:
        return
    if leg.agent is not None and not x.phones.contacts(leg.agent, leg.kind):
        if leg.is_customer:
            decide_ending.finish(x, call, by=decide_ending.CUSTOMER, cause="silent")
        elif leg.id == call.agent_leg:
            decide_lost.lose(x, call, "silent")
        elif decide_watch.is_watching(call, leg.id):
            decide_watch.end(x, call, "silent")
        else:
            decide_consult.party_gone(x, call, leg, "silent", is_gone=False)
    elif leg.id == call.agent_leg and call.state is CallState.LOST:
        # It has a connection but sends nothing: a session made anew is worth a try.
        decide_lost.ring_again(x, call)
    elif seconds >= PROBE_SECONDS and leg.dialog is not None:
        x.send(SendReinvite(leg.dialog, description.offer(leg)))


def reinvited(x: Exchange, event: ReinviteReceived, state: Mapping[str, Any] | None) -> None:
    """Hold, a new address, a session refresh: always answered, on the same port."""
    found = x.state.by_dialog(event.dialog)
    if found is None or found[1].state is not LegState.UP:
        x.send(SendReinviteReject(event.transaction, 481))
        return
    call, leg = found
    if event.sdp is None:
        x.send(SendReinviteAnswer(event.transaction, description.offer(leg)))
        return
    if not description.suits(leg, event.sdp):
        x.send(SendReinviteReject(event.transaction, 488))
        return
    x.write("leg.changed", call, leg.agent, leg=leg.id, sdp=event.sdp, state=state)
    x.send(SendReinviteAnswer(event.transaction, description.answer(leg)))
    if leg.id == call.agent_leg:
        _hold_by_key(x, call, is_on_hold=not description.wants_to_hear(event.sdp))
    if call.consult is not None and call.consult.own_leg is not None and description.wants_to_hear(event.sdp):
        _turn_to(x, call, leg, call.consult)


def _turn_to(x: Exchange, call: Call, leg: Leg, consult: Consult) -> None:
    """Of his two calls he takes one up again; with neither on hold his telephone would have all three talk."""
    if call.state is not CallState.CONSULTING or leg.id not in (call.agent_leg, consult.own_leg):
        return
    if consult.leg is not None and (leg.id == call.agent_leg) is not consult.is_facing_customer:
        decide_consult.swap(x, call, consult)


def _hold_by_key(x: Exchange, call: Call, *, is_on_hold: bool) -> None:
    if is_on_hold and call.state is CallState.TALKING:
        decide_bridging.hold(x, call, by_phone=True)
    elif not is_on_hold and call.state is CallState.HELD and call.held_by_phone:
        decide_bridging.retrieve(x, call)


def reinvite_answered(x: Exchange, dialog: str, sdp: str | None, state: Mapping[str, Any] | None) -> None:
    """What we have offered is kept with the answer: after a restart a session refresh offers it again."""
    found = x.state.by_dialog(dialog)
    if found is None or not description.suits(found[1], sdp):
        return
    call, leg = found
    if leg.state is LegState.UP and (sdp != leg.sdp or leg.is_moved):
        x.write("leg.changed", call, leg.agent, leg=leg.id, sdp=sdp, state=state)


def reinvite_failed(x: Exchange, dialog: str, status: int) -> None:
    """A refusal leaves the session as it was (RFC 3261 14.1), unless it was to follow us to another worker."""
    found = x.state.by_dialog(dialog)
    if found is None or found[1].state is not LegState.UP or status == GLARE:
        return
    call, leg = found
    if status not in GONE and not leg.is_moved:
        return
    decide_renewal.give_up(x, call, leg, decide_ending.UNREACHABLE)


def leg_reopened(x: Exchange, call: Call, leg: Leg) -> None:
    """On its new worker: tell the telephone where to send, and go on recording in a new file."""
    if leg.dialog is not None:
        x.send(SendReinvite(leg.dialog, description.offer(leg)))
    elif leg.has_called:
        decide_own_call.tell_progress(x, leg)
    decide_bridging.record_on(x, call)


def lead_to_its_port(x: Exchange, dialog: str) -> None:
    """It rang while its worker died, and was answered with a port in hand that is gone."""
    found = x.state.by_dialog(dialog)
    if found is not None and found[1].is_moved and found[1].is_open:
        x.send(SendReinvite(dialog, description.offer(found[1])))
