"""An agent asks a colleague while the customer waits; whoever goes, the customer is with somebody or hears music."""

from collections.abc import Callable

import pytest

from hallom.sip.events import DialogEnded, InviteFailed
from hallom.switch.messages import MediaEvent, Signal
from hallom.switch.tests.test_transfer import OUTSIDE, House
from hallom.switch.tests.world import ALICE, BRUNO


def asking(to: str = "agent:8") -> tuple[House, str, str]:
    """Alice's caller waits while she asks Bruno: world, the caller's INVITE, Alice's leg."""
    world = House()
    name, alice = world.conversation()
    world.sign_in(BRUNO)
    assert world.order(ALICE, "consult", call=world.call_of(name), to=to).ok
    return world, name, alice


def talking_to_bruno() -> tuple[House, str, str, str]:
    world, name, alice = asking()
    return world, name, alice, world.pick_up(BRUNO)


def order(world: House, name: str, verb: str, agent: int = ALICE) -> str:
    reply = world.order(agent, verb, call=world.call_of(name))
    return "" if reply.ok else reply.error


def customer(world: House, name: str) -> str:
    return f"{world.call_of(name)}-1"


def test_while_it_rings_the_customer_hears_music_and_the_agent_hears_it_ring() -> None:
    world, name, alice = asking()
    assert world.heard(name) == {"music.wav"}
    assert world.hears(alice) == {"ringback.wav"}
    assert world.agent_state(BRUNO) == "offered"


def test_two_talk_and_the_customer_hears_nothing_of_it() -> None:
    world, name, alice, bruno = talking_to_bruno()
    assert world.heard(name) == {"music.wav"}
    assert (world.hears(alice), world.hears(bruno)) == ({bruno}, {alice})
    assert not world.workers["media-0"].recorders


def test_swapping_to_and_fro() -> None:
    world, name, alice, bruno = talking_to_bruno()
    assert not order(world, name, "swap")
    assert (world.heard(name), world.hears(alice)) == ({alice}, {customer(world, name)})
    assert world.hears(bruno) == {"music.wav"}
    assert not order(world, name, "swap")
    assert world.heard(name) == {"music.wav"}
    assert (world.hears(alice), world.hears(bruno)) == ({bruno}, {alice})


def test_all_three_together_and_on_one_recording() -> None:
    world, name, alice, bruno = talking_to_bruno()
    assert not order(world, name, "join")
    legs = {customer(world, name), alice, bruno}
    assert all(world.hears(leg) == legs - {leg} for leg in legs)
    (tape,) = world.workers["media-0"].recorders.values()
    assert (tape["left"], tape["right"]) == ([customer(world, name)], [alice, bruno])


@pytest.mark.parametrize("back", ["cancel_consult", "join", "complete"])
def test_what_was_paused_for_a_card_number_stays_paused_through_a_consultation(back: str) -> None:
    world = House()
    name, _ = world.conversation()
    call = world.call_of(name)
    world.order(ALICE, "pause_recording", call=call)
    world.sign_in(BRUNO)
    world.order(ALICE, "consult", call=call, to="agent:8")
    world.pick_up(BRUNO)
    assert not order(world, name, back)
    assert world.workers["media-0"].paused == {f"{call}-r2"}
    assert not order(world, name, "resume_recording", agent=BRUNO if back == "complete" else ALICE)
    assert world.workers["media-0"].paused == set()


def test_the_agent_leaves_and_the_others_stay() -> None:
    world, name, _, bruno = talking_to_bruno()
    order(world, name, "join")
    assert not order(world, name, "leave")
    assert (world.heard(name), world.hears(bruno)) == ({bruno}, {customer(world, name)})
    assert (world.agent_state(ALICE), world.agent_state(BRUNO)) == ("wrap_up", "talking")
    world.customer_hangs_up(name)
    assert world.agent_state(BRUNO) == "wrap_up"


def test_the_one_who_was_asked_leaves_and_the_agent_stays() -> None:
    world, name, alice, _ = talking_to_bruno()
    order(world, name, "join")
    assert not order(world, name, "leave", BRUNO)
    assert (world.heard(name), world.hears(alice)) == ({alice}, {customer(world, name)})
    assert world.agent_state(BRUNO) == "available"


