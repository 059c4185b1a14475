"""A note with a mark of its own is written into a ticket. Then every way out is walked: the mark must be on none."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module
from importlib.util import find_spec

import pytest
from django.conf import settings
from django.test import Client

from hallom.customers.models import Customer
from hallom.mail.models import Mailbox
from hallom.staff.models import Team, User
from hallom.storage import blobs
from hallom.tickets.models import Attachment, Direction, Message, Note, Ticket
from hallom.tickets.tests.ways_out import CANARY, SAID, WAYS, House, Way, left

pytestmark = pytest.mark.django_db
for room in settings.ROOMS:
    if find_spec(f"hallom.{room}.tests.ways_out"):
        import_module(f"hallom.{room}.tests.ways_out")


@pytest.fixture
def house(alice: User, bruno: User, carla: Customer, technical: Team, client: Client, now: datetime) -> House:
    Mailbox.objects.create(
        name="Help", address="help@example.com", smtp_host="mail.example.com", is_default=True, language="en"
    )
    ticket = Ticket.open("No line", by=alice, now=now, customer=carla, owner=alice, team=technical)
    mail = Message.objects.create(
        ticket=ticket,
        channel="email",
        direction=Direction.IN,
        customer=carla,
        from_name="Carla Customer",
        from_address="carla@example.org",
        to=[{"name": "", "address": "help@example.com"}],
        cc=[{"name": "Dan", "address": "dan@example.org"}],
        body=SAID,
        html=f"<p>{SAID}</p>",
        at=now,
    )
    note = ticket.add_note(
        f"He is difficult. {CANARY}",
        html=f"<p>He is difficult. {CANARY}</p>",
        mentions=[bruno],
        by=alice,
        now=now + timedelta(minutes=1),
    )
    Attachment.objects.create(
        note=note, blob=blobs.keep(CANARY.encode(), now=now), name=f"{CANARY}.txt", content_type="text/plain"
    )
    client.force_login(alice)
    return House(ticket, note, mail, alice, bruno, carla, technical, client, now)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_no_note_leaves(way: Way, house: House, capfd: pytest.CaptureFixture[str]) -> None:
    came_out = way.walk(house)
    assert way.proof in came_out, "nothing came out, so nothing is proved"
    assert CANARY not in came_out
    assert Note.objects.filter(body__contains=CANARY).exists()
    assert CANARY not in "".join(capfd.readouterr())


def test_the_mark_is_found_where_it_is(house: House) -> None:
    """The test can fail: the colleagues' own page shows the note, and a message that held it would be seen."""
    assert CANARY in house.desk.get(house.path()).content.decode()
    house.answer(body=f"<p>{CANARY}</p>")
    came_out = left()
    assert came_out.count(CANARY) >= 4
    assert "Subject: " in came_out


def test_every_way_that_was_named_is_walked() -> None:
    names = {way.name for way in WAYS}
    assert {
        "reply",
        "reply to all",
        "forward to a third party",
        "quoting the last message",
        "splitting",
        "merging",
    } <= names
    assert {
        "template variables",
        "a macro that also writes a note",
        "the export of calls",
        "the export of tickets",
        "timeline and push",
    } <= names
    assert {"notices", "the customer's page"} <= names
