import pytest

from hallom.flow.flow import BranchOnHours, Enqueue, Flow, FlowError, HangUp, Say
from hallom.flow.hours import ALWAYS, Hours
from hallom.flow.interpreter import Caller, after, at_last, begin
from hallom.flow.standard import standard_flow

NEVER = Hours("UTC", ((),) * 7)
CALLER = Caller("hu", 1_790_000_000.0)


def standard(hours: Hours = ALWAYS, **changes: object) -> Flow:
    parts: dict[str, object] = {
        "greeting": {"hu": ("szia.wav",), "en": ("hello.wav",)},
        "closed_greeting": {"hu": ("zarva.wav",)},
        "full_prompt": {"hu": ("tele.wav",)},
        "queue": 1,
    }
    return standard_flow(hours=hours, **(parts | changes))  # type: ignore[arg-type]


def test_while_open_the_caller_is_greeted_in_his_language_and_queued() -> None:
    act = begin(standard(), CALLER)
    assert act.files == ("szia.wav",)
    act = after(standard(), act.step, CALLER)
    assert act.do == Enqueue(1, "full")


def test_another_language_hears_another_greeting() -> None:
    assert begin(standard(), Caller("en", CALLER.now)).files == ("hello.wav",)


def test_a_language_without_prompts_hears_the_one_for_all_or_goes_on() -> None:
    polish = Caller("pl", CALLER.now)
    assert begin(standard(greeting={"": ("ding.wav",)}), polish).files == ("ding.wav",)
    assert begin(standard(), polish).do == Enqueue(1, "full")


def test_while_closed_the_caller_is_told_and_let_go() -> None:
    flow = standard(NEVER)
    act = begin(flow, CALLER)
    assert isinstance(act.do, Say)
    assert act.do.is_closing
    assert after(flow, act.step, CALLER).do == HangUp("closed")


def test_a_full_queue_is_told_and_the_caller_let_go() -> None:
    flow = standard()
    act = after(flow, "queue", CALLER, full=True)
    assert act.files == ("tele.wav",)
    assert after(flow, act.step, CALLER).do == HangUp("queue_full")


def test_where_a_caller_would_stand_at_last() -> None:
    assert at_last(standard(), CALLER).do == Enqueue(1, "full")
    assert at_last(standard(NEVER), CALLER).do == HangUp("closed")
    endless = Flow("one", {"one": Say({"": ("x.wav",)}, "two"), "two": Say({"": ("y.wav",)}, "one")})
    with pytest.raises(FlowError):
        at_last(endless, CALLER)


def test_after_the_queue_the_flow_is_over() -> None:
    assert after(standard(), "queue", CALLER).do == HangUp()


def test_a_step_that_is_missing_is_found_before_and_while_walking() -> None:
    flow = Flow("hello", {"hello": Say({"": ("x.wav",)}, "nowhere")})
    with pytest.raises(FlowError):
        flow.check()
    with pytest.raises(FlowError):
        after(flow, "hello", CALLER)
    with pytest.raises(FlowError):
        begin(Flow("nothing"), CALLER)
    standard().check()


def test_steps_that_lead_round_in_silence_are_noticed() -> None:
    flow = Flow("a", {"a": BranchOnHours(ALWAYS, "b", "b"), "b": Say({}, "a")})
    with pytest.raises(FlowError):
        begin(flow, CALLER)
