"""An agent whose telephone is gone in mid-call: music for the caller, the same agent back, or the head of the queue."""

from hallom.sip.binding import Binding
from hallom.sip.uri import same_contact
from hallom.switch import (
    decide_agent,
    decide_bridging,
    decide_consult,
    decide_ending,
    decide_offering,
    decide_queueing,
    decide_watch,
    description,
)
from hallom.switch.call import Call, CallState, call_of
from hallom.switch.effects import SendBye, SendCancel
from hallom.switch.exchange import Exchange
from hallom.switch.leg import WEBRTC, Leg, LegState
from hallom.switch.phones import kind_of

LOST = "agent_lost"
SILENT = "silent"


def broke_off(x: Exchange, name: str) -> None:
    """A browser sends all the time: the caller hears music until it does so again, and nothing rings for a moment's gap.

    Only in a conversation of two: a consultation would be over for good, and whoever is held hears music anyway.
    """
    leg, call = x.state.leg(name), x.state.calls.get(call_of(name))
    if call is None or leg is None or leg.kind != WEBRTC or leg.id != call.agent_leg:
        return
    if leg.state is LegState.UP and call.state is CallState.TALKING and call.agent is not None:
        lose(x, call, SILENT, rings=False)


def heard_again(x: Exchange, name: str) -> None:
    """What rings for him rings on: his page may have heard of it already, and leaves its old session for the new one."""
    leg, call = x.state.leg(name), x.state.calls.get(call_of(name))
    if call is None or leg is None or leg.id != call.agent_leg or leg.state is not LegState.UP:
        return
    if call.state is CallState.LOST and call.lost_because == SILENT:
        x.write("agent.returned", call, call.agent, leg=leg.id)


def lose(x: Exchange, call: Call, reason: str, *, rings: bool = True) -> None:
    """The caller hears music from here on; the agent has `lost_agent_seconds` to come back."""
    if decide_consult.agent_lost(x, call):
        return
    if call.state is CallState.DIALLING:
        decide_ending.finish(x, call, by=decide_ending.AGENT, cause=reason)
        return
    if call.state not in (CallState.TALKING, CallState.HELD, CallState.CONSULTING):
        return
    if call.agent is None:
        decide_ending.finish(x, call, by=decide_ending.SYSTEM, cause=reason)
        return
    x.write(
        "agent.lost",
        call,
        call.agent,
        leg=call.agent_leg,
        player=call.next_player(),
        files=list(x.holding_music(call.queue)),
        until=x.now + x.config.lost_agent_seconds,
        reason=reason,
    )
    if rings:
        ring_again(x, call)


def phone_went(x: Exchange, agent: int, binding: Binding) -> None:
    """A desk phone's call outlives its registration; a browser's connection is all there is of it."""
    call = x.call_of_agent(agent)
    if call is None or call.agent != agent:
        _asked_ones_phone_went(x, call, agent, binding)
        return
    leg = call.agents_leg
    if leg is not None and leg.kind == WEBRTC and same_contact(leg.target, binding.contact):
        lose(x, call, "phone_gone")
    returning = call.returning
    if returning is not None and binding.contact in returning.contacts:
        give_up(x, call, returning)
        ring_again(x, call)


def _asked_ones_phone_went(x: Exchange, call: Call | None, agent: int, binding: Binding) -> None:
    if call is not None and call.placer == agent:
        if call.customer.kind == WEBRTC and same_contact(call.customer.target, binding.contact):
            decide_ending.finish(x, call, by=decide_ending.CUSTOMER, cause="phone_gone")
        return
    watch = call.watch if call else None
    if call is not None and watch is not None and watch.by == agent:
        leg = call.legs[watch.leg]
        if same_contact(leg.target, binding.contact) or binding.contact in leg.contacts:
            decide_watch.end(x, call, "phone_gone")
        return
    consult = call.consult if call else None
    if call is None or consult is None or consult.agent != agent or consult.leg is None:
        return
    leg = call.legs[consult.leg]
    if leg.kind == WEBRTC and same_contact(leg.target, binding.contact):
        decide_consult.party_gone(x, call, leg, "phone_gone", is_gone=False)


