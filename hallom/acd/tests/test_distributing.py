import pytest

from hallom.acd.agent import AgentEvent, AgentState, IllegalTransition, Profile
from hallom.acd.line import QueueRules
from hallom.acd.offer import Outcome
from hallom.acd.tests.floor import ALICE, BRUNO, CELIA, SALES, SUPPORT, floor, pairs, sign_in


def test_the_longest_idle_agent_gets_the_first_caller() -> None:
    acd = floor()
    sign_in(acd, BRUNO, at=1)
    sign_in(acd, ALICE, at=2)
    acd.router.enter("a", SALES, language="hu", at=3)
    acd.router.enter("b", SALES, language="hu", at=4)
    assert pairs(acd, 5) == [("a", BRUNO), ("b", ALICE)]
    assert pairs(acd, 5) == []


def test_as_many_free_agents_as_callers_make_as_many_offers_at_once() -> None:
    acd = floor({agent: Profile({SALES: 1}) for agent in range(50)})
    for number in range(50):
        acd.router.enter(f"c{number}", SALES, language="", at=number)
    sign_in(acd, *range(50), at=100)
    assert len(acd.decide(100)) == 50


def test_priority_goes_before_waiting() -> None:
    acd = floor()
    acd.router.enter("first", SALES, language="hu", at=1)
    acd.router.enter("urgent", SALES, language="hu", at=50, priority=1)
    assert acd.router.position("first") == 2
    sign_in(acd, ALICE, at=60)
    assert pairs(acd, 60) == [("urgent", ALICE)]


def test_with_ageing_waiting_catches_up_with_priority() -> None:
    acd = floor(ageing_seconds=60.0)
    acd.router.enter("first", SALES, language="hu", at=0)
    acd.router.enter("urgent", SALES, language="hu", at=61, priority=1)
    sign_in(acd, ALICE, at=70)
    assert pairs(acd, 70) == [("first", ALICE)]


def test_over_several_queues_the_first_caller_is_first() -> None:
    acd = floor({ALICE: Profile({SALES: 1, SUPPORT: 5})})
    acd.router.enter("sales", SALES, language="hu", at=1)
    acd.router.enter("support", SUPPORT, language="hu", at=2)
    sign_in(acd, ALICE, at=3)
    assert pairs(acd, 3) == [("sales", ALICE)]


@pytest.mark.parametrize(
    ("profile", "rules"),
    [
        (Profile({SUPPORT: 5}), QueueRules()),
        (Profile({SALES: 2}), QueueRules(least_level=3)),
        (Profile({SALES: 3}, frozenset({"pl"})), QueueRules()),
        (Profile({SALES: 3}, skills={"fibre": 1}), QueueRules(requires={"fibre": 2})),
        (Profile({SALES: 3}), QueueRules(requires={"fibre": 1})),
    ],
)
def test_an_agent_without_what_it_takes_is_not_offered(profile: Profile, rules: QueueRules) -> None:
    acd = floor({ALICE: profile}, {SALES: rules})
    sign_in(acd, ALICE)
    acd.router.enter("a", SALES, language="hu", at=1)
    assert pairs(acd, 2) == []


def test_an_agent_with_what_it_takes_is_offered() -> None:
    profile = Profile({SALES: 3}, frozenset({"hu"}), {"fibre": 2})
    acd = floor({ALICE: profile}, {SALES: QueueRules(least_level=3, requires={"fibre": 2})})
    sign_in(acd, ALICE)
    acd.router.enter("a", SALES, language="hu", at=1)
    assert pairs(acd, 2) == [("a", ALICE)]


def test_an_expired_offer_pauses_the_agent_and_the_next_is_rung() -> None:
    acd = floor(rules={SALES: QueueRules(offer_seconds=15)})
    sign_in(acd, ALICE, at=0)
    sign_in(acd, BRUNO, at=1)
    acd.router.enter("a", SALES, language="hu", at=2)
    (offer,) = acd.decide(2)
    assert offer.expires_at == 17
    assert acd.expire(16.9) == []
    assert acd.expire(17) == [offer]
    alice = acd.router.agents[ALICE]
    assert (alice.state, alice.reason) == (AgentState.PAUSED, "no_answer")
    assert pairs(acd, 17) == [("a", BRUNO)]


def test_a_lease_that_is_over_cannot_be_accepted() -> None:
    acd = floor()
    sign_in(acd, ALICE)
    acd.router.enter("a", SALES, language="hu", at=1)
    (offer,) = acd.decide(1)
    assert not acd.accept(offer.id, offer.expires_at)
    assert acd.accept(offer.id, offer.expires_at - 0.001)
    assert not acd.accept(offer.id, 2)


