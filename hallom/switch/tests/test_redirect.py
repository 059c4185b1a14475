"""A telephone answers that it is to be called elsewhere: followed like a diversion, with its guards."""

import pytest

from hallom.sip.diversion import Diversion
from hallom.sip.events import InviteFailed
from hallom.switch.messages import Signal
from hallom.switch.tests.test_transfer import OUTSIDE, House
from hallom.switch.tests.world import ALICE, BRUNO, CELIA


def redirected(to: str, *, came_from: tuple[Diversion, ...] = ()) -> tuple[House, str]:
    """Alice sends her caller to Bruno, whose telephone says to call `to` instead."""
    world = House()
    name, _ = world.conversation()
    world.sign_in(BRUNO, is_browser=False)
    world.sign_in(CELIA, is_browser=False)
    world.order(ALICE, "transfer", call=world.call_of(name), to="agent:8")
    moved(world, BRUNO, to, came_from=came_from)
    return world, name


def moved(world: House, agent: int, to: str, *, came_from: tuple[Diversion, ...] = ()) -> None:
    leg = world.ringing_leg(agent)
    del world.endpoint.ringing[leg]
    contacts = (f"sip:{to}@hallom.invalid",)
    world.tell(Signal(InviteFailed(leg, 302, "Moved Temporarily", contacts, came_from)))


def test_a_colleague_named_instead_is_rung() -> None:
    world, name = redirected("agent-9")
    assert world.entries("call.diverted")[0].data["occasion"] == "phone"
    assert world.agent_state(BRUNO) == "available"
    leg = world.pick_up(CELIA)
    assert world.heard(name) == {leg}


def test_a_number_outside_is_dialled_as_a_diversion() -> None:
    world, _ = redirected(OUTSIDE)
    assert [(one.number, one.purpose) for one in world.endpoint.dials.values()] == [(OUTSIDE, "diversion")]


@pytest.mark.parametrize("to", ["210", "agent-8"])
def test_a_loop_comes_back(to: str) -> None:
    world, _ = redirected(to)
    assert world.returned()[0]["reason"] == "diversion_loop"


def test_two_that_name_each_other_are_a_loop() -> None:
    world, _ = redirected("agent-9")
    moved(world, CELIA, "agent-8")
    assert world.returned()[0]["reason"] == "diversion_loop"


def test_a_chain_that_was_long_before_it_came_here_ends_here() -> None:
    world, _ = redirected("agent-9", came_from=(Diversion("sip:a@b", count=5),))
    assert world.returned()[0]["reason"] == "diversion_loop"


def test_what_leads_nowhere_is_no_diversion() -> None:
    world, _ = redirected("nobody")
    assert world.returned()[0]["reason"] == "unreachable"


def test_what_a_queue_offers_is_not_sent_on() -> None:
    world = House()
    world.sign_in(BRUNO, is_browser=False)
    name = world.queue_up()
    moved(world, BRUNO, OUTSIDE)
    assert world.endpoint.dials == {}
    assert world.call_state(name) == "queued"


def test_who_is_asked_something_may_have_it_sent_on_too() -> None:
    world = House()
    name, _ = world.conversation()
    world.sign_in(BRUNO, is_browser=False)
    world.sign_in(CELIA, is_browser=False)
    world.order(ALICE, "consult", call=world.call_of(name), to="agent:8")
    moved(world, BRUNO, "agent-9")
    world.pick_up(CELIA)
    assert world.call_state(name) == "consulting"
