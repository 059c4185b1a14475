"""What a supervisor sees and may do: own teams only, red in time, few questions to the database."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hallom.calls.models import (
    AlarmRules,
    Call,
    JournalEntry,
    LiveQuality,
    Number,
    PauseReason,
    Promise,
    Queue,
    Trunk,
    TrunkStatus,
)
from hallom.calls.tests.phone_house import call_id, happen, make_number, make_queue, serve
from hallom.calls.tests.story import Story
from hallom.desk.deck import deck_of
from hallom.desk.floor import Floor, floor_of
from hallom.staff.models import User
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def noon() -> datetime:
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)


def talking(agent: User, number: Number, start: datetime, n: int = 1) -> Story:
    story = Story(call_id(n), start)
    leg, phone = f"{story.call}-1", f"{story.call}-2"
    story("call.arrived", 0, number=number.pk, dialled="+3615550100", caller="+36305124478", leg=leg)
    story("call.answered", 1, leg=leg)("queue.entered", 2, queue=number.queue_id, position=1)
    story("offer.made", 3, agent=agent.pk, offer=f"{story.call}-o1", leg=phone, queue=number.queue_id)
    story("offer.accepted", 5, agent=agent.pk, offer=f"{story.call}-o1")
    story("queue.left", 5, queue=number.queue_id, reason="offered_accepted")
    return story("call.bridged", 5, agent=agent.pk, leg=phone)


def watched(story: Story, by: User, of: User, mode: str = "listen") -> Story:
    leg = f"{story.call}-3"
    story("watch.started", 10, agent=by.pk, leg=leg, of=of.pk, mode=mode)
    return story("watch.joined", 11, agent=by.pk, leg=leg, of=of.pk, mode=mode)


def state(agent: User, moment: datetime, name: str, **facts: Any) -> None:
    happen(Story(start=moment)("agent.changed", 0, agent=agent.pk, state=name, **facts))


def seen(user: User, now: datetime) -> Floor:
    return floor_of(User.objects.get(pk=user.pk), now)


@pytest.fixture
def billing_number(amir: User) -> Number:
    queue = make_queue("Billing")
    serve(queue, amir)
    return make_number(queue, "+36 1 555 0101")


def test_calls_and_colleagues_of_the_own_teams_only(
    alice: User, amir: User, bruno: User, ada: User, number: Number, billing_number: Number, noon: datetime
) -> None:
    happen(talking(alice, number, noon, 1), talking(amir, billing_number, noon, 2))
    happen(Story(call_id(3), noon)("queue.entered", 0, queue=billing_number.queue_id, position=1))
    for agent in (alice, amir):
        state(agent, noon, "talking", call=call_id(1))
    assert {call.agent for call in seen(bruno, noon).calls} == {"Alice Agent"}
    assert {one.name for one in seen(bruno, noon).agents} == {"Alice Agent"}
    assert len(seen(ada, noon).calls) == 3
    assert {one.name for one in seen(ada, noon).agents} == {"Alice Agent", "Amir Agent"}


STATES: list[tuple[str, Callable[[Story, User, User], Story], str]] = [
    ("talking", lambda story, alice, amir: story, ""),
    ("held", lambda story, alice, amir: story("call.held", 20, agent=alice.pk), ""),
    (
        "transferring",
        lambda story, alice, amir: story("transfer.started", 20, by=alice.pk, to=f"agent:{amir.pk}"),
        "to Amir Agent",
    ),
    (
        "parked",
        lambda story, alice, amir: story("call.parked", 20, by=alice.pk, place=3),
        "parking place 3",
    ),
    (
        "consulting",
        lambda story, alice, amir: story("consult.started", 20, by=alice.pk, to=f"agent:{amir.pk}"),
        "with Amir Agent",
    ),
    (
        "conference",
        lambda story, alice, amir: story("consult.started", 18, by=alice.pk, to=f"agent:{amir.pk}")(
            "consult.answered", 19, agent=amir.pk, leg=f"{story.call}-3"
        )("consult.joined", 20, agent=alice.pk, leg=f"{story.call}-3"),
        "with Amir Agent",
    ),
]


@pytest.mark.parametrize(("name", "step", "whom"), STATES)
def test_in_which_state_a_call_is_and_since_when(
    alice: User,
    amir: User,
    bruno: User,
    number: Number,
    noon: datetime,
    name: str,
    step: Callable[[Story, User, User], Story],
    whom: str,
) -> None:
    happen(step(talking(alice, number, noon), alice, amir))
    (call,) = seen(bruno, noon + timedelta(seconds=30)).calls
    assert (call.state, call.whom) == (name, whom)
    assert call.since == noon + timedelta(seconds=5 if name == "talking" else 20)


def test_a_caller_who_waits_and_one_for_whom_it_rings(
    alice: User, bruno: User, number: Number, noon: datetime
) -> None:
    story = Story(call_id(1), noon)("call.arrived", 0, number=number.pk, caller="+36305124478")
    happen(story("queue.entered", 2, queue=number.queue_id, position=1))
    (call,) = seen(bruno, noon + timedelta(seconds=22)).calls
    assert (call.state, call.is_alarm) == ("waiting", False)
    floor = seen(bruno, noon + timedelta(seconds=23))
    assert floor.calls[0].is_alarm
    assert [alarm.text for alarm in floor.alarms if alarm.kind == "call"] == ["waiting too long"]
    happen(Story(call_id(1), noon, 99)("offer.made", 25, agent=alice.pk, offer=f"{call_id(1)}-o1", queue=1))
    (call,) = seen(bruno, noon + timedelta(seconds=26)).calls
    assert (call.state, call.whom) == ("ringing", "rings Alice Agent")


def test_a_break_is_red_at_once_and_says_by_how_much(alice: User, bruno: User, noon: datetime) -> None:
    PauseReason.objects.create(code="break", name="Break", planned_seconds=900)
    state(alice, noon, "paused", reason="break")
    assert not seen(bruno, noon + timedelta(seconds=900)).agents[0].is_alarm
    floor = seen(bruno, noon + timedelta(seconds=938))
    assert floor.agents[0].is_alarm
    assert floor.agents[0].limit_at == noon + timedelta(seconds=900)
    assert [(alarm.who, alarm.text) for alarm in floor.alarms] == [("Alice Agent", "break over by 0:38")]


def test_the_house_may_be_more_patient(alice: User, bruno: User, noon: datetime) -> None:
    PauseReason.objects.create(code="break", name="Break", planned_seconds=900)
    AlarmRules.objects.create(break_seconds=60)
    state(alice, noon, "paused", reason="break")
    assert not seen(bruno, noon + timedelta(seconds=960)).agents[0].is_alarm
    assert seen(bruno, noon + timedelta(seconds=961)).agents[0].is_alarm


def test_alarms_of_the_house(alice: User, bruno: User, number: Number, noon: datetime) -> None:
    assert [alarm.kind for alarm in seen(bruno, noon).alarms] == ["nobody"]
    state(alice, noon, "available")
    assert seen(bruno, noon).alarms == []
    trunk = Trunk.objects.create(name="netvonal", addresses=["192.0.2.10"])
    TrunkStatus.objects.create(trunk=trunk, failed_probes=2, changed_at=noon)
    Promise.objects.create(
        id=call_id(7), kind="call_customer", owner=alice, maker=alice, made_at=noon, deadline=noon
    )
    alarms = seen(bruno, noon + timedelta(seconds=90)).alarms
    assert {(alarm.kind, alarm.who, alarm.text) for alarm in alarms} == {
        ("trunk", "netvonal", "the line is down"),
        ("promise", "Alice Agent", "promise overdue by 1:30"),
    }


def test_how_the_worst_line_sounds_now(alice: User, bruno: User, number: Number, noon: datetime) -> None:
    happen(talking(alice, number, noon))
    for leg, mos in ((1, 4.3), (2, 2.9)):
        LiveQuality.objects.create(leg=f"{call_id(1)}-{leg}", at=noon, mos=mos, loss=0.1, jitter_ms=30)
    (call,) = seen(bruno, noon + timedelta(seconds=4)).calls
    assert call.quality is not None
    assert (call.quality.mos, call.quality.tone, call.is_poor) == (2.9, "cherry", True)
    (call,) = seen(bruno, noon + timedelta(seconds=60)).calls
    assert call.quality is None


def test_who_is_with_whom(alice: User, bruno: User, ada: User, number: Number, noon: datetime) -> None:
    happen(watched(talking(alice, number, noon), bruno, alice, "whisper"))
    mine = seen(bruno, noon).mine
    assert mine is not None
    assert (mine.mode, mine.watchers) == ("whisper", "")
    assert seen(ada, noon).calls[0].watchers == "Bruno Supervisor: whisper"


@pytest.mark.parametrize("mode", ["listen", "whisper", "barge", "take_over"])
def test_an_order_names_the_call_and_whose_it_is(
    client: Client, alice: User, bruno: User, number: Number, noon: datetime, given: list[Any], mode: str
) -> None:
    happen(talking(alice, number, noon))
    client.force_login(bruno)
    answer = client.post(f"/supervisor/calls/{call_id(1)}/watch/", {"mode": mode})
    assert answer.status_code == 200
    assert given == [(bruno.pk, mode, {"call": call_id(1), "of": alice.pk})]


def test_leaving_and_forcing_a_state(
    client: Client, alice: User, bruno: User, number: Number, noon: datetime, given: list[Any]
) -> None:
    happen(talking(alice, number, noon))
    client.force_login(bruno)
    assert client.delete(f"/supervisor/calls/{call_id(1)}/watch/").status_code == 200
    assert client.post(f"/supervisor/agents/{alice.pk}/state/", {"reason": "lunch"}).status_code == 200
    assert given == [
        (bruno.pk, "leave", {"call": call_id(1)}),
        (bruno.pk, "force_state", {"agent": alice.pk, "state": "paused", "reason": "lunch"}),
    ]
    event = Event.objects.get(kind="agent.forced")
    assert (event.actor_id, event.data["user"], event.data["state"]) == (bruno.pk, alice.pk, "paused")


LUNCH = {"state": "paused", "reason": "lunch"}


def is_set(agent: User, noon: datetime, *changes: dict[str, Any]) -> str:
    """What stands beside the agent's own state after these entries about him."""
    JournalEntry.objects.bulk_create(
        JournalEntry(
            kind="agent.forced" if "by" in data else "agent.changed", at=noon, agent=agent.pk, data=data
        )
        for data in changes
    )
    happen()
    return deck_of(agent, noon).detail