def test_a_rejected_caller_goes_to_another_even_to_one_less_idle() -> None:
    acd = floor()
    sign_in(acd, ALICE, at=0)
    acd.router.enter("a", SALES, language="hu", at=1)
    (offer,) = acd.decide(1)
    acd.end(offer.id, Outcome.REJECTED, 2)
    assert pairs(acd, 2) == []
    sign_in(acd, BRUNO, at=3)
    assert pairs(acd, 3) == [("a", BRUNO)]


def test_a_rejected_caller_does_not_hold_up_those_behind_him() -> None:
    acd = floor()
    sign_in(acd, ALICE)
    acd.router.enter("a", SALES, language="hu", at=1)
    (offer,) = acd.decide(1)
    acd.router.enter("b", SALES, language="hu", at=2)
    acd.end(offer.id, Outcome.REJECTED, 3)
    assert pairs(acd, 3) == [("b", ALICE)]


def test_after_the_respite_the_same_agent_is_asked_again_when_nobody_else_is_there() -> None:
    acd = floor()
    sign_in(acd, ALICE)
    acd.router.enter("a", SALES, language="hu", at=1)
    (offer,) = acd.decide(1)
    acd.end(offer.id, Outcome.REJECTED, 2)
    assert acd.router.next_respite() == 12
    assert pairs(acd, 11.9) == []
    assert pairs(acd, 12) == [("a", ALICE)]


def test_after_the_respite_others_still_come_first() -> None:
    acd = floor()
    sign_in(acd, ALICE)
    acd.router.enter("a", SALES, language="hu", at=1)
    (offer,) = acd.decide(1)
    acd.end(offer.id, Outcome.REJECTED, 2)
    acd.move(ALICE, AgentEvent.PAUSE, 3)
    acd.move(ALICE, AgentEvent.RESUME, 4)
    sign_in(acd, CELIA, at=20)
    assert pairs(acd, 20) == [("a", CELIA)]


def test_a_withdrawn_offer_costs_the_agent_no_turn() -> None:
    acd = floor()
    sign_in(acd, ALICE, at=0)
    sign_in(acd, BRUNO, at=1)
    acd.router.enter("a", SALES, language="hu", at=2)
    acd.decide(2)
    acd.abandon("a", 9)
    acd.router.enter("b", SALES, language="hu", at=10)
    assert pairs(acd, 10) == [("b", ALICE)]


def test_an_abandoned_caller_is_nowhere() -> None:
    acd = floor()
    acd.router.enter("a", SALES, language="hu", at=1)
    acd.abandon("a", 2)
    acd.abandon("a", 2)
    sign_in(acd, ALICE, at=3)
    assert pairs(acd, 3) == []
    assert not acd.router.callers(SALES)


def test_who_is_free_again_goes_to_the_end_of_the_idle() -> None:
    acd = floor()
    sign_in(acd, ALICE, at=0)
    sign_in(acd, BRUNO, at=1)
    acd.router.enter("a", SALES, language="hu", at=2)
    (offer,) = acd.decide(2)
    acd.accept(offer.id, 3)
    acd.move(ALICE, AgentEvent.HANG_UP, 4)
    acd.move(ALICE, AgentEvent.FINISH, 5)
    acd.router.enter("b", SALES, language="hu", at=6)
    acd.router.enter("c", SALES, language="hu", at=7)
    assert pairs(acd, 8) == [("b", BRUNO), ("c", ALICE)]


def test_configuring_anew_keeps_callers_and_changes_who_may_serve_them() -> None:
    acd = floor({ALICE: Profile({SUPPORT: 1})})
    sign_in(acd, ALICE)
    acd.router.enter("a", SALES, language="hu", at=1)
    acd.router.enter("b", SALES, language="hu", at=2)
    assert pairs(acd, 3) == []
    acd.router.configure({ALICE: Profile({SALES: 1})}, {})
    assert pairs(acd, 4) == [("a", ALICE)]


def test_an_illegal_move_is_refused() -> None:
    with pytest.raises(IllegalTransition):
        floor().move(ALICE, AgentEvent.FINISH, 1)


def test_an_outcome_of_a_lease_that_is_over_changes_nothing() -> None:
    acd = floor()
    assert not acd.end("nothing-o1", Outcome.REJECTED, 1)
