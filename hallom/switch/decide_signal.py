"""SIP events, each to the decision it calls for. Events about what is gone change nothing."""

from collections.abc import Callable, Mapping
from typing import Any

from hallom.sip import events
from hallom.sip.binding import Binding
from hallom.switch import (
    decide_agent,
    decide_arrival,
    decide_conversation,
    decide_early,
    decide_keys,
    decide_lost,
    decide_offering,
    decide_placing,
    decide_redirect,
    decide_refer,
    decide_renewal,
    decide_replacing,
    decide_watch,
)
from hallom.switch.call import call_of
from hallom.switch.effects import SendBye
from hallom.switch.exchange import Exchange
from hallom.switch.leg import LegState
from hallom.switch.messages import DialRefused, Limited

State = Mapping[str, Any] | None


def received(x: Exchange, event: events.SipEvent, state: State) -> None:
    """Trunks move no call."""
    decide = _DECISIONS.get(type(event))
    if decide is not None:
        decide(x, event, state)


def _invited(x: Exchange, event: events.InviteReceived, state: State) -> None:
    if event.replaces is None:
        decide_arrival.received(x, event, state)
    else:
        decide_replacing.received(x, event, state)


def _answered(
    x: Exchange, invite: str, dialog: str, state: Mapping[str, Any] | None, sdp: str | None
) -> None:
    call, leg = x.state.calls.get(call_of(invite)), x.rung_leg(invite)
    if leg is not None and leg.dialog == dialog:
        return
    if call is None or leg is None:
        decide_offering.answered_late(x, invite, dialog)
    elif leg.is_renewing and not decide_renewal.is_rung(call, leg):
        decide_renewal.answered(x, call, leg, dialog, dict(state or {}), sdp)
    elif leg.is_customer and leg.offer is None:
        x.send(SendBye(dialog))
    elif decide_watch.is_watching(call, leg.id):
        decide_watch.answered(x, call, leg, dialog, dict(state or {}), sdp)
    elif leg.offer is None:
        decide_lost.answered(x, call, leg, dialog, dict(state or {}), sdp)
    else:
        decide_offering.answered(x, call, leg, dialog, dict(state or {}), sdp)
    decide_conversation.lead_to_its_port(x, dialog)


def _failed(x: Exchange, event: events.InviteFailed) -> None:
    invite, status = event.invite, event.status
    call, leg = x.state.calls.get(call_of(invite)), x.rung_leg(invite)
    if call is None or leg is None or leg.state is not LegState.OPENED:
        return
    if leg.is_renewing and not decide_renewal.is_rung(call, leg):
        decide_renewal.failed(x, call, leg)
        return
    if leg.is_customer and leg.offer is None:
        return
    if decide_watch.is_watching(call, leg.id):
        decide_watch.end(x, call, str(status), is_gone=True)
    elif leg.offer is None:
        decide_lost.failed(x, call, leg, status)
    elif status not in decide_redirect.REDIRECTS or not decide_redirect.follow(
        x, call, leg, event.contacts, event.diversions
    ):
        decide_offering.failed(x, call, leg, status)


def _acknowledged(x: Exchange, event: events.Acknowledged) -> None:
    decide_arrival.acknowledged(x, event.dialog, event.sdp)
    decide_conversation.lead_to_its_port(x, event.dialog)


def dial_refused(x: Exchange, message: DialRefused) -> None:
    call, leg = x.state.calls.get(call_of(message.invite)), x.state.leg(message.invite)
    if call is not None and leg is not None and leg.state is LegState.OPENED:
        decide_placing.refused(x, call, leg, message.code, message.words)


def limited(x: Exchange, message: Limited) -> None:
    call, leg = x.state.calls.get(call_of(message.invite)), x.state.leg(message.invite)
    if call is not None and leg is not None and not call.has_left:
        decide_placing.limited(x, call, leg, message.until)


def _binding_changed(x: Exchange, binding: Binding, *, removed: bool) -> None:
    agent = x.agent_by_aor(binding.aor)
    if agent is None:
        if removed:
            x.phones.forget(binding)
        else:
            x.phones.keep(binding)
    elif x.is_waking:
        # What a telephone's coming means is decided when all that came is known.
        x.phones.add(agent, binding)
    elif removed:
        x.phones.remove(agent, binding)
        decide_lost.phone_went(x, agent, binding)
        decide_agent.phone_went(x, agent)
        decide_offering.phone_went(x, agent)
    else:
        x.phones.add(agent, binding)
        decide_agent.phone_came(x, agent)
        decide_lost.phone_came(x, agent, binding)
        decide_renewal.phone_came(x, agent, binding)


def look_at_phones(x: Exchange) -> None:
    """After a change of the configuration: a telephone may have registered before its agent was there."""
    for binding in x.phones.take_kept():
        _binding_changed(x, binding, removed=False)


_DECISIONS: dict[type, Callable[[Exchange, Any, State], None]] = {
    events.InviteReceived: _invited,
    events.InviteCancelled: lambda x, event, _: decide_arrival.cancelled(x, event.invite),
    events.Acknowledged: lambda x, event, _: _acknowledged(x, event),
    events.AckMissing: lambda x, event, _: decide_conversation.ack_missing(x, event.dialog),
    events.InviteAnswered: lambda x, event, state: _answered(x, event.invite, event.dialog, state, event.sdp),
    events.ProgressReceived: lambda x, event, _: decide_early.progressed(
        x, event.invite, event.status, event.sdp
    ),
    events.InviteFailed: lambda x, event, _: _failed(x, event),
    events.DialogEnded: lambda x, event, _: decide_conversation.dialog_ended(
        x, event.dialog, by_peer=event.by_peer
    ),
    events.BindingChanged: lambda x, event, _: _binding_changed(x, event.binding, removed=event.removed),
    events.InfoReceived: lambda x, event, _: decide_keys.by_info(x, event),
    events.ReferReceived: decide_refer.received,
    events.ReinviteReceived: decide_conversation.reinvited,
    events.ReinviteAnswered: lambda x, event, state: decide_conversation.reinvite_answered(
        x, event.dialog, event.sdp, state
    ),
    events.ReinviteFailed: lambda x, event, _: decide_conversation.reinvite_failed(
        x, event.dialog, event.status
    ),
}
