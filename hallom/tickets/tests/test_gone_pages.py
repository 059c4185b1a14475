"""The page of a ticket that was merged or deleted says so, and offers nothing that belongs where it went."""

from datetime import datetime

import pytest
from django.test import Client

from hallom.customers.models import Customer
from hallom.staff.models import Team, User
from hallom.tickets.models import Ticket

pytestmark = pytest.mark.django_db
ACTS = ("/closure/", "/assignment/", "/facts/", "/snooze/", "/spam/", 'id="composer"')


@pytest.fixture
def ticket(alice: User, carla: Customer, technical: Team, now: datetime) -> Ticket:
    return Ticket.open("No line", by=alice, now=now, customer=carla, owner=alice, team=technical)


def page(client: Client, user: User, ticket: Ticket) -> str:
    client.force_login(user)
    return client.get(ticket.get_absolute_url()).content.decode()


def offered(shown: str, ticket: Ticket) -> list[str]:
    own = f"/tickets/{ticket.number}"
    return [act for act in ACTS if (act if act.startswith("id") else own + act) in shown]


def test_a_ticket_that_stands_offers_every_act(client: Client, alice: User, ticket: Ticket) -> None:
    assert offered(page(client, alice, ticket), ticket) == list(ACTS)


def test_a_merged_ticket_shows_where_it_went_and_offers_only_to_separate_it(
    client: Client, alice: User, carla: Customer, ticket: Ticket, now: datetime
) -> None:
    other = Ticket.open("Still no line", by=alice, now=now, customer=carla, owner=alice)
    ticket.merge_into(other, by=alice, now=now)
    shown = page(client, alice, ticket)
    assert f"#{other.number} Still no line" in shown
    assert offered(shown, ticket) == []
    assert f"/tickets/{ticket.number}/merge/" in shown


def test_a_deleted_ticket_says_so_and_only_who_has_the_right_restores_it(
    client: Client, alice: User, bruno: User, ticket: Ticket, now: datetime
) -> None:
    ticket.delete_softly(by=bruno, now=now)
    for user, may_restore in ((alice, False), (bruno, True)):
        shown = page(client, user, ticket)
        assert "This ticket was deleted" in shown
        assert offered(shown, ticket) == []
        assert (f"/tickets/{ticket.number}/deletion/" in shown) is may_restore
        assert ("A supervisor can restore it." in shown) is not may_restore
