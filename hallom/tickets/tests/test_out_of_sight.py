"""What is spam, deleted or part of another ticket is nowhere counted or offered again."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from hallom.calls.linking import open_ticket
from hallom.customers.models import Customer
from hallom.desk.strip import today
from hallom.staff.models import User
from hallom.tickets.history import lines
from hallom.tickets.matters import open_matters
from hallom.tickets.models import StatusName, Ticket

pytestmark = pytest.mark.django_db
Away = Callable[[Ticket, User, datetime], object]


def merged(ticket: Ticket, by: User, now: datetime) -> None:
    root = Ticket.open("Root", by=by, now=now, customer=ticket.customer)
    ticket.merge_into(root, by=by, now=now)
    root.close(by=by, now=now - timedelta(days=2))


AWAY: dict[str, Away] = {
    "spam": lambda ticket, by, now: ticket.mark_spam(by=by, now=now),
    "deleted": lambda ticket, by, now: ticket.delete_softly(by=by, now=now),
    "merged": merged,
}


@pytest.mark.parametrize("away", AWAY.values(), ids=AWAY)
def test_it_is_no_open_matter_and_takes_no_new_call(
    away: Away, alice: User, carla: Customer, now: datetime
) -> None:
    ticket = Ticket.open("No line", by=alice, now=now, customer=carla, owner=alice)
    assert [matter.title for matter in open_matters(carla, alice)] == ["No line"]
    assert open_ticket(carla, alice) == ticket
    away(ticket, alice, now)
    assert list(open_matters(carla, alice)) == []
    assert open_ticket(carla, alice) is None
    assert "No line" not in [line.title for line in lines(carla, alice)]


@pytest.mark.parametrize("away", AWAY.values(), ids=AWAY)
def test_it_is_no_days_work(away: Away, alice: User, carla: Customer, now: datetime) -> None:
    ticket = Ticket.open("No line", by=alice, now=now, customer=carla, owner=alice)
    ticket.solve(by=alice, now=now)
    assert today(alice, now).closed == 1
    away(ticket, alice, now)
    assert today(alice, now).closed == 0


def test_what_was_said_in_a_merged_ticket_was_said_all_the_same(
    alice: User, carla: Customer, now: datetime
) -> None:
    ticket = Ticket.open("No line", by=alice, now=now, customer=carla, owner=alice)
    ticket.add_message("It is broken", channel="email", direction="in", customer=carla, now=now)
    merged(ticket, alice, now)
    assert "It is broken" in [line.detail for line in lines(carla, alice)]
    ticket.unmerge(by=alice, now=now)
    ticket.mark_spam(by=alice, now=now)
    assert "It is broken" not in [line.detail for line in lines(carla, alice)]


def test_the_card_says_the_status_by_its_own_name(alice: User, carla: Customer, now: datetime) -> None:
    name = StatusName.objects.create(meaning="on_hold", name="Waits for parts")
    ticket = Ticket.open("No line", by=alice, now=now, customer=carla, owner=alice)
    ticket.set_status(name, by=alice, now=now)
    assert [matter.chip for matter in open_matters(carla, alice)] == ["Waits for parts"]
