from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hallom.customers.models import Customer
from hallom.staff.models import Team, User
from hallom.storage import blobs
from hallom.tickets.models import Attachment, Link, LinkKind, Message, NotOfThisTicket, SideThread, Ticket
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.HALLOM_DATA = tmp_path


@pytest.fixture
def ticket(alice: User, carla: Customer, technical: Team, now: datetime) -> Ticket:
    return Ticket.open("No line", by=alice, now=now, customer=carla, owner=alice, team=technical)


@pytest.fixture
def message(ticket: Ticket, carla: Customer, now: datetime) -> Message:
    message = ticket.add_message(
        "And the TV",
        channel="email",
        direction="in",
        customer=carla,
        now=now,
        subject="TV",
        from_address="carla@example.org",
        to=[{"name": "", "address": "help@example.org"}],
    )
    file = Attachment.objects.create(
        blob=blobs.keep(b"picture", now=now), name="tv.png", content_type="image/png", message=message
    )
    message.html = f'<p>And the TV</p><img src="/attachments/{file.pk}/tv.png">'
    message.save()
    return message


def test_the_new_ticket_begins_with_a_copy(
    ticket: Ticket, message: Message, alice: User, carla: Customer, technical: Team, now: datetime
) -> None:
    before = Message.objects.filter(pk=message.pk).values().get()
    made = ticket.split(message, subject="TV", by=alice, now=now + timedelta(hours=1))
    copy = made.messages.get()
    assert (made.customer, made.team, made.owner, made.channel) == (carla, technical, None, "email")
    assert (copy.body, copy.at, copy.split_from, copy.to) == (message.body, message.at, message, message.to)
    assert made.waiting_since == message.at
    assert Message.objects.filter(pk=message.pk).values().get() == before


def test_its_files_come_along_and_are_shown_from_the_copy(
    ticket: Ticket, message: Message, alice: User, now: datetime
) -> None:
    made = ticket.split(message, subject="TV", by=alice, now=now)
    copy = made.messages.get()
    old, new = message.attachments.get(), copy.attachments.get()
    assert (new.name, new.blob, new.pk == old.pk) == ("tv.png", old.blob, False)
    assert f"/attachments/{new.pk}/" in copy.html
    assert f"/attachments/{old.pk}/" not in copy.html


def test_it_is_part_of_the_ticket_it_came_from(
    ticket: Ticket, message: Message, alice: User, now: datetime
) -> None:
    made = ticket.split(message, subject="TV", by=alice, now=now)
    link = Link.objects.get()
    assert (link.ticket, link.other, link.kind) == (made, ticket, LinkKind.CHILD)
    assert Event.objects.get(kind="ticket.opened", ticket_id=made.pk).data["split_from"] == ticket.number


def test_it_is_no_second_contact(ticket: Ticket, message: Message, alice: User, now: datetime) -> None:
    contacts = Event.objects.filter(data__has_key="contact").count()
    ticket.split(message, subject="TV", by=alice, now=now)
    assert Event.objects.filter(data__has_key="contact").count() == contacts


def test_only_of_its_own_messages(message: Message, alice: User, now: datetime) -> None:
    other = Ticket.open("Other", by=alice, now=now)
    with pytest.raises(NotOfThisTicket):
        other.split(message, subject="TV", by=alice, now=now)
    assert not Ticket.objects.filter(subject="TV").exists()


def test_a_merged_tickets_message_can_be_split_off_too(
    ticket: Ticket, message: Message, alice: User, now: datetime
) -> None:
    other = Ticket.open("Other", by=alice, now=now, customer=ticket.customer)
    ticket.merge_into(other, by=alice, now=now)
    assert other.split(message, subject="TV", by=alice, now=now).messages.get().split_from == message


def test_a_third_partys_words_never_become_a_customers_ticket(
    ticket: Ticket, alice: User, now: datetime
) -> None:
    side = SideThread.objects.create(ticket=ticket, subject="?", address="x@supplier.example", opened_at=now)
    message = ticket.add_message("Margin 40%", channel="email", direction="in", now=now, side=side)
    with pytest.raises(NotOfThisTicket):
        ticket.split(message, subject="TV", by=alice, now=now)
