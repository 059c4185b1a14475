"""What agents order from their desks; every order is answered, and giving one twice does it once."""

from collections.abc import Callable, Mapping
from typing import Any

from hallom.acd.agent import AgentEvent, AgentState
from hallom.acd.offer import Outcome
from hallom.switch import (
    decide_agent,
    decide_bridging,
    decide_consult,
    decide_ending,
    decide_help,
    decide_joining,
    decide_keys,
    decide_lost,
    decide_offering,
    decide_parking,
    decide_pickup,
    decide_placing,
    decide_transfer,
    decide_watch,
    desk_orders,
)
from hallom.switch.addressed import is_for_help
from hallom.switch.call import WITH_AGENT, Call, CallState, Consult, WatchMode
from hallom.switch.destination import DestinationKind
from hallom.switch.effects import Reply
from hallom.switch.exchange import Exchange
from hallom.switch.messages import Order
from hallom.switch.order_args import destination, named_call, number, own_call
from hallom.switch.refusal import Refused

# Who can be called; nobody calls a greeting or a parking place.
_CALLED = frozenset({
    DestinationKind.AGENT, DestinationKind.EXTENSION, DestinationKind.OUTSIDE, DestinationKind.QUEUE,
})  # fmt: skip


def obey(x: Exchange, order: Order) -> None:
    verb = _VERBS.get(order.verb)
    try:
        if verb is None:
            raise Refused("unknown_order")
        if order.agent not in x.config.agents:
            raise Refused("no_such_agent")
        verb(x, order.agent, order.args)
    except Refused as refusal:
        x.send(Reply(order.id, ok=False, error=str(refusal)))
    else:
        x.send(Reply(order.id, ok=True))


