from datetime import datetime, timedelta
from typing import Any

import pytest

from hallom.customers.models import Customer
from hallom.staff.models import Team, User
from hallom.tickets.due import due, due_in_full
from hallom.tickets.models import Channel, Direction, Priority, Ticket
from hallom.tickets.worklist import Worklist, open_count, worklist

pytestmark = pytest.mark.django_db


def opened(subject: str, alice: User, now: datetime, minutes: int | None, **facts: Any) -> Ticket:
    deadline = None if minutes is None else now + timedelta(minutes=minutes)
    return Ticket.open(subject, by=alice, now=now, deadline=deadline, **{"owner": alice, **facts})


def test_the_next_deadline_is_on_top_and_what_has_none_below(alice: User, now: datetime) -> None:
    for subject, minutes in (("tomorrow", 1500), ("none", None), ("over", -5), ("soon", 30)):
        opened(subject, alice, now, minutes)
    groups = worklist(alice, now).groups
    assert [[item.title for item in group.items] for group in groups] == [
        ["over", "soon"],
        ["tomorrow", "none"],
    ]


def test_what_waits_for_others_stands_apart(alice: User, now: datetime) -> None:
    opened("mine", alice, now, 30)
    opened("theirs", alice, now, 10).await_customer(by=alice, now=now)
    last = worklist(alice, now).groups[-1]
    assert [item.title for item in last.items] == ["theirs"]
    assert last.items[0].hint == "the customer's turn"


def test_finished_tickets_are_not_work(alice: User, now: datetime) -> None:
    opened("done", alice, now, 30).solve(by=alice, now=now)
    assert worklist(alice, now).groups == ()
    assert open_count(alice) == 0


def test_the_team_tab_shows_the_teams_and_nobodys_but_not_other_teams(
    alice: User, bruno: User, technical: Team, billing: Team, now: datetime
) -> None:
    opened("team", alice, now, 1, owner=bruno, team=technical)
    opened("nobody's", alice, now, 2, owner=None)
    opened("billing", alice, now, 3, owner=None, team=billing)
    work = worklist(alice, now, tab="team")
    assert [item.title for group in work.groups for item in group.items] == ["team", "nobody's"]
    assert {tab.name: tab.count for tab in work.tabs} == {"mine": 0, "team": 2, "snoozed": 0}


def test_repeated_contacts_are_marked(alice: User, carla: Customer, now: datetime) -> None:
    ticket = opened("again", alice, now, 30, customer=carla)
    for _time in range(2):
        ticket.add_message("Still", channel=Channel.EMAIL, direction=Direction.IN, now=now)
    ticket.link_call("01J0CALL000000000000000001", by=alice, now=now)
    ticket.link_call("01J0CALL000000000000000001", by=alice, now=now)
    assert worklist(alice, now).groups[0].items[0].chips[0].label == "3×"


def test_the_ticket_one_looks_at_is_marked(alice: User, now: datetime) -> None:
    ticket = opened("this", alice, now, 30)
    opened("that", alice, now, 40)
    items = worklist(alice, now, current=ticket.number).groups[0].items
    assert [item.is_current for item in items] == [True, False]


@pytest.mark.parametrize(
    ("minutes", "text", "urgency"),
    [
        (-25, "−25 min", "over"),
        (-200, "−3 h 20 min", "over"),
        (-3000, "−2 d", "over"),
        (0, "1 min", "soon"),
        (4, "4 min", "soon"),
        (70, "1 h 10 min", "soon"),
        (150, "13:20", ""),
        (1440, "tomorrow", ""),
        (7200, "21 Jul", ""),
    ],
)
def test_a_deadline_is_told_as_one_would_say_it(minutes: int, text: str, urgency: str, now: datetime) -> None:
    moment = due(now + timedelta(minutes=minutes), now)
    assert (moment.text, moment.urgency) == (text, urgency)


def test_in_full_a_deadline_has_its_hour(now: datetime) -> None:
    assert due_in_full(now + timedelta(minutes=70), now).text == "today 12:00"
    assert due_in_full(None, now).text == "none"


def test_a_snoozed_ticket_waits_in_its_own_tab_until_its_time(alice: User, now: datetime) -> None:
    asleep = opened("asleep", alice, now, 5)
    Ticket.objects.filter(pk=asleep.pk).update(snoozed_until=now + timedelta(hours=30), snoozed_by=alice)
    opened("awake", alice, now, 10)
    assert titles(worklist(alice, now)) == ["awake"]
    assert titles(worklist(alice, now, tab="snoozed")) == ["asleep"]
    assert {tab.name: tab.count for tab in worklist(alice, now).tabs} == {"mine": 1, "team": 1, "snoozed": 1}


@pytest.mark.parametrize("out_of_sight", ["merged_into_id", "spam_at", "deleted_at"])
def test_what_is_out_of_sight_is_in_no_tab_and_no_count(
    alice: User, now: datetime, out_of_sight: str
) -> None:
    kept = opened("kept", alice, now, 5)
    gone = opened("gone", alice, now, 1)
    value: Any = kept.pk if out_of_sight == "merged_into_id" else now
    Ticket.objects.filter(pk=gone.pk).update(**{out_of_sight: value})
    for tab in ("mine", "team"):
        assert titles(worklist(alice, now, tab=tab)) == ["kept"]
    assert open_count(alice) == 1


def test_each_line_says_why_it_stands_where_it_stands(alice: User, carla: Customer, now: datetime) -> None:
    opened("over", alice, now, -5, priority=Priority.URGENT)
    waiting = opened("waiting", alice, now, None, customer=carla)
    waiting.add_message("Hello?", channel=Channel.EMAIL, direction=Direction.IN, now=now - timedelta(days=2))
    over, unanswered = (item for group in worklist(alice, now).groups for item in group.items)
    assert over.why == "the deadline is over · priority: urgent"
    assert unanswered.why.startswith(
        "no deadline: after those that have one · the customer waits for an answer"
    )
    waiting.add_message("Yes", channel=Channel.EMAIL, direction=Direction.OUT, by=alice, now=now)
    assert "waits" not in next(item.why for group in worklist(alice, now).groups[1:] for item in group.items)


def titles(work: Worklist) -> list[str]:
    return [item.title for group in work.groups for item in group.items]
