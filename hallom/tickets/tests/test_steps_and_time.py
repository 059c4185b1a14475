from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from hallom.staff.models import User
from hallom.tickets.models import (
    Category,
    Checklist,
    ChecklistItem,
    Ticket,
    TimeSpent,
    TooMany,
    WrongDuration,
)
from hallom.tickets.models.checkable import MOST_STEPS
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(alice: User, now: datetime) -> Ticket:
    return Ticket.open("No line", by=alice, now=now)


def texts(ticket: Ticket) -> list[str]:
    return [step.text for step in ChecklistItem.objects.filter(ticket=ticket)]


def test_steps_keep_their_order(ticket: Ticket, alice: User, now: datetime) -> None:
    ticket.add_steps(["Ask", "Check"], by=alice, now=now)
    ticket.add_step("  Write   back ", by=alice, now=now)
    assert texts(ticket) == ["Ask", "Check", "Write back"]


def test_ticking_says_who_and_when(ticket: Ticket, alice: User, now: datetime) -> None:
    step = ticket.add_step("Ask", by=alice, now=now)
    assert ticket.tick_step(step, by=alice, now=now)
    assert not ticket.tick_step(step, by=alice, now=now)
    kept = ChecklistItem.objects.get()
    assert (kept.done_at, kept.done_by) == (now, alice)
    assert ticket.untick_step(step, by=alice, now=now)
    kept.refresh_from_db()
    assert (kept.done_at, kept.done_by) == (None, None)
    kinds = Event.objects.filter(kind__startswith="ticket.step_").order_by("id")
    assert [event.kind for event in kinds] == ["ticket.step_ticked", "ticket.step_unticked"]


def test_another_tickets_step_is_left_alone(ticket: Ticket, alice: User, now: datetime) -> None:
    other = Ticket.open("Other", by=alice, now=now)
    step = other.add_step("Ask", by=alice, now=now)
    assert not ticket.tick_step(step, by=alice, now=now)
    assert not ticket.remove_step(step, by=alice, now=now)
    assert texts(other) == ["Ask"]


def test_there_is_an_end_to_them(ticket: Ticket, alice: User, now: datetime) -> None:
    ticket.add_steps([f"Step {number}" for number in range(MOST_STEPS)], by=alice, now=now)
    with pytest.raises(TooMany):
        ticket.add_step("One more", by=alice, now=now)
    with pytest.raises(ValueError, match="needs words"):
        ticket.add_step("  ", by=alice, now=now)
    assert len(texts(ticket)) == MOST_STEPS


def test_a_categorys_checklists_are_put_in_at_the_opening(alice: User, now: datetime) -> None:
    contract = Category.objects.create(name="Contract")
    transfer = Category.objects.create(name="Transfer", parent=contract)
    Checklist.objects.create(name="1", steps=["Who are you"], category=contract)
    Checklist.objects.create(name="2", steps=["Papers", "Sign"], category=transfer)
    Checklist.objects.create(name="3", steps=["Never"])
    assert texts(Ticket.open("T", by=alice, now=now, category=transfer)) == ["Who are you", "Papers", "Sign"]
    assert texts(Ticket.open("T", by=alice, now=now, category=contract)) == ["Who are you"]
    assert texts(Ticket.open("T", by=alice, now=now)) == []


def test_time_is_written_down_and_added_up(ticket: Ticket, alice: User, bruno: User, now: datetime) -> None:
    ticket.spend(600, by=alice, now=now, on="measuring")
    row = ticket.spend(90, by=bruno, now=now)
    assert ticket.seconds_spent() == 690
    assert ticket.take_back_time(row, by=bruno, now=now)
    assert not ticket.take_back_time(row, by=bruno, now=now)
    assert [(one.user, one.seconds, one.on) for one in TimeSpent.objects.all()] == [(alice, 600, "measuring")]


def test_each_time_is_shown_as_their_sum_is(
    client: Client, ticket: Ticket, alice: User, now: datetime
) -> None:
    ticket.spend(4500, by=alice, now=now)
    client.force_login(alice)
    shown = client.get(reverse("tickets:time", args=[ticket.number]), headers={"HX-Request": "true"})
    assert shown.content.decode().count("1 h 15 min<") == 2


@pytest.mark.parametrize("seconds", [0, -60, 24 * 3600 + 1])
def test_time_that_cannot_be(seconds: int, ticket: Ticket, alice: User, now: datetime) -> None:
    with pytest.raises(WrongDuration):
        ticket.spend(seconds, by=alice, now=now)
    assert not TimeSpent.objects.exists()


def test_tags_have_one_spelling(ticket: Ticket, alice: User, now: datetime) -> None:
    ticket.change(by=alice, now=now, tags=["  Big   Thing ", "big thing", "", "Ő" * 60])
    assert Ticket.objects.get(pk=ticket.pk).tags == ["big thing", "ő" * 40]
    assert Ticket.open("T", by=alice, now=now, tags=("VIP", "vip")).tags == ["vip"]
