"""Promises for when somebody is free: durable, with an owner and a deadline; each ends kept, refused or expired."""

from dataclasses import replace

from hallom.acd.agent import AgentState
from hallom.switch import decide_agent, decide_offering, decide_returning
from hallom.switch.call import OVER, WITH_AGENT, Call, CallState
from hallom.switch.destination import DestinationKind
from hallom.switch.exchange import Exchange
from hallom.switch.promise import Promise, PromiseEnd, PromiseKind

NOT_TAKEN = "not_taken"


def make(x: Exchange, promise: Promise) -> None:
    desk = x.state.desk(promise.owner)
    x.write("promise.made", promise.call or None, promise.owner, **promise.as_data())
    decide_agent.set_up(x, promise.owner, replace(desk, promises=(*desk.promises, promise)))


def end(x: Exchange, promise: Promise, how: PromiseEnd, reason: str = "") -> None:
    call = promise.call if promise.call in x.state.calls else None
    seconds = x.now - promise.made_at
    x.write(
        f"promise.{how}",
        call,
        promise.owner,
        promise=promise.id,
        by=promise.by,
        reason=reason,
        seconds=seconds,
    )
    desk = x.state.desk(promise.owner)
    left = tuple(one for one in desk.promises if one.id != promise.id)
    decide_agent.set_up(x, promise.owner, replace(desk, promises=left))


def find(x: Exchange, name: str) -> Promise | None:
    every = (one for desk in x.state.desks.values() for one in desk.promises)
    return next((one for one in every if one.id == name), None)


def go_on(x: Exchange) -> None:
    """Whatever can be said or done of a promise now, before the queues get their share."""
    for desk in list(x.state.desks.values()):
        for promise in desk.promises:
            if promise.owner not in x.config.agents:
                end(x, promise, PromiseEnd.REFUSED, "agent_removed")
            elif promise.kind == PromiseKind.CONNECT:
                _look_after_caller(x, promise)
            elif not promise.is_ripe and x.agent_state(promise.owner) is AgentState.AVAILABLE:
                _ripen(x, promise)


def _ripen(x: Exchange, promise: Promise) -> None:
    call = promise.call if promise.call in x.state.calls else None
    x.write("promise.ripe", call, promise.owner, promise=promise.id, by=promise.by, kind=promise.kind)
    desk = x.state.desk(promise.owner)
    ripe = tuple(replace(one, is_ripe=True) if one.id == promise.id else one for one in desk.promises)
    decide_agent.set_up(x, promise.owner, replace(desk, promises=ripe))


def _look_after_caller(x: Exchange, promise: Promise) -> None:
    call = x.state.calls.get(promise.call)
    if call is None or call.state in OVER:
        end(x, promise, PromiseEnd.REFUSED, "caller_left")
    elif call.state in WITH_AGENT:
        is_his = call.agent == promise.owner
        end(x, promise, PromiseEnd.KEPT if is_his else PromiseEnd.REFUSED, "" if is_his else "taken")
    elif call.state is not CallState.PARKED:
        end(x, promise, PromiseEnd.REFUSED, "came_back")
    elif call.ringing is None and promise.is_ripe:
        end(x, promise, PromiseEnd.REFUSED, NOT_TAKEN)
        _bring_back(x, call, promise)
    elif call.ringing is None and promise.deadline <= x.now:
        # It rang for the owner when the time was up, but not because of the promise.
        end(x, promise, PromiseEnd.EXPIRED)
    elif call.ringing is None and x.agent_state(promise.owner) is AgentState.AVAILABLE:
        _ripen(x, promise)
        seconds = x.config.transfer_seconds.get("agent", decide_offering.PROMISE_SECONDS)
        decide_offering.direct(x, call, promise.owner, purpose="promise", seconds=seconds)


def _bring_back(x: Exchange, call: Call, promise: Promise) -> None:
    """There is nothing to wait for any more: whoever put him there can tell him."""
    if (parking := call.parking) is not None:
        to = f"{DestinationKind.AGENT}:{promise.owner}"
        decide_returning.come_back(x, call, parking.by, to=to, reason=NOT_TAKEN, since=parking.since)


def time_is_up(x: Exchange, name: str) -> None:
    promise = find(x, name)
    if promise is None or promise.deadline > x.now:
        return
    call = x.state.calls.get(promise.call)
    is_ringing = call is not None and call.ringing is not None and call.ringing.agent == promise.owner
    # Who waits to be connected and rings at last is not sent away; any other call has nothing to do with it.
    if not (is_ringing and promise.kind == PromiseKind.CONNECT):
        end(x, promise, PromiseEnd.EXPIRED)
