"""A caller from outside is left with a number outside only where a policy allows it; nobody is lost by the refusal."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hallom.sip.events import DialogEnded, ProgressReceived
from hallom.sip.replaces import Replaces
from hallom.switch.messages import Signal
from hallom.switch.numbers import Kind
from hallom.switch.tests.sip_world import rtp_sdp
from hallom.switch.tests.test_transfer import HOUSE, OUTSIDE, House
from hallom.switch.tests.world import ALICE, BRUNO
from hallom.switch.toll import Narrower, Policy, Rules, Way

REFUSED = "toll:trunk_to_trunk"
STRICT = Policy(ways={Way.DIAL: Narrower(), Way.TRANSFER: Narrower()}, countries=frozenset({"HU"}))


class StrictHouse(House):
    def __init__(self, policy: Policy = STRICT) -> None:
        super().__init__(replace(HOUSE, rules=Rules(nobody=policy)))

    def said(self, verb: str, name: str, **args: object) -> str:
        return self.order(ALICE, verb, call=self.call_of(name), **args).error

    def customer(self, name: str) -> str:
        return f"{self.call_of(name)}-1"

    def refusals(self) -> list[tuple[object, object, object]]:
        return [
            (one.data["by"], one.data["number"], one.data["code"]) for one in self.entries("transfer.refused")
        ]


def asking(policy: Policy = STRICT, *, answers: bool = True) -> tuple[StrictHouse, str, str, str]:
    """Alice asks somebody outside: world, the caller's INVITE, her leg, the leg outside (empty while it rings)."""
    world = StrictHouse(policy)
    name, alice = world.conversation()
    assert not world.said("consult", name, to=f"outside:{OUTSIDE}")
    return world, name, alice, world.answer_outside() if answers else ""


def test_asking_outside_is_a_call_of_the_agents_own() -> None:
    world, _, alice, _ = asking(answers=False)
    (dial,) = world.endpoint.dials.values()
    assert (dial.agent, dial.purpose, dial.party_on_trunk) == (ALICE, "consult", False)
    leg = world.answer_outside()
    assert (world.hears(alice), world.hears(leg)) == ({leg}, {alice})


@pytest.mark.parametrize("verb", ["complete", "hang_up"])
def test_handing_over_is_refused_and_all_stay_as_they_are(verb: str) -> None:
    world, name, alice, leg = asking()
    assert world.said(verb, name) == REFUSED
    assert world.refusals() == [(ALICE, OUTSIDE, "trunk_to_trunk")]
    assert world.heard(name) == {"music.wav"}
    assert (world.hears(alice), world.hears(leg)) == ({leg}, {alice})


@pytest.mark.parametrize("verb", ["complete", "leave", "hang_up"])
def test_three_talk_and_go_on_talking_when_the_agent_may_not_leave(verb: str) -> None:
    world, name, alice, leg = asking()
    assert not world.said("join", name)
    assert world.said(verb, name) == REFUSED
    legs = {world.customer(name), alice, leg}
    assert all(world.hears(one) == legs - {one} for one in legs)
    assert world.call_state(name) == "conference"


def test_nor_is_a_caller_handed_over_while_it_still_rings_outside() -> None:
    world, name, alice, _ = asking(answers=False)
    assert world.said("complete", name) == REFUSED
    leg = world.answer_outside()
    assert world.hears(alice) == {leg}


def test_a_blind_transfer_is_refused_before_anybody_is_let_go() -> None:
    world = StrictHouse()
    name, alice = world.conversation()
    assert world.said("transfer", name, to=f"outside:{OUTSIDE}") == REFUSED
    assert (world.heard(name), world.hears(alice)) == ({alice}, {world.customer(name)})
    assert world.endpoint.dials == {}
    assert world.refusals() == [(ALICE, OUTSIDE, "trunk_to_trunk")]


def test_so_is_one_by_the_key_of_a_telephone() -> None:
    world = StrictHouse()
    world.sign_in(ALICE, is_browser=False)
    name, alice = world.conversation()
    world.refer(f"dialog-{alice}", OUTSIDE)
    assert [status for _, status in world.endpoint.news] == [403]
    assert (world.heard(name), world.hears(alice)) == ({alice}, {world.customer(name)})


def test_and_one_of_two_calls_of_a_telephone() -> None:
    world = StrictHouse()
    world.sign_in(ALICE, is_browser=False)
    name, alice = world.conversation()
    world.reinvite(f"dialog-{alice}", rtp_sdp(6000, "sendonly"))
    second = world.phone_dials(ALICE, OUTSIDE)
    leg = world.answer_outside()
    world.refer(f"dialog-{alice}", "anybody", replaces=Replaces("c", "a", "b", dialog=f"dialog-{second}"))
    assert [status for _, status in world.endpoint.news] == [403]
    assert world.heard(name) == {"music.wav"}
    assert len(world.hears(leg)) == 1


