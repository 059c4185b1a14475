"""SIP events, each to the decision it calls for. Events about what is gone change nothing."""

from collections.abc import Mapping
from typing import Any

from hallom.sip import events
from hallom.sip.binding import Binding
from hallom.switch import (
    decide_agent,
    decide_arrival,
    decide_conversation,
    decide_lost,
    decide_offering,
)
from hallom.switch.call import call_of
from hallom.switch.effects import SendBye
from hallom.switch.exchange import Exchange
from hallom.switch.leg import LegState


def received(x: Exchange, event: events.SipEvent, state: Mapping[str, Any] | None) -> None:
    match event:
        case events.InviteReceived():
            decide_arrival.received(x, event, state)
        case events.InviteCancelled(invite=invite):
            decide_arrival.cancelled(x, invite)
        case events.Acknowledged(dialog=dialog, sdp=sdp):
            decide_arrival.acknowledged(x, dialog, sdp)
        case events.AckMissing(dialog=dialog):
            decide_conversation.ack_missing(x, dialog)
        case events.InviteAnswered(invite=invite, dialog=dialog, sdp=sdp):
            _answered(x, invite, dialog, state, sdp)
        case events.InviteFailed(invite=invite, status=status):
            _failed(x, invite, status)
        case events.DialogEnded(dialog=dialog, by_peer=by_peer):
            decide_conversation.dialog_ended(x, dialog, by_peer=by_peer)
        case events.BindingChanged(binding=binding, removed=removed):
            _binding_changed(x, binding, removed=removed)
        case _:
            _within_dialog(x, event, state)


def _within_dialog(x: Exchange, event: events.SipEvent, state: Mapping[str, Any] | None) -> None:
    match event:
        case events.ReinviteReceived():
            decide_conversation.reinvited(x, event, state)
        case events.ReinviteAnswered(dialog=dialog, sdp=sdp):
            decide_conversation.reinvite_answered(x, dialog, sdp)
        case events.ReinviteFailed(dialog=dialog, status=status):
            decide_conversation.reinvite_failed(x, dialog, status)
        case _:
            # Progress, INFO and trunks move no call.
            pass


def _answered(
    x: Exchange, invite: str, dialog: str, state: Mapping[str, Any] | None, sdp: str | None
) -> None:
    call, leg = x.state.calls.get(call_of(invite)), x.state.leg(invite)
    if leg is not None and leg.dialog == dialog:
        return
    if call is None or leg is None:
        decide_offering.answered_late(x, invite, dialog)
    elif leg.agent is None:
        x.send(SendBye(dialog))
    elif leg.offer is None:
        decide_lost.answered(x, call, leg, dialog, dict(state or {}), sdp)
    else:
        decide_offering.answered(x, call, leg, dialog, dict(state or {}), sdp)


def _failed(x: Exchange, invite: str, status: int) -> None:
    call, leg = x.state.calls.get(call_of(invite)), x.state.leg(invite)
    if call is None or leg is None or leg.agent is None or leg.state is not LegState.OPENED:
        return
    if leg.offer is None:
        decide_lost.failed(x, call, leg, status)
    else:
        decide_offering.failed(x, call, leg, status)


def _binding_changed(x: Exchange, binding: Binding, *, removed: bool) -> None:
    agent = x.agent_by_aor(binding.aor)
    if agent is None:
        return
    if removed:
        x.phones.remove(agent, binding)
        decide_lost.phone_went(x, agent, binding)
        decide_agent.phone_went(x, agent)
        decide_offering.phone_went(x, agent)
    else:
        x.phones.add(agent, binding)
        decide_agent.phone_came(x, agent)
        decide_lost.phone_came(x, agent, binding)
