"""Mails that did not get through: who sees them, and what can be done."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from hallom.mail import delivery
from hallom.mail.compose import Unwritable
from hallom.mail.dead_letters import resend, settle, undelivered
from hallom.mail.models import Mailbox, OutgoingMail, RecipientState, SendState
from hallom.mail.refusals import of_recipient
from hallom.mail.sending_rules import Attempt, Patience, Reply
from hallom.staff.models import Team, User
from hallom.tickets import outgoing
from hallom.tickets.models import Message, Ticket
from hallom.tickets.outgoing import Answer, CannotSend
from hallom.tickets.persons import Person
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db
URL = "/settings/mail/undelivered/"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox.objects.create(name="Help", address="help@example.com", smtp_host="smtp.example.com")


def tried(
    ticket: Ticket, now: datetime, replies: dict[str, Reply], *, author: User | None = None
) -> OutgoingMail:
    """A mail the server has answered."""
    to = tuple(Person(address) for address in replies)
    message = outgoing.send(ticket, Answer(html="<p>Hello</p>", to=to), by=author, now=now)
    OutgoingMail.objects.filter(message=message).update(next_at=now)
    later = now + timedelta(minutes=1)
    key = delivery.claim(OutgoingMail.objects.get(message=message).mailbox_id, later)
    assert key is not None
    parcel = delivery.parcel_of(key, later)
    assert parcel is not None
    answers = {recipient: replies[address] for recipient, address in parcel.recipients.items()}
    delivery.finish(key, Attempt(answers, Reply(250, "ok")), Patience(), now=later)
    return OutgoingMail.objects.get(pk=key)


@pytest.fixture
def ticket(technical: Team, alice: User, now: datetime) -> Ticket:
    return Ticket.open("No internet", by=None, now=now, team=technical, owner=alice)


@pytest.fixture
def lost(ticket: Ticket, mailbox: Mailbox, now: datetime) -> OutgoingMail:
    return tried(ticket, now, {"a@example.org": Reply(250), "wrnog@example.org": Reply(550, "5.1.1 unknown")})


def test_the_list_shows_why_in_plain_words(lost: OutgoingMail, alice: User, client: Client) -> None:
    client.force_login(alice)
    page = client.get(URL).content.decode()
    assert "wrnog@example.org" in page
    assert "There is no such mailbox. Is the address spelt right?" in page
    assert "5.1.1 unknown" in page
    detail = client.get(f"/mail/messages/{lost.message_id}/delivery/").content.decode()
    assert "a@example.org" in detail


def test_a_corrected_address_gets_it_and_nobody_twice(lost: OutgoingMail, alice: User, now: datetime) -> None:
    wrong = lost.recipients.get(address="wrnog@example.org")
    before = lost.identifier
    resend(lost, by=alice, now=now, corrected={wrong.pk: "wrong@example.org"})
    mail = OutgoingMail.objects.get(pk=lost.pk)
    assert mail.state == SendState.WAITING
    assert mail.identifier == before
    parcel = delivery.parcel_of(delivery.claim(mail.mailbox_id, now) or 0, now)
    assert parcel is not None
    assert list(parcel.recipients.values()) == ["wrong@example.org"]
    assert b"wrnog" not in parcel.raw
    message = Message.objects.get(pk=lost.message_id)
    assert [one["address"] for one in message.to] == ["a@example.org", "wrong@example.org"]


def test_correcting_to_somebody_who_has_it_sends_nothing(
    lost: OutgoingMail, alice: User, now: datetime
) -> None:
    wrong = lost.recipients.get(address="wrnog@example.org")
    with pytest.raises(CannotSend):
        resend(lost, by=alice, now=now, corrected={wrong.pk: "A@example.org"})
    assert lost.recipients.count() == 2
    with pytest.raises(Unwritable):
        resend(lost, by=alice, now=now, corrected={wrong.pk: "é@example.org"})


def test_left_at_that_it_leaves_the_list(lost: OutgoingMail, alice: User, now: datetime) -> None:
    assert [mail.pk for mail in undelivered(alice)] == [lost.pk]
    assert settle(lost, by=alice, now=now)
    assert not settle(lost, by=alice, now=now)
    assert not undelivered(alice).exists()
    assert Event.objects.filter(kind="ticket.delivery_settled", actor_id=alice.pk).count() == 1


def test_a_late_one_is_shown_and_can_be_given_up(
    ticket: Ticket, mailbox: Mailbox, alice: User, now: datetime
) -> None:
    late = tried(ticket, now, {"slow@example.org": Reply(450, "4.2.1 greylisted")})
    assert late.state == SendState.WAITING
    assert [mail.pk for mail in undelivered(alice)] == [late.pk]
    assert settle(late, by=alice, now=now)
    late.refresh_from_db()
    assert late.state == SendState.FAILED
    assert late.message.delivery == "failed"
    assert delivery.claim(mailbox.pk, now + timedelta(days=1)) is None


def test_another_teams_mail_is_nobody_elses(
    billing: Team, mailbox: Mailbox, alice: User, bruno: User, client: Client, now: datetime
) -> None:
    theirs = tried(Ticket.open("Secret", by=None, now=now, team=billing), now, {"x@example.org": Reply(550)})
    client.force_login(alice)
    assert "Secret" not in client.get(URL).content.decode()
    for url in (f"{URL}{theirs.pk}/sending/", f"{URL}{theirs.pk}/settlement/"):
        assert client.post(url).status_code == 404
    assert client.get(f"/mail/messages/{theirs.message_id}/delivery/").status_code == 404
    client.force_login(bruno)
    assert "Secret" in client.get(URL).content.decode()
    assert client.post(f"{URL}{theirs.pk}/settlement/").status_code == 403


def test_sending_again_from_the_page(lost: OutgoingMail, alice: User, client: Client) -> None:
    client.force_login(alice)
    wrong = lost.recipients.get(address="wrnog@example.org")
    client.post(f"{URL}{lost.pk}/sending/", {f"mail-{lost.pk}-{wrong.pk}": "not an address"})
    assert OutgoingMail.objects.get().state == SendState.SENT
    client.post(f"{URL}{lost.pk}/sending/", {f"mail-{lost.pk}-{wrong.pk}": "wrong@example.org"})
    assert OutgoingMail.objects.get().state == SendState.WAITING
    assert (
        client.post(f"{URL}{lost.pk}/sending/", {f"mail-{lost.pk}-{wrong.pk}": "x@example.org"}).status_code
        == 302
    )


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(550, "5.1.1 no"), "There is no such mailbox. Is the address spelt right?"),
        (Reply(552, "5.2.2 over quota"), "The mailbox is full."),
        (
            Reply(552, "5.3.4 too big"),
            "The mail is too large for this recipient: send fewer or smaller files.",
        ),
        (Reply(554, "5.7.1 spam"), "The recipient's server does not want mail like this or from us."),
        (Reply(550, "no such user"), "There is no such mailbox. Is the address spelt right?"),
        (Reply(521, "odd"), "The recipient's server refused the mail."),
    ],
)
def test_refusals_in_words(ticket: Ticket, mailbox: Mailbox, now: datetime, reply: Reply, words: str) -> None:
    recipient = tried(ticket, now, {"x@example.org": reply}).recipients.get()
    assert recipient.state == RecipientState.REFUSED
    assert of_recipient(recipient) == words