@pytest.mark.parametrize("is_conference", [False, True])
@pytest.mark.parametrize("answers", [False, True])
def test_an_agent_who_hangs_up_all_the_same_has_his_caller_back(answers: bool, is_conference: bool) -> None:
    world, name, alice, leg = asking(answers=answers)
    if is_conference and answers:
        world.said("join", name)
    world.hang_up(f"dialog-{alice}")
    assert world.hears(leg) == set()
    assert world.endpoint.dials == {}
    mark = world.returned()[0]
    assert (mark["from"], mark["to"], mark["reason"]) == (ALICE, f"outside:{OUTSIDE}", REFUSED)
    assert world.heard(name) == {"ringback.wav"}
    back = world.pick_up(ALICE)
    assert world.heard(name) == {back}
    world.customer_hangs_up(name)
    world.wait(60)
    assert (world.kinds(name)[-1], world.complaints) == ("call.ended", [])


@pytest.mark.parametrize("is_conference", [False, True])
def test_an_agent_whose_connection_breaks_has_time_to_come_back(is_conference: bool) -> None:
    world, name, alice, leg = asking()
    if is_conference:
        world.said("join", name)
    world.tell(Signal(DialogEnded(f"dialog-{alice}", False, "timeout")))
    assert world.hears(leg) == set()
    assert (world.call_state(name), world.heard(name)) == ("lost", {"music.wav"})
    back = world.pick_up(ALICE)
    assert (world.call_state(name), world.heard(name)) == ("talking", {back})


Change = Callable[[Policy], Policy]
ALLOWING: dict[str, tuple[Change, bool]] = {
    "allowed": (lambda one: replace(one, joins_trunks=True), True),
    "not at all": (lambda one: one, False),
    "no transfers": (lambda one: replace(one, joins_trunks=True, ways={Way.DIAL: Narrower()}), False),
    "another country": (
        lambda one: replace(one, joins_trunks=True, ways={Way.TRANSFER: Narrower(frozenset({"PL"}))}),
        False,
    ),
    "another kind": (
        lambda one: replace(
            one, joins_trunks=True, ways={Way.TRANSFER: Narrower(kinds=frozenset({Kind.FIXED}))}
        ),
        False,
    ),
}


@pytest.mark.parametrize("change", ALLOWING)
def test_what_the_policy_leaves_of_transfers_holds_for_handing_over(change: str) -> None:
    make, is_allowed = ALLOWING[change]
    world, name, _, leg = asking(make(STRICT))
    assert world.said("complete", name) == ("" if is_allowed else REFUSED)
    assert (world.heard(name) == {leg}) is is_allowed


def test_helpers_may_be_left_with_whoever_needs_them() -> None:
    world = StrictHouse(Policy())
    name, _ = world.conversation()
    assert not world.said("consult", name, to="outside:112")
    leg = world.answer_outside()
    assert not world.said("complete", name)
    assert (world.heard(name), world.hears(leg)) == ({leg}, {world.customer(name)})


def test_a_colleague_is_asked_outside_as_his_diversion_says_and_still_not_left_with_the_caller() -> None:
    world = StrictHouse()
    name, alice = world.conversation()
    world.sign_in(BRUNO)
    assert world.order(BRUNO, "divert", when="always", to=f"outside:{OUTSIDE}").ok
    assert not world.said("consult", name, to=f"agent:{BRUNO}")
    (dial,) = world.endpoint.dials.values()
    assert (dial.purpose, dial.agent, dial.party_on_trunk) == ("diversion", BRUNO, False)
    leg = world.answer_outside()
    assert world.hears(alice) == {leg}
    assert world.said("complete", name) == REFUSED


@pytest.mark.parametrize("status", [180, 183])
def test_while_it_rings_outside_a_caller_who_was_sent_there_hears_it_ring(status: int) -> None:
    """What the far end plays before it answers may be nothing at all: he hears our own ringing."""
    world = House()
    name, _ = world.conversation()
    assert world.order(ALICE, "transfer", call=world.call_of(name), to=f"outside:{OUTSIDE}").ok
    (leg,) = world.endpoint.dials
    world.tell(Signal(ProgressReceived(leg, status, "", rtp_sdp(6100) if status == 183 else None)))
    assert world.heard(name) == {"ringback.wav"}
    world.answer_outside()
    assert world.heard(name) == {leg}
