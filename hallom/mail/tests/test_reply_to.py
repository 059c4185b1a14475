"""Answers go where the writer of a mail wants them; who is there is a stranger until we have written to him."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from hallom.automation.replies import recipient_of
from hallom.customers.models import Customer
from hallom.mail.models import IncomingMail, Progress
from hallom.mail.tests.arriving import HELP, arrive, letter, mailbox
from hallom.staff.models import Team, User
from hallom.tickets.composing import Composers
from hallom.tickets.conversation import conversation
from hallom.tickets.models import Message, Ticket
from hallom.tickets.outgoing import Answer, send
from hallom.tickets.persons import Person

pytestmark = pytest.mark.django_db
DESK = "Carla's desk <desk@carla.example>"


@pytest.fixture(autouse=True)
def house(technical: Team, carla: Customer, settings: Any, tmp_path: Any) -> None:
    settings.HALLOM_DATA = tmp_path
    mailbox(team=technical, smtp_host="localhost")


def written(now: datetime, **headers: str) -> Ticket:
    mail = arrive(letter(Message_ID="<first@example.org>", **headers), now)
    assert mail.ticket is not None
    return Ticket.objects.get(pk=mail.ticket.pk)


def answered(ticket: Ticket, user: User) -> str:
    return Composers(ticket, user, conversation(ticket, user)).reply().to


def test_an_answer_goes_where_the_mail_asks_for_it(alice: User, now: datetime) -> None:
    ticket = written(now, Reply_To=DESK)
    assert answered(ticket, alice) == "desk@carla.example"
    assert recipient_of(ticket) == Person("desk@carla.example", "Carla's desk")
    message = Message.objects.get(ticket=ticket)
    assert (message.from_address, message.customer) == ("carla@example.org", ticket.customer)


@pytest.mark.parametrize(
    "wanted", ["Carla <CARLA@example.org>", HELP, "noreply@shop.example", "not an address"]
)
def test_a_reply_to_that_says_nothing_new_changes_nothing(alice: User, now: datetime, wanted: str) -> None:
    ticket = written(now, Reply_To=wanted)
    assert Message.objects.get(ticket=ticket).reply_to is None
    assert answered(ticket, alice) == "carla@example.org"


def test_who_is_only_named_in_reply_to_is_a_stranger_until_we_wrote_there(alice: User, now: datetime) -> None:
    ticket = written(now, Reply_To=DESK)
    from_desk = letter(f"Re: [#{ticket.number}]", sender=DESK, Message_ID="<desk1@example.net>")
    assert arrive(from_desk, now + timedelta(hours=1)).progress == Progress.STRANGER
    send(
        ticket, Answer("<p>Yes</p>", (Person("desk@carla.example"),)), by=alice, now=now + timedelta(hours=2)
    )
    again = letter(f"Re: [#{ticket.number}]", sender=DESK, body="Thanks\n", Message_ID="<desk2@example.net>")
    mail = IncomingMail.objects.get(pk=arrive(again, now + timedelta(hours=3)).pk)
    assert (mail.progress, mail.ticket) == (Progress.IMPORTED, ticket)


def test_the_page_says_where_answers_go(client: Client, alice: User, now: datetime) -> None:
    ticket = written(now, Reply_To=DESK)
    client.force_login(alice)
    shown = client.get(ticket.get_absolute_url()).content.decode()
    assert "Answers go to" in shown
    assert 'name="to" value="desk@carla.example"' in shown
