"""Asking where no telephone rings at once: an agent announces a customer to a queue, by a number's announcement or not.

He stands in the line in the customer's stead, so whoever is offered next is asked; and may leave him the place.
"""

from math import inf

from hallom.flow.flow import Enqueue, HangUp, Say
from hallom.switch import (
    decide_agent,
    decide_consult,
    decide_flow,
    decide_own_call,
    decide_queueing,
    decide_transfer,
)
from hallom.switch.call import Call, Consult
from hallom.switch.destination import Destination, DestinationKind
from hallom.switch.exchange import Exchange

QUEUE_REMOVED = "queue_removed"


def queue_up(x: Exchange, call: Call, number: int) -> str:
    """Why he cannot wait there; empty when he does."""
    queue, consult = x.config.queues.get(number), call.consult
    if queue is None or consult is None:
        return decide_agent.UNREACHABLE
    if not decide_queueing.has_room(x, queue):
        return decide_queueing.QUEUE_FULL
    to = Destination(DestinationKind.QUEUE, str(number))
    x.write(
        "consult.queued",
        call,
        consult.by,
        to=str(to),
        queue=number,
        position=decide_queueing.position_of(x, call, number),
        entered_at=decide_queueing.began_waiting(x, call),
        player=call.next_player(),
        files=list(x.holding_music(number) or x.ringback(number)),
        until=x.now + x.config.seconds_for(to),
    )
    # A telephone can only hand over by a call that stands.
    decide_own_call.asked_one_answered(x, call)
    return ""


def listen(x: Exchange, call: Call, line: str, *, after: str = "") -> str:
    """He hears what its callers hear, then waits where they wait; why that is not to be had, else nothing."""
    if not after and decide_flow.is_full(x, call, line):
        return decide_queueing.QUEUE_FULL
    act = decide_flow.next_on(x, call, line, after)
    match act.do:
        case Enqueue(queue=queue):
            return queue_up(x, call, queue)
        case HangUp(cause=cause):
            return cause
        case Say():
            to = Destination(DestinationKind.GREETING, line)
            x.write(
                "consult.played",
                call,
                call.agent,
                to=str(to),
                step=act.step,
                player=call.next_player(),
                prompts=list(act.files),
                until=x.now + x.config.seconds_for(to),
            )
            decide_own_call.asked_one_answered(x, call)
    return ""


def heard_out(x: Exchange, call: Call, player: str) -> None:
    """The announcement he listened to has ended."""
    consult = call.consult
    if consult is None or not consult.step or consult.tone is None or consult.tone.id != player:
        return
    why_not = listen(x, call, Destination.parse(consult.way[-1]).value, after=consult.step)
    if why_not:
        decide_consult.end(x, call, why_not)


def look_again(x: Exchange, call: Call) -> None:
    """After somebody did not answer him after all."""
    if call.due.get("consult", inf) <= x.now:
        time_is_up(x, call)


def time_is_up(x: Exchange, call: Call) -> None:
    """Nobody in the queue answered; while a telephone rings for him he is left there."""
    consult = call.consult
    if consult is not None and consult.is_let_in and call.ringing is None:
        decide_consult.end(x, call, decide_agent.NO_ANSWER)


def queue_gone(x: Exchange, call: Call, consult: Consult) -> None:
    """The queue in which he waits was taken out of service."""
    if consult.is_let_in and consult.queue is not None and consult.queue not in x.config.queues:
        decide_consult.cancel(x, call, consult, reason=QUEUE_REMOVED)


def hand_over(x: Exchange, call: Call, consult: Consult, *, is_gone: bool) -> None:
    """The customer has the place in the line, and what rings for it; or hears the announcement himself."""
    queue = consult.queue
    to = Destination.parse(consult.to)
    decide_transfer.send_on(x, call, to, is_ringing=True, is_gone=is_gone)
    if queue is not None:
        decide_queueing.enter(x, call, queue, step="")


def mend(x: Exchange, call: Call) -> None:
    """A journal cut when the customer had been sent on, but did not have the place yet."""
    kept = x.state.router.waiting.get(call.id)
    if kept is not None:
        decide_queueing.enter(x, call, kept.queue, step="")