def test_handing_over_after_a_word() -> None:
    world, name, _, bruno = talking_to_bruno()
    world.wait(7)
    assert not order(world, name, "complete")
    assert (world.heard(name), world.hears(bruno)) == ({bruno}, {customer(world, name)})
    assert world.entries("transfer.completed")[0].data == {"by": ALICE, "to": "agent:8", "waited": 7.0}
    assert (world.agent_state(ALICE), world.agent_state(BRUNO)) == ("wrap_up", "talking")


def test_handing_over_while_it_rings_is_a_transfer_that_can_come_back() -> None:
    world, name, _ = asking()
    assert not order(world, name, "complete")
    assert world.heard(name) == {"ringback.wav"}
    assert world.agent_state(ALICE) == "wrap_up"
    world.wait(20)
    mark = world.returned()[0]
    assert (mark["from"], mark["to"], mark["reason"], mark["waited"]) == (ALICE, "agent:8", "no_answer", 20.0)
    assert world.pick_up(ALICE)


def test_who_answers_after_the_handing_over_gets_the_customer() -> None:
    world, name, _ = asking()
    order(world, name, "complete")
    bruno = world.pick_up(BRUNO)
    assert world.heard(name) == {bruno}


@pytest.mark.parametrize(
    ("what", "reason"),
    [("wait", "no_answer"), ("refuse", "declined"), ("cancel", "cancelled"), ("gone", "unreachable")],
)
def test_who_is_not_reached_leaves_the_agent_with_his_customer(what: str, reason: str) -> None:
    world, name, alice = asking()
    acts: dict[str, Callable[[], object]] = {
        "wait": lambda: world.wait(20),
        "refuse": lambda: world.refuse(BRUNO, 603),
        "cancel": lambda: order(world, name, "cancel_consult"),
        "gone": lambda: world.unregister("sip:page1-8@x.invalid"),
    }
    acts[what]()
    assert world.entries("consult.ended")[0].data == {"to": "agent:8", "reason": reason}
    assert (world.heard(name), world.hears(alice)) == ({alice}, {customer(world, name)})
    assert world.call_of(name) + "-r2" in world.workers["media-0"].recorders


@pytest.mark.parametrize("what", ["bye", "breaks", "cancel", "page closed", "hangs up by order"])
def test_when_the_one_who_was_asked_goes_the_agent_has_his_customer_again(what: str) -> None:
    world, name, alice, bruno = talking_to_bruno()
    acts: dict[str, Callable[[], object]] = {
        "bye": lambda: world.hang_up(f"dialog-{bruno}"),
        "breaks": lambda: world.tell(Signal(DialogEnded(f"dialog-{bruno}", False, "timeout"))),
        "cancel": lambda: order(world, name, "cancel_consult"),
        "page closed": lambda: world.unregister("sip:page1-8@x.invalid"),
        "hangs up by order": lambda: order(world, name, "hang_up", BRUNO),
    }
    acts[what]()
    assert (world.heard(name), world.hears(alice)) == ({alice}, {customer(world, name)})
    assert world.agent_state(BRUNO) in ("available", "paused")


@pytest.mark.parametrize("verb", ["hang up", "page closed", "breaks", "order"])
@pytest.mark.parametrize("is_conference", [False, True])
def test_when_the_agent_goes_the_one_he_asked_has_the_customer(verb: str, is_conference: bool) -> None:
    world, name, alice, bruno = talking_to_bruno()
    if is_conference:
        order(world, name, "join")
    acts: dict[str, Callable[[], object]] = {
        "hang up": lambda: world.hang_up(f"dialog-{alice}"),
        "page closed": lambda: world.unregister("sip:page1-7@x.invalid"),
        "breaks": lambda: world.tell(Signal(DialogEnded(f"dialog-{alice}", False, "timeout"))),
        "order": lambda: order(world, name, "hang_up"),
    }
    acts[verb]()
    assert (world.heard(name), world.hears(bruno)) == ({bruno}, {customer(world, name)})
    assert world.agent_state(ALICE) == "wrap_up"


def test_an_agent_lost_while_it_rings_has_time_to_come_back() -> None:
    world, name, _ = asking()
    world.unregister("sip:page1-7@x.invalid")
    assert (world.heard(name), world.call_state(name)) == ({"music.wav"}, "lost")
    assert world.agent_state(BRUNO) == "available"


