"""A caller is sent on; whoever does not take him, he comes back to the one who sent him, else to the switchboard."""

from math import inf

from hallom.switch import (
    decide_agent,
    decide_consult,
    decide_diversion,
    decide_ending,
    decide_flow,
    decide_joining,
    decide_offering,
    decide_parking,
    decide_placing,
    decide_queueing,
    decide_returning,
    decide_watch,
    refer_news,
)
from hallom.switch.call import Call, CallState, Transfer
from hallom.switch.destination import Destination, DestinationKind
from hallom.switch.exchange import Exchange

RETURNED = "returned"


def send_on(
    x: Exchange, call: Call, to: Destination, *, is_ringing: bool = False, is_gone: bool = False
) -> None:
    """The agent is free at once; the caller hears it ring, and never nothing. `is_ringing`: it does already."""
    by, leg = call.agent or 0, call.agents_leg
    # Whoever was asked may have had the call sent elsewhere.
    last = Destination.parse(call.consult.way[-1]) if is_ringing and call.consult else to
    until = x.now + x.config.seconds_for(last) if last.kind in decide_diversion.WAITING_KINDS else None
    x.write(
        "transfer.started",
        call,
        by,
        by=by,
        to=str(to),
        player=call.next_player(),
        files=list(x.ringback(call.queue)),
        until=until,
        is_ringing=is_ringing,
    )
    if leg is not None:
        decide_ending.drop(x, call, leg, cause="transferred", is_gone=is_gone)
    decide_agent.hang_up(x, by, call.queue)


def go_on(x: Exchange) -> None:
    """The next step of every transfer for which nobody rings; it follows from the state alone."""
    while x.stirred:
        call = x.state.calls.get(x.stirred.popitem()[0])
        if call is None:
            continue
        decide_watch.look_after(x, call)
        if call.ringing is None:
            _look_at(x, call)
        if call.referral is not None:
            refer_news.tell(x, call)


def _look_at(x: Exchange, call: Call) -> None:
    if call.state in (CallState.PLACING, CallState.DIALLING):
        decide_placing.go_on(x, call)
    elif call.state is CallState.CONSULTING and call.consult is not None:
        decide_consult.go_on(x, call, call.consult)
    elif call.state is CallState.PARKED:
        decide_parking.look_again(x, call)
    elif call.transfer is None:
        return
    elif call.state is CallState.TRANSFERRING:
        _take_step(x, call, call.transfer)
    elif call.due.get("transfer", inf) <= x.now:
        time_is_up(x, call)


def _take_step(x: Exchange, call: Call, transfer: Transfer) -> None:
    if transfer.is_returning:
        why_not = transfer.reason if transfer.is_tried else _ring_back(x, call, transfer)
        if why_not:
            _to_the_switchboard(x, call)
    else:
        why_not = decide_diversion.step_forward(x, call, transfer, _try)
        if why_not:
            decide_returning.bring_back(x, call, transfer, why_not)


def _try(x: Exchange, call: Call, to: Destination) -> str:
    """Why it cannot be tried; empty when it can."""
    match to.kind:
        case DestinationKind.QUEUE:
            return "" if decide_queueing.enter(x, call, to.number, step="") else decide_queueing.QUEUE_FULL
        case DestinationKind.GREETING:
            return decide_flow.send_in(x, call, to.value)
        case DestinationKind.OUTSIDE if _joins_wrongly(x, call, to):
            return decide_joining.REFUSED
        case DestinationKind.OUTSIDE:
            decide_offering.dial(x, call, to.value, seconds=x.config.seconds_for(to))
            return ""
    agent = decide_diversion.agent_at(x, to)
    if agent is None:
        return decide_agent.UNREACHABLE
    is_internal = call.transfer is not None and call.transfer.by == call.placer
    purpose = "internal" if is_internal else "transfer"
    return decide_offering.direct(x, call, agent, purpose=purpose, seconds=x.config.seconds_for(to))


def _joins_wrongly(x: Exchange, call: Call, to: Destination) -> bool:
    """Of a diversion its owner's policy is asked, where calls go out."""
    transfer = call.transfer
    if transfer is None or transfer.via:
        return False
    return not decide_joining.may(x, call, transfer.by, to.value)


def leads_to(x: Exchange, to: Destination, agent: int) -> bool:
    is_person = to.kind in (DestinationKind.AGENT, DestinationKind.EXTENSION)
    return is_person and decide_diversion.agent_at(x, to) == agent


def _ring_back(x: Exchange, call: Call, transfer: Transfer) -> str:
    seconds = x.config.return_seconds
    return decide_offering.direct(x, call, transfer.by, purpose="return", seconds=seconds)


def _to_the_switchboard(x: Exchange, call: Call) -> None:
    for queue in (x.config.switchboard, call.queue):
        if queue is not None and decide_queueing.come_back(x, call, RETURNED, number=queue):
            return
    decide_ending.finish(x, call, by=decide_ending.SYSTEM, cause="nowhere_to_return")


def time_is_up(x: Exchange, call: Call) -> None:
    """Nobody in the queue took him; while a telephone rings for him he is left there."""
    transfer = call.transfer
    if transfer is None or call.ringing is not None:
        return
    if call.state is CallState.QUEUED:
        x.write("queue.left", call, queue=call.queue, reason=RETURNED)
    elif call.state is CallState.GREETING:
        x.write("greeting.ended", call)
    else:
        return
    decide_returning.bring_back(x, call, transfer, decide_agent.NO_ANSWER)
