"""Calls that go elsewhere because somebody has them sent there; loops are caught."""

import pytest

from hallom.switch.tests.test_transfer import OUTSIDE, House
from hallom.switch.tests.world import ALICE, BRUNO, CELIA


def office() -> House:
    world = House()
    for agent in (ALICE, BRUNO, CELIA):
        world.sign_in(agent)
        world.order(agent, "set_state", state="paused", reason="lunch")
    world.order(ALICE, "set_state", state="available")
    return world


def sent_to_bruno(world: House) -> str:
    name, _ = world.conversation()
    assert world.order(ALICE, "transfer", call=world.call_of(name), to="agent:8").ok
    return name


def test_always() -> None:
    world = office()
    assert world.order(BRUNO, "divert", when="always", to="agent:9").ok
    name = sent_to_bruno(world)
    assert world.agent_state(BRUNO) == "paused"
    assert world.heard(name) == {"ringback.wav"}
    leg = world.pick_up(CELIA)
    assert world.heard(name) == {leg}
    assert world.entries("transfer.completed")[0].data["to"] == "agent:8"


def test_no_answer() -> None:
    world = office()
    world.order(BRUNO, "divert", when="no_answer", to="agent:9")
    sent_to_bruno(world)
    world.wait(20)
    world.pick_up(CELIA)
    data = world.entries("call.diverted")[0].data
    assert (data["from"], data["to"], data["occasion"]) == ("agent:8", "agent:9", "no_answer")


@pytest.mark.parametrize("how", ["refuses", "not to be disturbed"])
def test_busy(how: str) -> None:
    world = office()
    world.order(BRUNO, "divert", when="busy", to=f"outside:{OUTSIDE}")
    if how == "not to be disturbed":
        world.order(BRUNO, "do_not_disturb", on=True)
    sent_to_bruno(world)
    if how == "refuses":
        world.refuse(BRUNO, 486)
    (dial,) = world.endpoint.dials.values()
    assert (dial.purpose, dial.number) == ("diversion", OUTSIDE)


def test_who_does_not_want_to_be_disturbed_is_not() -> None:
    world = office()
    assert world.order(BRUNO, "do_not_disturb", on=True).ok
    sent_to_bruno(world)
    assert world.returned()[0]["reason"] == "do_not_disturb"
    world.pick_up(ALICE)
    world.order(BRUNO, "do_not_disturb", on=False)
    world.order(ALICE, "transfer", call=world.entries("call.arrived")[0].call, to="agent:8")
    assert world.pick_up(BRUNO)


def test_to_a_queue_that_gives_him_back_when_nobody_comes() -> None:
    world = office()
    world.order(BRUNO, "divert", when="always", to="queue:3")
    name = sent_to_bruno(world)
    assert world.heard(name) == {"claims.wav"}
    world.wait(300)
    mark = world.returned()[0]
    assert (mark["to"], mark["reason"], mark["waited"]) == ("agent:8", "no_answer", 300.0)


def test_to_a_greeting() -> None:
    world = office()
    world.order(BRUNO, "divert", when="always", to="greeting:+3615550200")
    name = sent_to_bruno(world)
    assert world.heard(name) == {"claims-hello.wav"}


def test_a_loop_is_caught_and_the_caller_comes_back() -> None:
    world = office()
    world.order(BRUNO, "divert", when="always", to="agent:9")
    world.order(CELIA, "divert", when="always", to="extension:210")
    sent_to_bruno(world)
    assert world.returned()[0]["reason"] == "diversion_loop"
    assert len(world.entries("call.diverted")) == 1


def test_a_consultation_is_diverted_too() -> None:
    world = office()
    world.order(BRUNO, "divert", when="always", to="agent:9")
    name, alice = world.conversation()
    world.order(ALICE, "consult", call=world.call_of(name), to="agent:8")
    assert world.hears(alice) == {"ringback.wav"}
    celia = world.pick_up(CELIA)
    assert world.hears(alice) == {celia}


def test_what_was_set_up_survives_a_crash_and_any_change_of_state() -> None:
    world = office()
    world.order(BRUNO, "divert", when="no_answer", to="agent:9")
    world.order(BRUNO, "set_state", state="available")
    world.crash()
    assert world.switch.state.desk(BRUNO).no_answer == "agent:9"
    assert world.replayed().state == world.switch.state
    world.order(BRUNO, "divert", when="no_answer", to="")
    assert world.switch.state.desks == {}


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"when": "sometimes", "to": "agent:9"}, "not_now"),
        ({"when": "busy", "to": "agent:8"}, "to_yourself"),
        ({"when": "busy", "to": "agent:99"}, "unknown_destination"),
        ({"when": "busy", "to": "place:1"}, "unknown_destination"),
    ],
)
def test_what_cannot_be_set_up(args: dict[str, str], error: str) -> None:
    world = office()
    assert world.order(BRUNO, "divert", **args).error == error
