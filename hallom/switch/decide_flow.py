"""A call's walk through the flow of its number: greeting, opening hours, queue, good-bye."""

from hallom.flow.flow import Enqueue, Flow, FlowError, HangUp, Say
from hallom.flow.hours import ALWAYS
from hallom.flow.interpreter import Act, Caller, after, at_last, begin
from hallom.flow.standard import standard_flow
from hallom.switch import decide_ending, decide_queueing, decide_returning
from hallom.switch.call import Call, CallState
from hallom.switch.config import Number
from hallom.switch.exchange import Exchange

# A prompt whose end is never told must not keep a caller for ever.
LONGEST_PROMPT_SECONDS = 300.0


def start(x: Exchange, call: Call) -> None:
    line = call.line or call.dialled
    flow = _flow_of(x, call, line)
    try:
        _do(x, call, begin(flow, _caller(x, call, line)))
    except FlowError:
        decide_ending.finish(x, call, by=decide_ending.SYSTEM, cause="flow_error")


def send_in(x: Exchange, call: Call, line: str) -> str:
    """Whoever was sent on hears what its callers hear; why that would lead nowhere, else nothing.

    He is not bidden to call again later: he is not let go, but goes back to the one who sent him.
    """
    if _has_a_sender(call) and is_full(x, call, line):
        return decide_queueing.QUEUE_FULL
    start(x, call)
    return ""


def is_full(x: Exchange, call: Call, line: str) -> bool:
    """Whether the queue behind all that is said on this number has no room now."""
    try:
        act = at_last(_flow_of(x, call, line), _caller(x, call, line))
    except FlowError:
        return False
    return isinstance(act.do, Enqueue) and decide_queueing.is_full(x, call, act.do.queue)


def said(x: Exchange, call: Call) -> None:
    """The greeting the caller listened to has ended."""
    if call.state is not CallState.GREETING:
        return
    x.write("greeting.ended", call)
    _go_on(x, call, call.step)


def go_on(x: Exchange, call: Call) -> None:
    """From where the caller stood."""
    if call.step:
        _go_on(x, call, call.step)
    else:
        start(x, call)


def next_on(x: Exchange, call: Call, line: str, step: str) -> Act:
    """What this caller would notice on `line` after `step`, or first of all, now."""
    flow, caller = _flow_of(x, call, line), _caller(x, call, line)
    try:
        return after(flow, step, caller) if step else begin(flow, caller)
    except FlowError:
        return Act("", HangUp("flow_error"))


def _go_on(x: Exchange, call: Call, step: str, *, full: bool = False) -> None:
    line = call.line or call.dialled
    flow = _flow_of(x, call, line)
    try:
        _do(x, call, after(flow, step, _caller(x, call, line), full=full))
    except FlowError:
        decide_ending.finish(x, call, by=decide_ending.SYSTEM, cause="flow_error")


def _do(x: Exchange, call: Call, act: Act) -> None:
    match act.do:
        case Say(is_closing=is_closing):
            _say(x, call, act, closed=is_closing)
        case Enqueue(queue=queue):
            if decide_queueing.enter(x, call, queue, step=act.step):
                return
            if _has_a_sender(call):
                _let_go(x, call, decide_queueing.QUEUE_FULL)
            else:
                _go_on(x, call, act.step, full=True)
        case HangUp(cause=cause):
            _let_go(x, call, cause)


def _let_go(x: Exchange, call: Call, cause: str) -> None:
    """Whoever called is bidden good-bye; whoever was sent here goes back to the one who sent him."""
    transfer = call.transfer
    if transfer is not None and not transfer.is_returning:
        decide_returning.bring_back(x, call, transfer, cause)
    else:
        decide_ending.finish(x, call, by=decide_ending.SYSTEM, cause=cause)


def _has_a_sender(call: Call) -> bool:
    """Somebody who has him back when nobody takes him; who calls a colleague's number himself has none."""
    transfer = call.transfer
    return transfer is not None and not transfer.is_returning and transfer.by != call.placer


def _say(x: Exchange, call: Call, act: Act, *, closed: bool) -> None:
    x.write(
        "greeting.started",
        call,
        prompts=list(act.files),
        closed=closed,
        player=call.next_player(),
        step=act.step,
        until=x.now + LONGEST_PROMPT_SECONDS,
    )


def _caller(x: Exchange, call: Call, line: str) -> Caller:
    """Of whoever calls from within the house no language is known: he hears the number's own."""
    number = x.config.number_of(line)
    return Caller(call.language or (number.language if number else ""), x.now)


def _flow_of(x: Exchange, call: Call, line: str) -> Flow:
    """A number that was removed in the meantime leaves its callers their queue."""
    number = x.config.number_of(line)
    to = number.queue if number else call.queue
    if (known := x.flows.get((number.number if number else "", to))) is not None:
        return known
    flow = x.flows[number.number if number else "", to] = _drawn(x, number, to)
    return flow


def _drawn(x: Exchange, number: Number | None, to: int) -> Flow:
    queue = x.config.queues.get(to)
    return standard_flow(
        hours=number.hours if number else ALWAYS,
        greeting={number.language: number.greeting} if number else {},
        closed_greeting={number.language: number.closed_greeting} if number else {},
        full_prompt=queue.full_prompt if queue else {},
        queue=to,
    )