def test_an_agent_reads_who_put_him_into_his_state(alice: User, bruno: User, noon: datetime) -> None:
    forced = LUNCH | {"by": bruno.pk}
    assert is_set(alice, noon, {"state": "available"}, LUNCH, forced) == "set by Bruno Supervisor"
    assert "set by" not in is_set(alice, noon, {"state": "available"}, LUNCH)


def test_an_agent_reads_who_decided_during_the_call_what_comes_after_it(
    alice: User, bruno: User, noon: datetime
) -> None:
    wished = {"state": "talking", "next": LUNCH}
    forced = LUNCH | {"by": bruno.pk}
    after = {"state": "wrap_up", "next": LUNCH}
    assert (
        is_set(alice, noon, {"state": "talking"}, wished, forced, after, LUNCH) == "set by Bruno Supervisor"
    )


def test_a_wish_of_his_own_after_it_is_his_own(alice: User, bruno: User, noon: datetime) -> None:
    wished = {"state": "talking", "next": LUNCH}
    steps = [wished, LUNCH | {"by": bruno.pk}, {"state": "talking"}, wished, LUNCH]
    assert is_set(alice, noon, *steps) == ""


def test_nobody_reaches_into_another_team(
    client: Client,
    alice: User,
    amir: User,
    bruno: User,
    billing_number: Number,
    noon: datetime,
    given: list[Any],
) -> None:
    happen(talking(amir, billing_number, noon))
    for user in (alice, bruno, amir):
        client.force_login(user)
        assert client.post(f"/supervisor/calls/{call_id(1)}/watch/", {"mode": "listen"}).status_code == 403
        assert client.delete(f"/supervisor/calls/{call_id(1)}/watch/").status_code == 403
        assert client.post(f"/supervisor/agents/{amir.pk}/state/", {"state": "offline"}).status_code == 403
    assert given == []
    assert not Event.objects.filter(kind="agent.forced").exists()


