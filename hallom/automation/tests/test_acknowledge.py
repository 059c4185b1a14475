"""The first mail is acknowledged, and nothing a machine wrote ever is."""

from __future__ import annotations

from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from django.utils import timezone

from hallom.automation.models import Acknowledgement, TextTemplate
from hallom.automation.tests.conftest import template
from hallom.config.subscribers import SUBSCRIBERS
from hallom.customers.models import Customer
from hallom.mail.compose import compose
from hallom.mail.models import Mailbox, OutgoingMail
from hallom.mail.sending_letter import letter_of
from hallom.mail.tests.arriving import arrive, letter, mailbox
from hallom.tickets.models import Message, Ticket
from hallom.timeline.models import Event
from hallom.timeline.relay import relay_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def helpdesk(db: None) -> Mailbox:
    return mailbox(smtp_host="mail.example.com", is_default=True)


@pytest.fixture
def received(helpdesk: Mailbox) -> TextTemplate:
    row = template(
        "Received",
        en="<p>Dear {{ customer.first_name }}, your number is {{ ticket.number }}.{{ field.none }}</p>",
        hu="<p>Kedves {{ customer.first_name }}, az azonosító: {{ ticket.number }}.</p>",
    )
    Acknowledgement.objects.create(mailbox=helpdesk, template=row)
    return row


def acknowledgements() -> list[OutgoingMail]:
    relay_batch(SUBSCRIBERS, timezone.now())
    return list(OutgoingMail.objects.filter(is_automatic=True))


def sent(mail: OutgoingMail) -> EmailMessage:
    found = message_from_bytes(compose(letter_of(mail)), policy=default)
    assert isinstance(found, EmailMessage)
    return found


def test_in_the_customers_language_with_a_null_sender(
    received: TextTemplate, carla: Customer, now: datetime
) -> None:
    incoming = arrive(letter(message_id="<one@example.org>"), now)
    (mail,) = acknowledgements()
    ticket = Ticket.objects.get()
    assert mail.envelope_from == ""
    assert mail.message.body == f"Kedves Customer, az azonosító: {ticket.number}."
    assert mail.message.author is None
    out = sent(mail)
    assert out["To"] == "Carla Customer <carla@example.org>"
    assert out["Auto-Submitted"] == "auto-replied"
    assert out["In-Reply-To"] == f"<{incoming.identifier}>"
    assert str(ticket.number) in out["Subject"]


def test_a_gap_is_left_out(received: TextTemplate, now: datetime) -> None:
    arrive(letter(sender="Nick New <nick@example.org>"), now)
    (mail,) = acknowledgements()
    assert mail.message.body.endswith(f"{Ticket.objects.get().number}.")


def test_once_and_not_for_the_second_mail(received: TextTemplate, carla: Customer, now: datetime) -> None:
    arrive(letter(message_id="<one@example.org>"), now)
    assert len(acknowledgements()) == 1
    again = Event.objects.get(kind="ticket.opened")
    for subscriber in SUBSCRIBERS:
        if subscriber.wants(again.kind):
            subscriber.handle(again)
    arrive(
        letter(message_id="<two@example.org>", in_reply_to="<one@example.org>"), now + timedelta(minutes=1)
    )
    assert len(acknowledgements()) == 1
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated"},
        {"Precedence": "bulk"},
        {"List_Id": "<news.example.org>"},
        {"X_Auto_Response_Suppress": "All"},
        {"Return_Path": "<>"},
    ],
)
def test_no_machine_is_answered(received: TextTemplate, now: datetime, headers: dict[str, str]) -> None:
    arrive(letter(**headers), now)
    assert acknowledgements() == []


@pytest.mark.parametrize(
    "sender", ["mailer-daemon@example.org", "no-reply@example.org", "postmaster@example.org"]
)
def test_nobody_is_not_answered(received: TextTemplate, now: datetime, sender: str) -> None:
    arrive(letter(sender=sender), now)
    assert acknowledgements() == []


@pytest.mark.parametrize(
    ("headers", "to"),
    [
        ({"Reply_To": "everybody@lists.example.org"}, "carla@example.org"),
        ({"Reply_To": "desk@elsewhere.example, team@elsewhere.example"}, "carla@example.org"),
        ({"sender": "Carla <carla@example.org>, Dan <dan@example.org>"}, "carla@example.org"),
        ({"Return_Path": "<mailer@example.org>"}, "carla@example.org"),
        # Our own form writes as ourselves: there Reply-To is where it says who the customer is.
        ({"sender": "help@example.com", "Reply_To": "Carla <carla@example.org>"}, "carla@example.org"),
    ],
)
def test_it_goes_to_the_one_who_wrote_and_never_to_reply_to(
    received: TextTemplate, carla: Customer, now: datetime, headers: dict[str, str], to: str
) -> None:
    arrive(letter(**headers), now)
    (mail,) = acknowledgements()
    assert [one.address for one in mail.recipients.all()] == [to]


@pytest.mark.parametrize("path", ["<owner-list@example.org>", "<list-bounces@example.org>"])
def test_who_writes_through_a_list_is_not_answered(received: TextTemplate, now: datetime, path: str) -> None:
    arrive(letter(Return_Path=path), now)
    assert acknowledgements() == []


@pytest.mark.parametrize(
    ("sender", "answers"), [("carla@example.org", 1), ("", 0), ("list-bounces@example.org", 0)]
)
def test_what_came_by_smtp_is_judged_by_its_envelope(
    received: TextTemplate, now: datetime, sender: str, answers: int
) -> None:
    arrive(letter(), now, envelope_from=sender, envelope_to="help@example.com")
    assert len(acknowledgements()) == answers


def test_one_address_gets_no_more_than_so_many(
    received: TextTemplate, carla: Customer, now: datetime
) -> None:
    for number in range(40):
        arrive(letter(subject=f"Number {number}", message_id=f"<m{number}@example.org>"), now)
        if not number % 5:
            acknowledgements()
    assert 0 < len(acknowledgements()) <= 30
    assert Message.objects.filter(direction="in").count() >= 20


def test_not_hours_later_and_not_without_a_rule(received: TextTemplate, now: datetime) -> None:
    arrive(letter(), now - timedelta(hours=13))
    assert acknowledgements() == []
    Acknowledgement.objects.update(is_active=False)
    arrive(letter(subject="Another", message_id="<b@example.org>"), now)
    assert acknowledgements() == []


def test_a_ticket_opened_by_hand_is_not_acknowledged(
    received: TextTemplate, carla: Customer, now: datetime
) -> None:
    Ticket.open("By telephone", by=None, now=now, customer=carla)
    assert acknowledgements() == []


def test_a_ticket_that_was_split_off_is_not_acknowledged(
    received: TextTemplate, carla: Customer, now: datetime
) -> None:
    arrive(letter(message_id="<one@example.org>"), now)
    arrive(letter(message_id="<two@example.org>", in_reply_to="<one@example.org>"), now)
    assert len(acknowledgements()) == 1
    ticket = Ticket.objects.get()
    split = ticket.split(
        ticket.messages.order_by("-pk").filter(direction="in")[0], subject="Else", by=None, now=now
    )
    assert len(acknowledgements()) == 1
    assert not OutgoingMail.objects.filter(message__ticket=split).exists()


def test_no_way_out_is_no_failure(received: TextTemplate, now: datetime) -> None:
    Mailbox.objects.update(smtp_host="")
    arrive(letter(), now)
    assert acknowledgements() == []
    assert not Message.objects.filter(direction="out").exists()
