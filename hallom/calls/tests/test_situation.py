"""What is being done with a call, from its journal and as rows."""

import pytest

from hallom.calls import relay
from hallom.calls.models import CallSituation, JournalEntry, Number
from hallom.calls.situation import Doing, Return, situation_of
from hallom.calls.situations import PARKED, save
from hallom.calls.tests.phone_house import happen
from hallom.calls.tests.story import CALL, Story, answered_call
from hallom.staff.models import User


def talk() -> Story:
    story = Story()
    story("call.arrived", 0, leg=f"{CALL}-1")
    return story("call.bridged", 10, agent=7, leg=f"{CALL}-2")


def test_a_call_like_any_other_has_none() -> None:
    assert situation_of(answered_call().entries) is None


def test_a_consultation_says_whom_since_when_and_who_is_faced() -> None:
    story = talk()("consult.started", 20, agent=7, by=7, to="agent:8")
    asked = situation_of(story.entries)
    assert asked is not None
    assert (asked.doing, asked.by, asked.to, asked.answered_at) == (Doing.CONSULTING, 7, "agent:8", None)
    story("offer.made", 20, agent=8, purpose="consult")
    ringing = situation_of(story.entries)
    assert ringing is not None
    assert (ringing.purpose, ringing.rung) == ("consult", 8)
    story("offer.accepted", 25, agent=8)("consult.answered", 25, leg=f"{CALL}-3", agent=8)
    story("consult.swapped", 30, is_facing_customer=True)
    answered = situation_of(story.entries)
    assert answered is not None
    assert (answered.agent, answered.answered_at, answered.purpose) == (8, story.at(25), "")
    assert answered.is_facing_customer
    story("consult.joined", 40, leg=f"{CALL}-3")
    conference = situation_of(story.entries)
    assert conference is not None
    assert conference.doing is Doing.CONFERENCE
    story("conference.left", 50, leg=f"{CALL}-3")
    two = situation_of(story.entries)
    assert two is not None
    assert not two.is_worth_keeping


def test_whoever_comes_back_stays_marked_until_he_is_sent_on() -> None:
    story = talk()("transfer.started", 20, agent=7, by=7, to="agent:8", until=None)
    story("call.returned", 45, agent=7, **{"from": 7}, to="agent:8", reason="no_answer", waited=25, times=2)
    story("offer.made", 45, agent=7, purpose="return")
    rung = situation_of(story.entries)
    assert rung is not None
    assert (rung.doing, rung.purpose, rung.rung) == (Doing.RETURNING, "return", 7)
    story("offer.accepted", 50, agent=7)("call.bridged", 50, agent=7, leg=f"{CALL}-4")
    back = situation_of(story.entries)
    assert back is not None
    assert back.returned == Return(7, "agent:8", "no_answer", 25.0, 2)
    assert (back.doing, back.purpose, back.is_worth_keeping) == (Doing.NOTHING, "", True)
    story("call.parked", 60, agent=7, by=7, place=3, until=story.at(180).timestamp())
    parked = situation_of(story.entries)
    assert parked is not None
    assert (parked.place, parked.by, parked.returned, parked.until) == (3, 7, None, story.at(180))
    story("call.ending", 70, by="customer", cause="normal")
    over = situation_of(story.entries)
    assert over is not None
    assert not over.is_worth_keeping


def test_a_caller_whose_agent_did_not_come_back_is_marked_until_he_is_sent_on() -> None:
    story = talk()("agent.lost", 20, agent=7, leg=f"{CALL}-2", reason="silent")
    waiting = situation_of(story.entries)
    assert waiting is None
    story("queue.entered", 50, agent=None, queue=1, position=1, reason="agent_lost", front=True)
    story("offer.made", 51, agent=8)
    rung = situation_of(story.entries)
    assert rung is not None
    assert rung.returned == Return(None, "agent:7", "agent_lost", 30.0, 1)
    assert rung.is_worth_keeping
    story("call.bridged", 60, agent=8, leg=f"{CALL}-3")("agent.lost", 70, agent=8, leg=f"{CALL}-3")
    story("queue.entered", 100, agent=None, queue=1, position=1, reason="agent_lost", front=True)
    again = situation_of(story.entries)
    assert again is not None
    assert again.returned == Return(None, "agent:8", "agent_lost", 30.0, 2)


@pytest.mark.parametrize("reason", ["", "restarted", "returned"])
def test_who_waits_for_another_reason_has_not_come_back_from_anybody(reason: str) -> None:
    story = talk()("agent.lost", 20, agent=7, leg=f"{CALL}-2", reason="silent")
    assert situation_of(story("queue.entered", 50, queue=1, position=1, reason=reason).entries) is None


@pytest.mark.django_db
def test_a_parked_caller_is_a_row_until_fetched(alice: User, number: Number) -> None:
    story = Story()
    story("call.arrived", 0, number=number.pk, dialled=number.dialled, caller="+36305124478", leg=f"{CALL}-1")
    story("call.bridged", 10, agent=alice.pk, leg=f"{CALL}-2")
    story("call.parked", 20, agent=alice.pk, by=alice.pk, place=4, until=story.at(140).timestamp())
    happen(story)
    row = CallSituation.objects.get()
    assert (row.call_id, row.place, row.by, row.since) == (CALL, 4, alice, story.at(20))
    again = list(JournalEntry.objects.filter(call=CALL))
    assert save({CALL: again}) == set()
    fetched = Story(first=100)("call.bridged", 50, agent=alice.pk, leg=f"{CALL}-3")
    happen(fetched)
    assert not CallSituation.objects.exists()


@pytest.mark.django_db
def test_whoever_was_asked_is_told_of_every_change(alice: User, amir: User, number: Number) -> None:
    story = Story()
    story("call.arrived", 0, number=number.pk, dialled=number.dialled, caller="+36305124478", leg=f"{CALL}-1")
    story("call.bridged", 10, agent=alice.pk, leg=f"{CALL}-2")
    story("consult.started", 15, agent=alice.pk, by=alice.pk, to=f"agent:{amir.pk}")
    story("consult.answered", 20, agent=amir.pk, leg=f"{CALL}-3")
    happen(story)
    for kind, data in (("consult.swapped", {"is_facing_customer": True}), ("conference.left", {})):
        entry = JournalEntry.objects.create(at=story.at(30), call=CALL, agent=alice.pk, kind=kind, data=data)
        topics: set[str] = set()
        relay.refold([CALL], entry.id, topics)
        assert topics == {f"desk-{alice.pk}", f"desk-{amir.pk}"}
        relay.refold([CALL], entry.id, again := set())
        assert again == set()


@pytest.mark.django_db
def test_only_coming_and_going_at_a_place_is_told_to_all(alice: User, number: Number) -> None:
    story = Story()
    story("call.arrived", 0, number=number.pk, dialled=number.dialled, caller="+36305124478", leg=f"{CALL}-1")
    story("call.bridged", 10, agent=alice.pk, leg=f"{CALL}-2")
    story("consult.started", 15, agent=alice.pk, by=alice.pk, to="agent:8")
    happen(story)
    data = {"by": alice.pk, "place": 1}
    parked = JournalEntry.objects.create(at=story.at(20), call=CALL, kind="call.parked", data=data)
    topics: set[str] = set()
    relay.refold([CALL], parked.id, topics)
    assert topics == {PARKED, f"desk-{alice.pk}"}