def phone_came(x: Exchange, agent: int, binding: Binding) -> None:
    """The same page on a new connection talks on at once; a new page is rung, and answers by itself."""
    call = x.call_of_agent(agent)
    if call is None or call.agent != agent or call.state is not CallState.LOST:
        return
    leg = call.agents_leg
    if leg is None or leg.kind != kind_of(binding):
        return
    is_same = leg.state is LegState.UP and same_contact(leg.target, binding.contact)
    returning = call.returning
    if returning is not None and (is_same or binding.contact not in returning.contacts):
        give_up(x, call, returning)
    if is_same and call.lost_because == "phone_gone":
        x.write("agent.returned", call, agent, leg=call.agent_leg)
    else:
        ring_again(x, call)


def look_again(x: Exchange, call: Call) -> None:
    """After a restart: the lost agent's telephone may have come back in between."""
    agent, leg = call.agent, call.agents_leg
    if call.state is not CallState.LOST or agent is None or leg is None:
        return
    is_up = leg.state is LegState.UP and x.phones.knows(agent, leg.target)
    if is_up and call.lost_because == "phone_gone" and call.returning is None:
        x.write("agent.returned", call, agent, leg=leg.id)
    else:
        ring_again(x, call)


def ring_again(x: Exchange, call: Call, *, any_kind: bool = False) -> None:
    """Ring the lost agent's telephones of the kind he talked with, one leg at a time.

    With `any_kind` the other will do: a desk phone must not ring because a page is being reloaded.
    """
    agent, leg = call.agent, call.agents_leg
    if agent is None or call.state is not CallState.LOST or call.returning is not None:
        return
    lost_kind = leg.kind if leg else WEBRTC
    kinds = [kind for kind in x.phones.kinds(agent) if any_kind or kind == lost_kind]
    for kind in sorted(kinds, key=lambda kind: kind != lost_kind)[:1]:
        x.write(
            "leg.added",
            call,
            agent,
            leg=call.next_leg(),
            agent=agent,
            kind=kind,
            worker=call.worker,
            contacts=list(x.phones.contacts(agent, kind)),
        )


def answered(x: Exchange, call: Call, leg: Leg, dialog: str, state: object, sdp: str | None) -> None:
    """The agent is back: the old leg goes, the new one takes its place."""
    is_his = leg is call.returning and leg.agent == call.agent
    if not is_his or call.state not in (CallState.LOST, CallState.TALKING) or not description.suits(leg, sdp):
        x.send(SendBye(dialog, decide_offering.COMPLETED_ELSEWHERE))
        if leg.state is LegState.OPENED:
            failed(x, call, leg, 488)
        return
    x.write("leg.answered", call, leg.agent, leg=leg.id, dialog=dialog, state=state, sdp=sdp, agent=leg.agent)
    drop_leg(x, call)
    x.write("agent.returned", call, leg.agent, leg=leg.id)
    decide_bridging.start_recording(x, call)


def drop_leg(x: Exchange, call: Call) -> None:
    """End what is left of the leg that was lost."""
    leg = call.agents_leg
    if leg is not None and leg.state is not LegState.ENDED:
        if leg.dialog is not None:
            x.send(SendBye(leg.dialog))
        x.write("leg.ended", call, leg.agent, leg=leg.id, cause=LOST, by=decide_ending.SYSTEM)


def failed(x: Exchange, call: Call, leg: Leg, status: int | str) -> None:
    x.write("leg.ended", call, leg.agent, leg=leg.id, cause=str(status), by=decide_ending.SYSTEM)


def give_up(x: Exchange, call: Call, leg: Leg) -> None:
    if leg.state is LegState.OPENED:
        x.send(SendCancel(leg.id))
    x.write("leg.ended", call, leg.agent, leg=leg.id, cause=LOST, by=decide_ending.SYSTEM)


def time_is_up(x: Exchange, call: Call) -> None:
    """He did not come back: the caller goes to the head of the queue, and whoever is free is rung."""
    agent = call.agent
    if call.state is not CallState.LOST or agent is None:
        return
    returning = call.returning
    if returning is not None:
        give_up(x, call, returning)
    drop_leg(x, call)
    if not decide_queueing.come_back(x, call, LOST):
        decide_ending.finish(x, call, by=decide_ending.SYSTEM, cause=LOST)
        return
    decide_agent.go_away(x, agent)
