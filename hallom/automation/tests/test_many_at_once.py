"""A macro for many tickets, from the list: it says first what it will do, and answers nobody over something newer."""

from __future__ import annotations

import html
import re
from datetime import datetime

import pytest
from django.test import Client

from hallom.automation.models import Macro
from hallom.automation.tests.conftest import macro, template
from hallom.customers.models import Customer
from hallom.mail.models import Mailbox
from hallom.staff.models import Team, User
from hallom.tickets.models import Channel, Direction, Message, Note, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def outage() -> Macro:
    sorry = template("Sorry", hu="<p>Elnézést kérünk.</p>", en="<p>We are sorry.</p>")
    return macro("Outage", {"do": "reply", "template": sorry.pk}, {"do": "note", "text": "All were told"})


@pytest.fixture
def waiting(technical: Team, carla: Customer, mailbox: Mailbox, now: datetime) -> list[Ticket]:
    made = [
        Ticket.open(f"No line {place}", by=None, now=now, customer=carla, team=technical)
        for place in range(3)
    ]
    for ticket in made:
        written(ticket, carla, now)
    return made


def written(ticket: Ticket, customer: Customer, now: datetime) -> None:
    ticket.add_message(
        "Still no line",
        channel=Channel.EMAIL,
        direction=Direction.IN,
        customer=customer,
        now=now,
        from_address="carla@example.com",
    )


def asked(desk: Client, outage: Macro, tickets: list[Ticket]) -> str:
    given = {"act": f"macro:{outage.pk}", "number": [ticket.number for ticket in tickets]}
    return html.unescape(desk.post("/tickets/bulk/", given).content.decode())


def confirmed(desk: Client, page: str) -> str:
    given: dict[str, list[str]] = {"sure": ["1"]}
    form = page.split('action="/tickets/bulk/">')[1]
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form):
        given.setdefault(name, []).append(value)
    return html.unescape(desk.post("/tickets/bulk/", given, follow=True).content.decode())


def answers() -> int:
    return Message.objects.filter(direction=Direction.OUT).count()


def test_it_says_what_it_will_do_and_to_which_before_it_does_it(
    desk: Client, outage: Macro, waiting: list[Ticket]
) -> None:
    page = asked(desk, outage, waiting)
    assert all(words in page for words in ("Outage", "“Sorry”", "All were told"))
    assert all(ticket.subject in page for ticket in waiting)
    assert answers() == Note.objects.count() == 0
    assert "3 tickets changed" in confirmed(desk, page)
    assert answers() == Note.objects.count() == 3


def test_it_does_not_answer_where_something_newer_has_arrived(
    desk: Client, outage: Macro, waiting: list[Ticket], carla: Customer, now: datetime
) -> None:
    page = asked(desk, outage, waiting)
    written(waiting[1], carla, now)
    said = confirmed(desk, page)
    assert "2 tickets changed" in said
    assert "something newer has arrived: 1" in said
    assert not Message.objects.filter(ticket=waiting[1], direction=Direction.OUT).exists()
    assert not Note.objects.filter(ticket=waiting[1]).exists()


def test_it_does_not_answer_what_was_not_shown(desk: Client, outage: Macro, waiting: list[Ticket]) -> None:
    given = {"act": f"macro:{outage.pk}", "number": [waiting[0].number], "sure": "1"}
    page = desk.post("/tickets/bulk/", given, follow=True).content.decode()
    assert "something newer has arrived: 1" in page
    assert answers() == Note.objects.count() == 0
