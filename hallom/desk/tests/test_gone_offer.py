"""A call that rang at an agent and went away leaves word of why."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from hallom.calls.models import Number
from hallom.calls.tests.phone_house import call_id, happen
from hallom.calls.tests.story import Story
from hallom.customers.models import Customer
from hallom.desk.deck import deck_of
from hallom.desk.gone_offer import STAYS, gone_offer
from hallom.staff.models import User
from hallom.timeline import push

pytestmark = pytest.mark.django_db
CALL = call_id(1)


@pytest.fixture
def rings(alice: User, number: Number, carla: Customer) -> Callable[..., Story]:
    """A call that rings at Alice, ten seconds ago."""

    def story_of(**offered: object) -> Story:
        story = Story(CALL, timezone.now() - timedelta(seconds=20))
        story(
            "call.arrived",
            0,
            number=number.pk,
            dialled=number.dialled,
            caller="+36305124478",
            leg=f"{CALL}-1",
        )
        story("queue.entered", 5, queue=number.queue_id, position=1)
        story("offer.made", 10, offer=f"{CALL}-o1", agent=alice.pk, leg=f"{CALL}-2", purpose="", **offered)
        return story("agent.changed", 10, agent=alice.pk, state="offered", call=CALL)

    return story_of


def ends(story: Story, agent: User, kind: str, reason: str) -> Story:
    story(f"offer.{kind}", 15, offer=f"{CALL}-o1", agent=agent.pk, reason=reason)
    paused = kind == "expired" or reason in ("busy", "unreachable")
    state = {"state": "paused", "reason": reason} if paused else {"state": "available"}
    return story("agent.changed", 15, agent=agent.pk, **state)


def takes(story: Story, colleague: User, *, purpose: str = "") -> Story:
    story("offer.made", 15.1, offer=f"{CALL}-o2", agent=colleague.pk, leg=f"{CALL}-3", purpose=purpose)
    story("offer.accepted", 16, offer=f"{CALL}-o2", agent=colleague.pk, reason="")
    return story("call.bridged", 16, agent=colleague.pk, leg=f"{CALL}-3")


def why(agent: User) -> str:
    gone = gone_offer(agent, timezone.now())
    return gone.why if gone else ""


@pytest.mark.parametrize(
    ("kind", "reason", "said"),
    [
        ("withdrawn", "abandoned", "The caller hung up before you answered."),
        ("expired", "no_answer", "You did not answer in time"),
        ("withdrawn", "cancelled", "The colleague has taken the call back."),
        ("withdrawn", "diverted", "Your telephone sent the call elsewhere."),
        ("withdrawn", "agent_lost", "has lost the connection"),
        ("withdrawn", "media_lost", "The call rings here no more: the connection broke."),
        ("withdrawn", "", "The call is over."),
        ("rejected", "busy", "Your telephone was busy"),
        ("rejected", "unreachable", "Your telephone could not be reached"),
    ],
)
def test_whoever_did_not_get_the_call_reads_why(
    client: Client, alice: User, rings: Callable[..., Story], kind: str, reason: str, said: str
) -> None:
    happen(ends(rings(), alice, kind, reason))
    assert said in why(alice)
    client.force_login(alice)
    shown = client.get("/deck/").content.decode()
    assert f'data-gone="{CALL}-o1"' in shown
    assert f'data-gone-words="Carla Customer: {why(alice)}"' in shown
    assert "the next call rings here" not in shown


@pytest.mark.parametrize(
    ("kind", "reason", "purpose"), [("withdrawn", "picked_up", "pickup"), ("expired", "no_answer", "")]
)
def test_who_took_it_is_named(
    alice: User, bruno: User, rings: Callable[..., Story], kind: str, reason: str, purpose: str
) -> None:
    happen(takes(ends(rings(), alice, kind, reason), bruno, purpose=purpose))
    assert why(alice) == f"{bruno.full_name} has taken the call."


def test_who_picks_it_up_is_named_while_his_own_telephone_rings(
    alice: User, bruno: User, rings: Callable[..., Story]
) -> None:
    story = ends(rings(), alice, "withdrawn", "picked_up")
    happen(story("offer.made", 15.1, offer=f"{CALL}-o2", agent=bruno.pk, leg=f"{CALL}-3", purpose="pickup"))
    assert why(alice) == f"{bruno.full_name} has taken the call."


def test_the_next_who_is_only_rung_has_not_taken_it(
    alice: User, bruno: User, rings: Callable[..., Story]
) -> None:
    story = ends(rings(), alice, "expired", "no_answer")
    happen(story("offer.made", 15.1, offer=f"{CALL}-o2", agent=bruno.pk, leg=f"{CALL}-3", purpose=""))
    assert why(alice).startswith("You did not answer in time")


def test_whoever_was_rung_in_vain_is_told_when_a_colleague_answers(
    alice: User, bruno: User, rings: Callable[..., Story], monkeypatch: pytest.MonkeyPatch
) -> None:
    story = ends(rings(), alice, "expired", "no_answer")
    happen(story)
    told: set[str] = set()
    monkeypatch.setattr(push, "notify", lambda _event, topics: told.update(topics))
    later = takes(Story(CALL, story.start, first=story.next_id), bruno)
    happen(later)
    assert f"desk-{alice.pk}" in told


@pytest.mark.parametrize(
    ("kind", "reason", "purpose"),
    [("rejected", "declined", ""), ("accepted", "", ""), ("withdrawn", "cancelled", "dial")],
)
def test_what_one_did_oneself_is_not_explained(
    alice: User, number: Number, rings: Callable[..., Story], kind: str, reason: str, purpose: str
) -> None:
    story = rings()
    story.entries[-2].data["purpose"] = purpose
    happen(ends(story, alice, kind, reason))
    assert why(alice) == ""


def test_it_is_said_for_a_minute_and_not_under_the_next_call(
    alice: User, number: Number, rings: Callable[..., Story]
) -> None:
    story = ends(rings(), alice, "withdrawn", "abandoned")
    happen(story)
    assert gone_offer(alice, story.at(15) + STAYS) is None
    second = Story(call_id(2), timezone.now(), first=story.next_id)
    second("call.arrived", 0, number=number.pk, dialled=number.dialled, caller="+3611", leg="x-1")
    second("offer.made", 0.1, offer=f"{call_id(2)}-o1", agent=alice.pk, leg="x-2", purpose="")
    happen(second("agent.changed", 0.1, agent=alice.pk, state="offered", call=call_id(2)))
    shown = deck_of(alice, timezone.now())
    assert (shown.state, shown.gone) == ("ringing", None)


def test_who_has_gone_home_reads_nothing(alice: User, rings: Callable[..., Story]) -> None:
    story = ends(rings(), alice, "withdrawn", "abandoned")
    happen(story("agent.changed", 16, agent=alice.pk, state="offline"))
    assert deck_of(alice, timezone.now()).gone is None


def test_why_costs_few_questions(
    client: Client, alice: User, rings: Callable[..., Story], django_assert_max_num_queries: object
) -> None:
    happen(ends(rings(), alice, "withdrawn", "abandoned"))
    client.force_login(alice)
    with django_assert_max_num_queries(15):  # type: ignore[operator]
        client.get("/deck/")