def test_a_queue_two_teams_serve_opens_nobodys_conversation(
    client: Client,
    alice: User,
    amir: User,
    bruno: User,
    queue: Queue,
    number: Number,
    noon: datetime,
    given: list[Any],
) -> None:
    serve(queue, amir)
    happen(talking(amir, number, noon))
    client.force_login(bruno)
    assert client.post(f"/supervisor/calls/{call_id(1)}/watch/", {"mode": "listen"}).status_code == 403
    assert seen(bruno, noon).calls == []


@pytest.mark.parametrize("values", [{}, {"mode": "spy"}])
def test_an_order_nobody_knows_is_refused(
    client: Client,
    alice: User,
    bruno: User,
    number: Number,
    noon: datetime,
    given: list[Any],
    values: dict[str, str],
) -> None:
    happen(talking(alice, number, noon))
    client.force_login(bruno)
    answer = client.post(f"/supervisor/calls/{call_id(1)}/watch/", values)
    assert answer.status_code == 409
    assert b'role="alert"' in answer.content
    assert client.post(f"/supervisor/agents/{alice.pk}/state/", {"state": "talking"}).status_code == 409
    assert given == []


def test_what_the_switch_refuses_is_said(
    client: Client, alice: User, bruno: User, number: Number, noon: datetime, refuse: Callable[[str], None]
) -> None:
    happen(talking(alice, number, noon))
    refuse("not_now")
    client.force_login(bruno)
    answer = client.post(f"/supervisor/calls/{call_id(1)}/watch/", {"mode": "listen"})
    assert answer.status_code == 409
    assert "Not possible at the moment." in answer.content.decode()
    assert client.post(f"/supervisor/agents/{alice.pk}/state/", {"state": "offline"}).status_code == 409
    assert not Event.objects.filter(kind="agent.forced").exists()


