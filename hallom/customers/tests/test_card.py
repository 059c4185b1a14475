from datetime import datetime, timedelta

import pytest

from hallom.customers.card import card
from hallom.customers.card_view import card_for_page
from hallom.customers.models import Customer
from hallom.staff.models import Team, User
from hallom.tickets.models import Channel, Direction, Ticket
from hallom.timeline.journal import record

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(alice: User, carla: Customer, technical: Team, now: datetime) -> Ticket:
    return Ticket.open("No line", by=alice, now=now - timedelta(days=3), customer=carla, team=technical)


def write_in(ticket: Ticket, at: datetime) -> None:
    ticket.add_message("Still nothing", channel=Channel.EMAIL, direction=Direction.IN, now=at)


def test_open_tickets_are_on_the_card_and_finished_ones_are_not(
    ticket: Ticket, alice: User, now: datetime
) -> None:
    done = Ticket.open("Invoice", by=alice, now=now, customer=ticket.customer, team=ticket.team)
    done.close(by=alice, now=now)
    shown = card(ticket.customer, alice, now=now)
    assert [matter.title for matter in shown.matters] == ["No line"]


def test_another_teams_tickets_are_not_on_the_card(ticket: Ticket, amir: User, now: datetime) -> None:
    assert card(ticket.customer, amir, now=now).matters == ()


def test_the_third_contact_about_the_same_thing_is_told_while_it_rings(
    ticket: Ticket, alice: User, now: datetime
) -> None:
    ticket.link_call("01J0CALL000000000000000001", by=alice, now=now - timedelta(days=2))
    write_in(ticket, now - timedelta(days=1))
    repeat = card(ticket.customer, alice, now=now, live=True).repeat
    assert repeat is not None
    assert (repeat.count, repeat.is_live, repeat.matter.title) == (3, True, "No line")
    assert [contact.channel for contact in repeat.contacts] == ["phone", "email"]


def test_a_first_contact_is_no_repetition(ticket: Ticket, alice: User, now: datetime) -> None:
    write_in(ticket, now)
    assert card(ticket.customer, alice, now=now).repeat is None


def test_what_we_say_is_no_contact_of_the_customer(ticket: Ticket, alice: User, now: datetime) -> None:
    write_in(ticket, now)
    for _time in range(3):
        ticket.add_message(
            "We look into it", channel=Channel.PHONE, direction=Direction.OUT, by=alice, now=now
        )
    assert card(ticket.customer, alice, now=now).repeat is None


def test_several_events_of_one_call_are_one_contact(ticket: Ticket, alice: User, now: datetime) -> None:
    call = "01J0CALL000000000000000001"
    contact = {"contact": "phone", "direction": "in"}
    record("call.arrived", now=now, customer=ticket.customer, call=call, data=contact)
    ticket.link_call(call, by=alice, now=now)
    shown = card(ticket.customer, alice, now=now)
    assert (shown.calls, len(shown.contacts)) == (1, 1)
    assert shown.contacts[0].ticket_id == ticket.pk


def test_contacts_are_counted_by_month_over_a_year(ticket: Ticket, alice: User, now: datetime) -> None:
    for days in (0, 1, 40, 400):
        write_in(ticket, now - timedelta(days=days))
    months = card(ticket.customer, alice, now=now).months
    assert len(months) == 12
    assert (months[-1].contacts, months[-2].contacts) == (2, 1)
    assert sum(month.contacts for month in months) == 3


def test_the_birth_date_is_covered_but_for_the_year(carla: Customer, alice: User, now: datetime) -> None:
    carla.change(by=alice, now=now, birth_date=datetime(1984, 3, 9).date())
    shown = card_for_page(card(carla, alice, now=now), alice)
    assert "1984-••-••" in str(shown)
    assert "03-09" not in str(shown)
