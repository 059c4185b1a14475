from datetime import datetime

import pytest

from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.tickets.models import Status, Ticket
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db


def test_a_ticket_gets_the_next_number(alice: User, carla: Customer, now: datetime) -> None:
    first = Ticket.open("No line", by=alice, now=now, customer=carla)
    second = Ticket.open("Still no line", by=alice, now=now, customer=carla)
    assert first.number >= 48000
    assert second.number == first.number + 1


def test_a_ticket_nobody_owns_is_new_and_one_with_an_owner_is_open(alice: User, now: datetime) -> None:
    assert Ticket.open("No line", by=alice, now=now).status == Status.NEW
    assert Ticket.open("No line", by=alice, now=now, owner=alice).status == Status.OPEN


def test_opening_is_told_to_the_ticket_the_customer_and_the_owner(
    alice: User, carla: Customer, now: datetime
) -> None:
    ticket = Ticket.open("No line", by=alice, now=now, customer=carla, owner=alice)
    event = Event.objects.get(kind="ticket.opened")
    assert event.ticket_id == ticket.pk
    assert set(event.topics) == {"tickets", f"ticket-{ticket.pk}", f"customer-{carla.pk}", f"desk-{alice.pk}"}