def _sign_in(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    """Also a page that has just been loaded: with a call running it is rung again."""
    if x.agent_state(agent) is AgentState.OFFLINE:
        decide_agent.become_available(x, agent, AgentEvent.SIGN_IN)
    elif x.agent(agent).wished == (AgentState.OFFLINE, ""):
        decide_agent.wish(x, agent, None)
    call = x.call_of_agent(agent)
    if call is not None and call.agent == agent:
        decide_lost.ring_again(x, call, any_kind=True)


def _sign_out(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    _go(x, agent, AgentEvent.SIGN_OUT, (AgentState.OFFLINE, ""))


def _set_state(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    wanted, reason = args.get("state"), str(args.get("reason") or "")
    if wanted == AgentState.AVAILABLE:
        _be_available(x, agent)
    elif wanted == AgentState.OFFLINE:
        _sign_out(x, agent, args)
    elif wanted == AgentState.PAUSED:
        if x.config.pause_reasons and reason not in x.config.pause_reasons:
            raise Refused("unknown_reason")
        _go(x, agent, AgentEvent.PAUSE, (AgentState.PAUSED, reason))
    else:
        raise Refused("not_now")


def _be_available(x: Exchange, agent: int) -> None:
    match x.agent_state(agent):
        case AgentState.OFFLINE:
            decide_agent.become_available(x, agent, AgentEvent.SIGN_IN)
        case AgentState.PAUSED:
            decide_agent.become_available(x, agent, AgentEvent.RESUME)
        case AgentState.WRAP_UP:
            decide_agent.become_available(x, agent, AgentEvent.FINISH)
        case AgentState.TALKING:
            decide_agent.wish(x, agent, None)
        case AgentState.AVAILABLE | AgentState.OFFERED:
            pass


def _go(x: Exchange, agent: int, event: AgentEvent, wished: tuple[str, str]) -> None:
    """Out of turn at once, or when the call is over; whoever rings meanwhile goes to the next agent."""
    state = x.agent_state(agent)
    if state is AgentState.TALKING:
        decide_agent.wish(x, agent, wished)
        return
    if state is AgentState.OFFERED:
        call = x.call_of_agent(agent)
        if call is not None and call.watch is not None and call.watch.by == agent:
            decide_watch.end(x, call, "agent_left")
        elif call is not None:
            decide_offering.end(x, call, Outcome.REJECTED, "agent_left")
        state = x.agent_state(agent)
    if not (state is AgentState.OFFLINE and event is AgentEvent.SIGN_OUT):
        decide_agent.move(x, agent, event, reason=wished[1])


def send_home(x: Exchange, agent: int) -> None:
    """One who is no agent any more: at once, or when his call is over."""
    _go(x, agent, AgentEvent.SIGN_OUT, (AgentState.OFFLINE, ""))


def _finish_wrap_up(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    if x.agent_state(agent) is AgentState.WRAP_UP:
        decide_agent.finish(x, agent)
    elif x.agent_state(agent) in (AgentState.TALKING, AgentState.OFFERED):
        raise Refused("not_now")


def _reject(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    offer = str(args.get("offer", ""))
    call = x.state.calls.get(offer.partition("-")[0])
    if call is None:
        raise Refused("no_such_call")
    ringing = call.ringing
    if ringing is None or ringing.offer != offer:
        raise Refused("already_answered" if call.state in WITH_AGENT else "not_now")
    if ringing.agent != agent:
        raise Refused("not_your_call")
    decide_offering.end(x, call, Outcome.REJECTED, "declined")


def _hold(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    call = own_call(x, agent, args)
    if call.state is CallState.TALKING:
        decide_bridging.hold(x, call)
    elif call.state is not CallState.HELD:
        raise Refused("not_now")


def _retrieve(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    """One's own caller from hold, or anybody's from a parking place."""
    parked = _parked(x, args)
    if parked is not None:
        decide_parking.fetch(x, parked, agent)
        return
    call = own_call(x, agent, args)
    if call.state is CallState.HELD:
        decide_bridging.retrieve(x, call)
    elif call.state is not CallState.TALKING:
        raise Refused("not_now")


def _parked(x: Exchange, args: Mapping[str, Any]) -> Call | None:
    if "place" not in args:
        call = x.state.calls.get(str(args.get("call", "")))
        return call if call is not None and call.state is CallState.PARKED else None
    call = decide_parking.at(x, number(args, "place"))
    if call is None:
        raise Refused("no_such_call")
    return call


def _park(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    call = own_call(x, agent, args)
    if call.state not in (CallState.TALKING, CallState.HELD):
        raise Refused("not_now")
    decide_parking.park(x, call, number(args, "place") if args.get("place") else None)


def _pickup(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    """One call, what rings for a colleague, or what has rung longest in one's queues."""
    if args.get("call"):
        call = named_call(x, args)
    elif args.get("agent"):
        call = decide_pickup.ringing_for(x, number(args, "agent"))
    else:
        call = decide_pickup.ringing_in_group(x, agent)
    decide_pickup.pick_up(x, call, agent)


def _hang_up(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    """With somebody else in on it the customer stays with that one."""
    call = named_call(x, args)
    is_asked = call.consult is not None and call.consult.agent == agent
    if is_asked or (call.watch is not None and call.watch.by == agent):
        _leave(x, agent, args)
        return
    if agent == call.placer or _is_being_placed(call, agent):
        decide_ending.finish(x, call, by=decide_ending.AGENT, cause=decide_ending.NORMAL)
        return
    call = own_call(x, agent, args)
    if call.consult is not None:
        _hand_over(x, call, call.consult)
        return
    decide_ending.finish(x, call, by=decide_ending.AGENT, cause=decide_ending.NORMAL)


def _is_being_placed(call: Call, agent: int) -> bool:
    return call.state is CallState.PLACING and call.placing is not None and call.placing.by == agent


def _dial(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    """Call a number outside, a colleague or a queue; with `promise`, the one that this call keeps."""
    promise = str(args.get("promise") or "")
    if promise:
        desk_orders.own_promise(x, agent, args)
    to = destination(x, agent, args)
    if to.kind not in _CALLED:
        raise Refused("unknown_destination")
    wish = decide_placing.Wish(
        to,
        customer=number(args, "customer") if args.get("customer") else None,
        ticket=number(args, "ticket") if args.get("ticket") else None,
        promise=promise,
        caller_number=str(args.get("caller_number") or ""),
    )
    if is_for_help(x.config, to):
        decide_help.call(x, agent, wish)
    else:
        decide_keys.keep(x, decide_placing.place(x, agent, wish), str(args.get("digits") or ""))


def _transfer(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    call = own_call(x, agent, args)
    to = destination(x, agent, args)
    if call.state not in (CallState.TALKING, CallState.HELD):
        raise Refused("not_now")
    decide_joining.require_sending(x, call, agent, to)
    if to.kind is DestinationKind.PLACE:
        decide_parking.park(x, call, to.number if to.value else None)
    else:
        decide_transfer.send_on(x, call, to)


def _consult(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    call = own_call(x, agent, args)
    to = destination(x, agent, args)
    if to.kind not in decide_consult.ASKABLE:
        raise Refused("nobody_to_ask")
    if call.state not in (CallState.TALKING, CallState.HELD):
        raise Refused("not_now")
    decide_consult.begin(x, call, to)


def _swap(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    call, consult = _own_consult(x, agent, args)
    if call.state is not CallState.CONSULTING or consult.leg is None or consult.own_leg is not None:
        # With two calls on his telephone it alone can take one up: the other is on hold there.
        raise Refused("not_now")
    decide_consult.swap(x, call, consult)


def _join(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    call, consult = _own_consult(x, agent, args)
    if consult.leg is None or consult.own_leg is not None:
        raise Refused("not_now")
    if call.state is CallState.CONSULTING:
        decide_consult.join(x, call, consult)


def _complete(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    _hand_over(x, *_own_consult(x, agent, args))


def _hand_over(x: Exchange, call: Call, consult: Consult) -> None:
    decide_joining.require_handing_over(x, call)
    decide_consult.hand_over(x, call, consult)


def _leave(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    """Out of a conversation of three, whoever one is in it."""
    call = named_call(x, args)
    consult = call.consult
    if call.watch is not None and call.watch.by == agent:
        decide_watch.end(x, call, decide_consult.HUNG_UP)
        return
    if consult is not None and consult.agent == agent and consult.leg is not None:
        decide_consult.party_gone(x, call, call.legs[consult.leg], decide_consult.HUNG_UP, is_gone=False)
        return
    call, consult = _own_consult(x, agent, args)
    if call.state is not CallState.CONFERENCE:
        raise Refused("not_now")
    _hand_over(x, call, consult)


def _cancel_consult(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    decide_consult.cancel(x, *_own_consult(x, agent, args))


def _watch(mode: WatchMode) -> Callable[[Exchange, int, Mapping[str, Any]], None]:
    def order(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
        of = number(args, "of") if args.get("of") else None
        decide_watch.watch(x, named_call(x, args), agent, mode, of=of)

    return order


def _force_state(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    """A supervisor decides what somebody else is, at once or after his call."""
    other = number(args, "agent") if args.get("agent") else 0
    if other not in x.config.agents:
        raise Refused("no_such_agent")
    _set_state(x, other, args)
    state, reason = str(args.get("state")), str(args.get("reason") or "")
    x.write("agent.forced", None, other, by=agent, state=state, reason=reason)


def _own_consult(x: Exchange, agent: int, args: Mapping[str, Any]) -> tuple[Call, Consult]:
    call = own_call(x, agent, args)
    if call.consult is None:
        raise Refused("not_now")
    return call, call.consult


def _pause_recording(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    call = _recorded_call(x, agent, args)
    if call.recording and not call.recording.is_paused:
        x.write("recording.paused", call, agent)


def _resume_recording(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    call = _recorded_call(x, agent, args)
    if call.recording and call.recording.is_paused:
        x.write("recording.resumed", call, agent)


def _recorded_call(x: Exchange, agent: int, args: Mapping[str, Any]) -> Call:
    call = own_call(x, agent, args)
    if call.recording is None:
        raise Refused("not_now")
    return call


_VERBS: dict[str, Callable[[Exchange, int, Mapping[str, Any]], None]] = {
    "sign_in": _sign_in,
    "sign_out": _sign_out,
    "set_state": _set_state,
    "finish_wrap_up": _finish_wrap_up,
    "reject": _reject,
    "hold": _hold,
    "retrieve": _retrieve,
    "hang_up": _hang_up,
    "dial": _dial,
    "transfer": _transfer,
    "park": _park,
    "pickup": _pickup,
    "consult": _consult,
    "swap": _swap,
    "join": _join,
    "complete": _complete,
    "leave": _leave,
    "cancel_consult": _cancel_consult,
    "listen": _watch(WatchMode.LISTEN),
    "whisper": _watch(WatchMode.WHISPER),
    "barge": _watch(WatchMode.BARGE),
    "take_over": _watch(WatchMode.TAKE_OVER),
    "force_state": _force_state,
    "divert": desk_orders.divert,
    "promise": desk_orders.promise,
    "keep_promise": desk_orders.keep_promise,
    "refuse_promise": desk_orders.refuse_promise,
    "do_not_disturb": desk_orders.do_not_disturb,
    "digits": decide_keys.by_order,
    "pause_recording": _pause_recording,
    "resume_recording": _resume_recording,
}
