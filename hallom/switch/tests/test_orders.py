from dataclasses import replace

import pytest

from hallom.switch.tests.world import ALICE, BRUNO, CONFIG, World


@pytest.mark.parametrize(
    ("agent", "verb", "args", "error"),
    [
        (ALICE, "dance", {}, "unknown_order"),
        (99, "sign_in", {}, "no_such_agent"),
        (ALICE, "hang_up", {"call": "nowhere"}, "no_such_call"),
        (ALICE, "hold", {}, "no_such_call"),
        (ALICE, "reject", {"offer": "nothing-o1"}, "no_such_call"),
        (ALICE, "set_state", {"state": "talking"}, "not_now"),
        (ALICE, "set_state", {"state": "paused", "reason": "siesta"}, "unknown_reason"),
        (ALICE, "set_state", {}, "not_now"),
    ],
)
def test_an_order_that_cannot_be_obeyed_says_why(
    agent: int, verb: str, args: dict[str, str], error: str
) -> None:
    world = World()
    reply = world.order(agent, verb, **args)
    assert (reply.ok, reply.error) == (False, error)


@pytest.mark.parametrize("verb", ["hold", "retrieve", "hang_up", "pause_recording", "resume_recording"])
def test_nobody_orders_about_in_another_agents_call(verb: str) -> None:
    world = World()
    name, _ = world.conversation()
    assert world.order(BRUNO, verb, call=world.call_of(name)).error == "not_your_call"


def test_only_the_agent_it_rings_for_can_reject_an_offer() -> None:
    world = World()
    world.sign_in(ALICE)
    name = world.queue_up()
    offer = f"{world.call_of(name)}-o1"
    assert world.order(BRUNO, "reject", offer=offer).error == "not_your_call"
    world.pick_up(ALICE)
    assert world.order(ALICE, "reject", offer=offer).error == "already_answered"


def test_a_lease_that_is_over_cannot_be_rejected() -> None:
    world = World()
    world.sign_in(ALICE)
    name = world.queue_up()
    world.wait(20)
    assert world.order(ALICE, "reject", offer=f"{world.call_of(name)}-o1").error == "not_now"


def test_hold_twice_is_hold_once() -> None:
    world = World()
    name, _ = world.conversation()
    call = world.call_of(name)
    assert [world.order(ALICE, verb, call=call).ok for verb in ("hold", "hold", "retrieve", "retrieve")] == [
        True
    ] * 4
    assert len(world.entries("call.held")) == len(world.entries("call.retrieved")) == 1


def test_a_pause_asked_for_in_a_conversation_begins_after_wrap_up() -> None:
    world = World()
    name, _ = world.conversation()
    assert world.order(ALICE, "set_state", state="paused", reason="lunch").ok
    assert world.agent_state(ALICE) == "talking"
    assert world.journal[-1].data["next"] == {"state": "paused", "reason": "lunch"}
    world.customer_hangs_up(name)
    assert world.agent_state(ALICE) == "wrap_up"
    assert world.order(ALICE, "finish_wrap_up").ok
    assert (world.agent_state(ALICE), world.agent_reason(ALICE)) == ("paused", "lunch")


def test_a_wish_can_be_taken_back() -> None:
    world = World()
    name, _ = world.conversation()
    world.order(ALICE, "set_state", state="paused", reason="lunch")
    world.order(ALICE, "set_state", state="available")
    world.customer_hangs_up(name)
    world.wait(30)
    assert world.agent_state(ALICE) == "available"


def test_signing_out_in_a_conversation_lets_it_end_first() -> None:
    world = World()
    name, _ = world.conversation()
    assert world.order(ALICE, "sign_out").ok
    world.customer_hangs_up(name)
    world.wait(30)
    assert world.agent_state(ALICE) == "offline"


def test_signing_in_again_takes_the_sign_out_back() -> None:
    world = World()
    name, _ = world.conversation()
    world.order(ALICE, "sign_out")
    world.order(ALICE, "sign_in")
    world.customer_hangs_up(name)
    world.wait(30)
    assert world.agent_state(ALICE) == "available"


@pytest.mark.parametrize("verb", ["sign_out", "set_state"])
def test_leaving_while_it_rings_sends_the_caller_on(verb: str) -> None:
    world = World()
    world.sign_in(ALICE)
    world.wait(1)
    world.sign_in(BRUNO)
    world.queue_up()
    assert world.order(ALICE, verb, state="paused", reason="coffee").ok
    assert world.agent_state(BRUNO) == "offered"
    assert world.agent_state(ALICE) == ("offline" if verb == "sign_out" else "paused")


def test_wrap_up_ends_by_itself_or_when_the_agent_has_finished() -> None:
    world = World()
    name, _ = world.conversation()
    assert world.order(ALICE, "finish_wrap_up").error == "not_now"
    world.customer_hangs_up(name)
    world.wait(10)
    assert world.order(ALICE, "finish_wrap_up").ok
    assert world.agent_state(ALICE) == "available"
    world.wait(60)
    assert world.agent_state(ALICE) == "available"


def test_a_pause_ends_when_the_agent_says_so_and_a_waiting_caller_rings_at_once() -> None:
    world = World()
    world.sign_in(ALICE)
    world.order(ALICE, "set_state", state="paused", reason="coffee")
    world.queue_up()
    assert not world.endpoint.ringing
    world.order(ALICE, "set_state", state="available")
    assert world.agent_state(ALICE) == "offered"


def test_without_configured_reasons_any_will_do() -> None:
    world = World(replace(CONFIG, pause_reasons=frozenset()))
    world.sign_in(ALICE)
    assert world.order(ALICE, "set_state", state="paused", reason="fresh air").ok


def test_the_same_order_of_a_state_is_harmless() -> None:
    world = World()
    world.sign_in(ALICE)
    for state in ("available", "available", "offline", "offline", "available"):
        assert world.order(ALICE, "set_state", state=state).ok
    assert world.agent_state(ALICE) == "available"
