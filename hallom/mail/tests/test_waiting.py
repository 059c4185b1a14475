"""Mail that was set aside is found from the rail, with its number, by those who may decide about it and nobody else."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hallom.customers.models import Customer
from hallom.mail import strangers
from hallom.mail.models import IncomingMail, OutgoingMail, Recipient
from hallom.mail.tests.arriving import arrive, letter, mailbox
from hallom.staff.models import Role, Team, User
from hallom.staff.tests.cast import person
from hallom.tickets.models import Ticket
from hallom.tickets.outgoing import Answer, send
from hallom.tickets.persons import Person

pytestmark = pytest.mark.django_db
SAM = "Sam Stranger <sam@elsewhere.example>"


@pytest.fixture
def ticket(technical: Team, carla: Customer, now: datetime, settings: Any, tmp_path: Any) -> Ticket:
    settings.HALLOM_DATA = tmp_path
    mailbox(team=technical, smtp_host="localhost")
    ticket = arrive(letter(Message_ID="<first@example.org>"), now).ticket
    assert ticket is not None
    return Ticket.objects.get(pk=ticket.pk)


@pytest.fixture
def mail(ticket: Ticket, now: datetime) -> IncomingMail:
    written = letter(
        f"Re: [#{ticket.number}]", sender=SAM, body="I am her son.", Message_ID="<son@example.net>"
    )
    return arrive(written, now + timedelta(hours=1))


@pytest.fixture
def elsewhere(db: None) -> User:
    """An agent of another team."""
    return person("otto", "Otto Other", Role.AGENT, team=Team.objects.create(name="Elsewhere"))


def in_rail(client: Client, user: User, path: str) -> int | None:
    """The number beside the entry; None without the entry."""
    client.force_login(user)
    shown = client.get(path).content.decode()
    found = re.search(r'<a class="rail-item" href="/mail/aside/".*?</a>', shown, re.S)
    number = re.search(r'<span class="n">(\d+)</span>', found[0]) if found else None
    return None if found is None else int(number[1]) if number else 0


@pytest.mark.parametrize("path", ["/", "/tickets/", "/notices/", "{ticket}"])
def test_a_strangers_mail_is_counted_in_the_rail_of_every_page(
    client: Client, alice: User, ticket: Ticket, mail: IncomingMail, path: str, now: datetime
) -> None:
    path = path.format(ticket=ticket.get_absolute_url())
    assert in_rail(client, alice, path) == 1
    strangers.admit(mail, by=alice, now=now)
    assert in_rail(client, alice, path) == 0


def test_another_teams_mail_is_neither_counted_nor_shown(
    client: Client, elsewhere: User, mail: IncomingMail
) -> None:
    assert in_rail(client, elsewhere, "/") == 0
    assert "sam@elsewhere.example" not in client.get("/mail/aside/").content.decode()


def test_the_page_asks_what_shall_become_of_each(
    client: Client, alice: User, ticket: Ticket, mail: IncomingMail
) -> None:
    client.force_login(alice)
    shown = client.get("/mail/aside/").content.decode()
    assert f"#{ticket.number}" in shown
    assert "I am her son." in shown
    assert f"/mail/{mail.pk}/place/" in shown
    client.post(f"/mail/{mail.pk}/place/", {"place": "here"})
    assert "No mail waits for a decision" in client.get("/mail/aside/").content.decode()


def test_what_did_not_arrive_is_counted_until_somebody_settles_it(
    client: Client, alice: User, elsewhere: User, ticket: Ticket, now: datetime
) -> None:
    send(ticket, Answer("<p>Hello</p>", (Person("carla@example.org"),)), by=alice, now=now)
    assert in_rail(client, alice, "/") == 0
    OutgoingMail.objects.update(state="failed")
    Recipient.objects.update(state="refused")
    assert in_rail(client, alice, "/") == 1
    assert in_rail(client, elsewhere, "/") == 0
    client.force_login(alice)
    assert "Undelivered mail <span>1</span>" in client.get("/mail/aside/").content.decode()
    OutgoingMail.objects.update(settled_at=now)
    assert in_rail(client, alice, "/") == 0


def test_who_answers_nobody_has_no_such_entry(client: Client, mail: IncomingMail) -> None:
    attendant = person("ida", "Ida Attendant", Role.ATTENDANT)
    assert in_rail(client, attendant, "/") is None
    assert client.get("/mail/aside/").status_code == 403


def asked(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def merged_twice(ticket: Ticket, by: User, now: datetime) -> Ticket:
    """The ticket that shows it after two merges."""
    for subject in ("Middle", "Last"):
        last = Ticket.open(subject, by=by, now=now, customer=ticket.customer, team=ticket.team)
        ticket.merge_into(last, by=by, now=now)
        ticket = last
    return ticket


def test_a_page_of_strangers_asks_no_more_for_many_merged_tickets_than_for_one(
    client: Client, alice: User, bruno: User, ticket: Ticket, mail: IncomingMail, now: datetime
) -> None:
    client.force_login(alice)
    last = merged_twice(ticket, bruno, now)
    asked(client, "/mail/aside/")
    one = asked(client, "/mail/aside/")
    for number in range(6):
        other = Ticket.open(f"Other {number}", by=bruno, now=now, customer=ticket.customer, team=ticket.team)
        fresh = letter(
            f"Re: [#{other.number}]", sender=SAM, body="Me too", Message_ID=f"<m{number}@example.net>"
        )
        arrive(fresh, now + timedelta(hours=1 + number))
        merged_twice(other, bruno, now)
    assert asked(client, "/mail/aside/") == one
    shown = client.get("/mail/aside/").content.decode()
    assert shown.count('class="stranger"') == 7
    assert f"#{last.number} Last" in shown
    assert f"#{ticket.number} " not in shown


def test_a_page_of_undelivered_mail_asks_no_more_for_many_merged_tickets_than_for_one(
    client: Client, alice: User, bruno: User, ticket: Ticket, now: datetime
) -> None:
    client.force_login(alice)

    def lose(one: Ticket) -> None:
        message = send(one, Answer("<p>Yes</p>", (Person("gone@example.org"),)), by=None, now=now)
        mail = OutgoingMail.objects.get(message=message)
        OutgoingMail.objects.filter(pk=mail.pk).update(state="failed")
        Recipient.objects.filter(mail=mail).update(state="refused")

    def gone(subject: str) -> Ticket:
        one = Ticket.open(subject, by=bruno, now=now, customer=ticket.customer, team=ticket.team)
        lose(one)
        return merged_twice(one, bruno, now)

    last = gone("First")
    asked(client, "/settings/mail/undelivered/")
    one = asked(client, "/settings/mail/undelivered/")
    for number in range(5):
        gone(f"Other {number}")
    assert asked(client, "/settings/mail/undelivered/") == one
    assert f"#{last.number}" in client.get("/settings/mail/undelivered/").content.decode()


def test_of_a_ticket_merged_into_another_teams_nothing_is_told(
    client: Client, alice: User, bruno: User, ticket: Ticket, mail: IncomingMail, now: datetime
) -> None:
    secret = Customer.register(name="Somebody Secret", by=None, now=now)
    team = Team.objects.create(name="Far away")
    other = Ticket.open("Nobody's business", by=bruno, now=now, customer=secret, team=team)
    ticket.merge_into(other, by=bruno, now=now, across_customers=True)
    client.force_login(alice)
    shown = client.get("/mail/aside/").content.decode()
    assert "Somebody Secret" not in shown
    assert "business" not in shown
    assert "Belongs to this ticket" not in shown


def test_an_undelivered_mail_says_nothing_of_another_teams_ticket(
    client: Client, alice: User, bruno: User, ticket: Ticket, now: datetime
) -> None:
    message = send(ticket, Answer("<p>Yes</p>", (Person("gone@example.org"),)), by=None, now=now)
    OutgoingMail.objects.filter(message=message).update(state="failed")
    other = Ticket.open("Nobody's business", by=bruno, now=now, team=Team.objects.create(name="Far away"))
    ticket.merge_into(other, by=bruno, now=now, across_customers=True)
    client.force_login(alice)
    shown = client.get("/settings/mail/undelivered/").content.decode()
    assert f"#{ticket.number}" in shown
    assert "business" not in shown
