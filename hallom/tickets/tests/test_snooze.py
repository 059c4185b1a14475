from datetime import datetime, timedelta

import pytest
import time_machine
from procrastinate.contrib.django import app

from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.tickets.models import Notice, NoticeKind, Status, Ticket, WrongTime
from hallom.tickets.models.snoozable import LONGEST_SNOOZE
from hallom.tickets.tasks import wake_due
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def ticket(alice: User, now: datetime) -> Ticket:
    ticket = Ticket.open("No line", by=alice, now=now, owner=alice)
    ticket.snooze(until=now + HOUR, by=alice, now=now)
    return ticket


def test_it_sleeps_until_its_time(ticket: Ticket, now: datetime) -> None:
    assert wake_due(now + HOUR - timedelta(seconds=1)) == 0
    assert Ticket.objects.get(pk=ticket.pk).snoozed_until == now + HOUR
    assert wake_due(now + HOUR) == 1
    assert Ticket.objects.get(pk=ticket.pk).snoozed_until is None
    assert wake_due(now + HOUR) == 0


def test_its_owner_is_told_that_it_is_back(ticket: Ticket, alice: User, now: datetime) -> None:
    wake_due(now + HOUR)
    notice = Notice.objects.get(kind=NoticeKind.WOKEN)
    assert (notice.user, notice.ticket) == (alice, ticket)
    assert Event.objects.get(kind="ticket.woken").data == {"reason": "time"}
    assert f"desk-{alice.pk}" in Event.objects.get(kind="notice.given").topics


def test_who_snoozed_it_is_told_if_it_is_nobodys(alice: User, now: datetime) -> None:
    ticket = Ticket.open("No line", by=alice, now=now)
    ticket.snooze(until=now + HOUR, by=alice, now=now)
    wake_due(now + HOUR)
    assert Notice.objects.get().user == alice


@pytest.mark.parametrize("late", [timedelta(0), -HOUR, LONGEST_SNOOZE + HOUR])
def test_only_a_time_to_come_is_taken(late: timedelta, alice: User, now: datetime) -> None:
    ticket = Ticket.open("No line", by=alice, now=now)
    with pytest.raises(WrongTime):
        ticket.snooze(until=now + late, by=alice, now=now)
    assert Ticket.objects.get(pk=ticket.pk).snoozed_until is None


def test_a_customers_message_wakes_it(ticket: Ticket, carla: Customer, now: datetime) -> None:
    ticket.add_message("And?", channel="email", direction="in", customer=carla, now=now)
    assert Ticket.objects.get(pk=ticket.pk).snoozed_until is None
    assert Event.objects.get(kind="ticket.woken").data == {"reason": "message"}


def test_an_automatic_one_does_not(ticket: Ticket, carla: Customer, now: datetime) -> None:
    ticket.await_customer(by=None, now=now)
    ticket.add_message("I am away", channel="email", direction="in", now=now, is_automatic=True)
    kept = Ticket.objects.get(pk=ticket.pk)
    assert (kept.snoozed_until, kept.status, kept.waiting_since) == (now + HOUR, Status.PENDING, None)


def test_waking_by_hand_tells_nobody_what_he_did_himself(ticket: Ticket, alice: User, now: datetime) -> None:
    assert ticket.wake(by=alice, now=now)
    assert not ticket.wake(by=alice, now=now)
    assert not Notice.objects.exists()


def test_of_two_who_wake_it_one_does(ticket: Ticket, alice: User, now: datetime) -> None:
    stale = Ticket.objects.get(pk=ticket.pk)
    assert ticket.wake(by=alice, now=now)
    assert not stale.wake(by=None, now=now)
    assert Event.objects.filter(kind="ticket.woken").count() == 1


def test_one_snoozed_anew_meanwhile_sleeps_on(ticket: Ticket, alice: User, now: datetime) -> None:
    stale = Ticket.objects.get(pk=ticket.pk)
    ticket.snooze(until=now + 2 * HOUR, by=alice, now=now)
    assert not stale.wake(by=None, now=now + HOUR)
    assert Ticket.objects.get(pk=ticket.pk).snoozed_until == now + 2 * HOUR


def test_what_is_out_of_sight_sleeps_on(ticket: Ticket, alice: User, now: datetime) -> None:
    ticket.mark_spam(by=alice, now=now)
    assert wake_due(now + HOUR) == 0
    ticket.not_spam(by=alice, now=now)
    assert wake_due(now + HOUR) == 1


def test_a_solved_one_wakes_without_a_notice(ticket: Ticket, alice: User, now: datetime) -> None:
    ticket.solve(by=alice, now=now)
    assert wake_due(now + HOUR) == 1
    assert not Notice.objects.exists()


def test_the_worker_looks_each_minute(ticket: Ticket, now: datetime) -> None:
    declared = app.tasks["tickets.each_minute"]
    with time_machine.travel(now + HOUR, tick=False):
        declared(timestamp=0)
    assert Ticket.objects.get(pk=ticket.pk).snoozed_until is None
    assert [task.cron for task in app.periodic_registry.periodic_tasks.values() if task.task is declared] == [
        "* * * * *"
    ]