def test_the_page_asks_the_database_little_however_much_goes_on(
    client: Client, alice: User, amir: User, bruno: User, number: Number, noon: datetime
) -> None:
    serve(Queue.objects.get(), bruno)
    for n in range(12):
        story = talking(alice, number, noon, n)
        happen(STATES[n % len(STATES)][1](story, alice, amir))
    state(alice, noon, "talking", call=call_id(1))
    client.force_login(bruno)
    with time_machine.travel(noon + timedelta(minutes=1), tick=False):
        client.get("/supervisor/")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page = client.get("/supervisor/", headers={"HX-Request": "true"})
    assert len(asked) <= 15, [query["sql"][:90] for query in asked]
    assert not re.search(rb'\sstyle="|<style|\son\w+="', page.content)
    assert page.content.count(b'<li class="fc') == 12


def test_listening_stands_on_the_timeline_of_the_call(
    alice: User, bruno: User, number: Number, noon: datetime
) -> None:
    story = watched(talking(alice, number, noon), bruno, alice)
    happen(story("watch.changed", 20, agent=bruno.pk, of=alice.pk, mode="barge"))
    events = Event.objects.filter(kind="call.watched").order_by("id")
    assert [(event.actor_id, event.data["mode"], event.data["of"]) for event in events] == [
        (bruno.pk, "listen", alice.pk),
        (bruno.pk, "barge", alice.pk),
    ]
    assert Call.objects.get().watches.get().mode == "barge"


def test_the_strip_counts_the_alarms_for_those_who_supervise(
    client: Client, alice: User, bruno: User, queue: Queue, django_assert_max_num_queries: Any
) -> None:
    PauseReason.objects.create(code="break", name="Break", planned_seconds=900)
    state(alice, timezone.now() - timedelta(seconds=938), "paused", reason="break")
    client.force_login(bruno)
    with django_assert_max_num_queries(15):
        page = client.get("/desk/strip/").content.decode()
    assert re.search(r'href="/supervisor/">.*1 alarm<', page)
    client.force_login(alice)
    assert "alarm" not in client.get("/desk/strip/").content.decode()