def test_a_customer_who_hangs_up_frees_both() -> None:
    world, name, _, _ = talking_to_bruno()
    world.customer_hangs_up(name)
    assert (world.agent_state(ALICE), world.agent_state(BRUNO)) == ("wrap_up", "available")
    assert not world.workers["media-0"].legs
    assert world.kinds(name)[-1] == "call.ended"


def test_somebody_outside_is_asked_and_handed_the_customer() -> None:
    world, name, alice = asking(f"outside:{OUTSIDE}")
    assert next(iter(world.endpoint.dials.values())).purpose == "consult"
    leg = world.answer_outside()
    assert world.hears(alice) == {leg}
    order(world, name, "complete")
    assert (world.heard(name), world.hears(leg)) == ({leg}, {customer(world, name)})


def test_somebody_outside_who_may_not_be_called() -> None:
    world, name, alice = asking(f"outside:{OUTSIDE}")
    leg = next(iter(world.endpoint.dials))
    world.tell(Signal(InviteFailed(leg, 403, "")))
    assert world.entries("consult.ended")[0].data["reason"] == "not_allowed"
    assert world.heard(name) == {alice}


@pytest.mark.parametrize("verb", ["swap", "join", "complete", "leave", "cancel_consult"])
def test_without_anybody_asked_there_is_nothing_to_do(verb: str) -> None:
    world = House()
    name, _ = world.conversation()
    assert order(world, name, verb) == "not_now"
    assert order(world, name, verb, BRUNO) == "not_your_call"


@pytest.mark.parametrize("verb", ["swap", "join", "leave"])
def test_nobody_swaps_with_one_who_still_rings(verb: str) -> None:
    world, name, _ = asking()
    assert order(world, name, verb) == "not_now"


@pytest.mark.parametrize(
    ("to", "error"),
    [
        ("place:1", "nobody_to_ask"),
        ("place:", "nobody_to_ask"),
        ("moon:1", "unknown_destination"),
        ("queue:99", "unknown_destination"),
        ("greeting:+3699999999", "unknown_destination"),
    ],
)
def test_where_nobody_can_be_asked(to: str, error: str) -> None:
    world = House()
    name, _ = world.conversation()
    assert world.order(ALICE, "consult", call=world.call_of(name), to=to).error == error
    assert world.call_state(name) == "talking"


def test_a_second_consult_or_a_transfer_has_to_wait() -> None:
    world, name, _ = asking()
    assert world.order(ALICE, "consult", call=world.call_of(name), to="agent:9").error == "not_now"
    assert world.order(ALICE, "transfer", call=world.call_of(name), to="agent:9").error == "not_now"


def test_a_silent_colleague_without_a_telephone_is_gone() -> None:
    world, name, alice, bruno = talking_to_bruno()
    world.bindings.pop("sip:page1-8@x.invalid")
    world.crash()
    world.tell(MediaEvent("media-0", "leg.silent", {"leg": bruno, "seconds": 5}))
    assert world.heard(name) == {alice}


@pytest.mark.parametrize("last", ["complete", "join", "swap", "cancel_consult"])
def test_a_crash_at_any_moment_of_a_consultation_leaves_nobody_in_silence(last: str) -> None:
    def story(world: House) -> str:
        for agent in (ALICE, BRUNO):
            world.sign_in(agent)
            world.order(agent, "sign_in")
        name = world.dial()
        world.hear_out()
        world.hear_out()
        alice = world.pick_up_any()
        other = "agent:8" if alice == ALICE else "agent:7"
        world.order(alice, "consult", call=world.call_of(name), to=other)
        world.pick_up_any()
        world.order(alice, last, call=world.call_of(name))
        return name

    clean = House()
    story(clean)
    for moment in range(1, clean.points):
        world = House()
        world.crash_at = moment
        name = story(world)
        assert world.heard(name), moment
        assert world.replayed().state == world.switch.state, moment
        assert not world.complaints, moment


@pytest.mark.parametrize("verb", ["cancel_consult", "swap", "join", "complete", "leave", "hang_up", "hold"])
@pytest.mark.parametrize("agent", [ALICE, BRUNO])
def test_a_call_that_only_waits_for_its_recorder_is_nobodys_to_change(
    verb: str, agent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, name, *_ = talking_to_bruno()
    assert not order(world, name, "join")
    monkeypatch.setattr(world.workers["media-0"], "carry_out", lambda request: None)
    world.customer_hangs_up(name)
    assert world.call_state(name) == "ending"
    assert order(world, name, verb, agent) == "no_such_call"
