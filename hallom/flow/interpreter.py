"""Walks a flow: from a step and what came of it to the next thing the caller notices. Keeps no state."""

from dataclasses import dataclass

from hallom.flow.flow import BranchOnHours, Enqueue, Files, Flow, FlowError, HangUp, Say, Step

MOST_SILENT_STEPS = 100
MOST_SAID = 100


@dataclass(frozen=True, slots=True)
class Caller:
    """What a flow may ask about; `now` is seconds of the epoch."""

    language: str
    now: float


@dataclass(frozen=True, slots=True)
class Act:
    """`step` is where the caller stands now; `files` is what a Say has for him, in his language."""

    step: str
    do: Say | Enqueue | HangUp
    files: Files = ()


def begin(flow: Flow, caller: Caller) -> Act:
    """Raises FlowError."""
    return _walk(flow, flow.first, caller)


def after(flow: Flow, step: str, caller: Caller, *, full: bool = False) -> Act:
    """What follows `step`, which has been said, or which found its queue `full`; raises FlowError."""
    match flow.step(step):
        case Say(then=then):
            return _walk(flow, then, caller)
        case Enqueue(when_full=when_full) if full:
            return _walk(flow, when_full, caller)
        case _:
            return Act("", HangUp())


def at_last(flow: Flow, caller: Caller) -> Act:
    """Where he would stand by now had he heard all that is said on the way; raises FlowError."""
    act = begin(flow, caller)
    for _ in range(MOST_SAID):
        if not isinstance(act.do, Say):
            return act
        act = after(flow, act.step, caller)
    raise FlowError("nothing but announcements")


def _walk(flow: Flow, name: str, caller: Caller) -> Act:
    for _ in range(MOST_SILENT_STEPS):
        step = flow.step(name)
        act = _act(name, step, caller)
        if act is not None:
            return act
        name = _passed(step, caller)
    raise FlowError("the steps lead round without the caller hearing anything")


def _act(name: str, step: Step, caller: Caller) -> Act | None:
    match step:
        case Say():
            files = step.files(caller.language)
            return Act(name, step, files) if files else None
        case Enqueue() | HangUp():
            return Act(name, step)
        case BranchOnHours():
            return None


def _passed(step: Step, caller: Caller) -> str:
    match step:
        case BranchOnHours(hours=hours):
            return step.when_open if hours.is_open(caller.now) else step.when_closed
        case Say(then=then):
            return then
        case _:
            raise FlowError("a step that stops was walked past")
