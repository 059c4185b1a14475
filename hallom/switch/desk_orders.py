"""Orders about one's telephone and for later: diversions, do-not-disturb, promises."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hallom.switch import decide_agent, decide_parking, decide_promise
from hallom.switch.call import Call, CallState
from hallom.switch.desk import OCCASIONS
from hallom.switch.destination import DestinationKind
from hallom.switch.exchange import Exchange
from hallom.switch.order_args import destination, named_call, number, own_call
from hallom.switch.promise import Promise, PromiseEnd, PromiseKind
from hallom.switch.refusal import Refused

# A promise travels in every entry about its owner's desk.
LONGEST_WORDS = 300


def divert(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    """Without a destination the diversion is taken back."""
    occasion = str(args.get("when", ""))
    if occasion not in OCCASIONS:
        raise Refused("not_now")
    to = str(destination(x, agent, args)) if args.get("to") else ""
    if to.startswith(f"{DestinationKind.PLACE}:"):
        raise Refused("unknown_destination")
    changes: dict[str, Any] = {occasion: to}
    decide_agent.set_up(x, agent, replace(x.state.desk(agent), **changes))


def do_not_disturb(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    decide_agent.set_up(x, agent, replace(x.state.desk(agent), do_not_disturb=bool(args.get("on"))))


def promise(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    """For when somebody is free; a caller who is to be connected waits at a parking place."""
    try:
        kind = PromiseKind(str(args.get("kind", "")))
    except ValueError:
        raise Refused("not_now") from None
    owner = number(args, "agent") if args.get("agent") else 0
    if owner not in x.config.agents:
        raise Refused("no_such_agent")
    call = x.state.calls.get(str(args.get("call") or ""))
    customer = str(args.get("number") or (call.caller if call else ""))
    if kind is PromiseKind.CONNECT:
        call = _waiting_for(x, agent, args)
    elif kind is PromiseKind.CALL_CUSTOMER and not customer:
        raise Refused("unknown_destination")
    seconds = number(args, "seconds") if args.get("seconds") else x.config.promise_seconds
    name = call.id if call is not None else ""
    made = Promise(x.new_id(), kind, owner, agent, name, customer, x.now, x.now + seconds)
    decide_promise.make(x, replace(made, **_about(args)))


def _about(args: Mapping[str, Any]) -> dict[str, Any]:
    """Why it was promised, to whom, about what: kept for people, the switch asks nothing of it."""
    words = {name: str(args.get(name) or "")[:LONGEST_WORDS] for name in ("why", "name")}
    rows = {name: number(args, name) for name in ("customer", "ticket") if args.get(name)}
    return {**words, **rows}


def _waiting_for(x: Exchange, agent: int, args: Mapping[str, Any]) -> Call:
    call = named_call(x, args)
    if call.state is CallState.PARKED:
        return call
    own_call(x, agent, args)
    if call.state not in (CallState.TALKING, CallState.HELD):
        raise Refused("not_now")
    decide_parking.park(x, call, None)
    return call


def keep_promise(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    decide_promise.end(x, own_promise(x, agent, args), PromiseEnd.KEPT)


def refuse_promise(x: Exchange, agent: int, args: Mapping[str, Any]) -> None:
    reason = str(args.get("reason") or "").strip() or "declined"
    decide_promise.end(x, own_promise(x, agent, args), PromiseEnd.REFUSED, reason)


def own_promise(x: Exchange, agent: int, args: Mapping[str, Any]) -> Promise:
    promise = decide_promise.find(x, str(args.get("promise", "")))
    if promise is None:
        raise Refused("no_such_promise")
    if agent not in (promise.owner, promise.by):
        raise Refused("not_your_promise")
    return promise
