from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.tickets import conversation as stream
from hallom.tickets.conversation import Entry, Said, conversation
from hallom.tickets.models import Channel, Direction, Message, Note, Ticket
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(alice: User, carla: Customer, now: datetime) -> Ticket:
    return Ticket.open("No line", by=alice, now=now, customer=carla, owner=alice)


def test_messages_notes_and_changes_stand_in_one_order(ticket: Ticket, alice: User, now: datetime) -> None:
    ticket.add_note("Ask the courier", by=alice, now=now + timedelta(minutes=2))
    ticket.add_message(
        "No internet", channel=Channel.PHONE, direction=Direction.IN, now=now + timedelta(minutes=1)
    )
    ticket.solve(by=alice, now=now + timedelta(minutes=3))
    kinds = [entry.kind for entry in conversation(ticket, alice).entries]
    assert kinds == ["change", "message", "note", "change"]


def test_a_message_says_who_spoke(ticket: Ticket, alice: User, now: datetime) -> None:
    ticket.add_message("No internet", channel=Channel.PHONE, direction=Direction.IN, now=now)
    ticket.add_message("We look into it", channel=Channel.PHONE, direction=Direction.OUT, by=alice, now=now)
    said = [entry.item for entry in conversation(ticket, alice).entries if entry.kind == "message"]
    assert {(one.author, one.is_ours) for one in said} == {("Carla Customer", False), ("Alice Agent", True)}


def test_a_note_is_no_message_anywhere(ticket: Ticket, alice: User, now: datetime) -> None:
    ticket.add_note("He is difficult today", by=alice, now=now)
    assert Note.objects.count() == 1
    assert Message.objects.count() == 0
    event = Event.objects.get(kind="ticket.note_added")
    assert "difficult" not in str(event.data)
    assert "contact" not in event.data


def test_what_a_room_above_hands_in_is_merged(ticket: Ticket, alice: User, now: datetime) -> None:
    def calls(_ticket: Ticket, _user: User) -> Iterator[Entry]:
        at = now + timedelta(minutes=5)
        yield Entry(at, "message", Said("call-1", "phone", "Carla", "called", at, ""))

    stream.register("test calls", calls)
    try:
        assert conversation(ticket, alice).entries[-1].item.id == "call-1"
    finally:
        del stream._loaders["test calls"]


def test_only_the_newest_forty_are_shown_until_one_asks(ticket: Ticket, alice: User, now: datetime) -> None:
    for number in range(50):
        ticket.add_note(f"Note {number}", by=alice, now=now + timedelta(minutes=number))
    shown = conversation(ticket, alice)
    assert (len(shown.entries), shown.earlier) == (40, 11)
    assert shown.entries[-1].item.body == "Note 49"
    assert len(conversation(ticket, alice, whole=True).entries) == 51


def test_changes_name_the_people(ticket: Ticket, alice: User, bruno: User, now: datetime) -> None:
    ticket.assign(bruno, by=alice, now=now)
    lines = [entry.item for entry in conversation(ticket, alice).entries if entry.kind == "change"]
    assert "Alice Agent gave the ticket to Bruno Supervisor" in lines


def test_changing_facts_keeps_old_and_new_on_the_timeline(ticket: Ticket, alice: User, now: datetime) -> None:
    ticket.change(by=alice, now=now, subject="No internet", priority=4)
    event = Event.objects.get(kind="ticket.changed")
    assert event.data["old"] == {"subject": "No line", "priority": 2}
    assert event.data["new"] == {"subject": "No internet", "priority": 4}


def test_a_change_can_touch_only_what_is_meant_for_it(ticket: Ticket, alice: User, now: datetime) -> None:
    with pytest.raises(ValueError, match="status"):
        ticket.change(by=alice, now=now, status="closed")
