from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pghistory
import pytest

from hallom.customers.models import Customer
from hallom.staff import names
from hallom.staff.models import Team, User
from hallom.tickets.history_of_changes import changes
from hallom.tickets.models import Category, Field, FieldKind, Priority, Status, StatusName, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_read_at", float("-inf"))


def said(ticket: Ticket) -> list[tuple[str, str, str, str]]:
    return [(one.who, one.field, one.old, one.new) for one in reversed(changes(ticket))]


def test_who_what_old_and_new_in_words(
    alice: User, bruno: User, carla: Customer, technical: Team, now: datetime
) -> None:
    asked = StatusName.objects.create(meaning=Status.PENDING, name="Photo asked for")
    Field.objects.create(key="model", label="Router model", kind=FieldKind.TEXT)
    Field.objects.create(key="vip", label="Important", kind=FieldKind.YES_NO)
    category = Category.objects.create(name="Fault")
    with pghistory.context(user=alice.pk):
        ticket = Ticket.open("No line", by=alice, now=now, customer=carla, owner=alice)
        ticket.set_status(asked, by=alice, now=now)
    with pghistory.context(user=bruno.pk):
        ticket.assign(bruno, by=bruno, now=now, team=technical)
        ticket.change(by=bruno, now=now, priority=Priority.HIGH, category=category, tags=["one", "two"])
        ticket.set_fields({"model": "F660", "vip": "yes"}, by=bruno, now=now)
    assert said(ticket) == [
        ("Alice Agent", "Opened", "", "No line"),
        ("Alice Agent", "Status", "open", "Photo asked for"),
        ("Bruno Supervisor", "Owner", "Alice Agent", "Bruno Supervisor"),
        ("Bruno Supervisor", "Team", "", "Technical"),
        ("Bruno Supervisor", "Category", "", "Fault"),
        ("Bruno Supervisor", "Priority", "normal", "high"),
        ("Bruno Supervisor", "Tags", "", "one, two"),
        ("Bruno Supervisor", "Router model", "", "F660"),
        ("Bruno Supervisor", "Important", "", "yes"),
    ]


def test_being_merged_and_let_go_is_told(alice: User, now: datetime) -> None:
    one, two = (Ticket.open(subject, by=alice, now=now) for subject in ("One", "Two"))
    one.merge_into(two, by=alice, now=now)
    one.unmerge(by=alice, now=now)
    number = f"#{two.number}"
    assert [line[1:] for line in said(one)[1:]] == [("Merged into", "", number), ("Merged into", number, "")]
    kept = [line for line in said(two) if line[1] != "Opened"]
    assert kept == [
        ("Alice Agent", "Merged into this ticket", "", f"#{one.number}"),
        ("Alice Agent", "Merged into this ticket", f"#{one.number}", ""),
    ]


def test_out_of_sight_and_asleep(alice: User, now: datetime) -> None:
    ticket = Ticket.open("One", by=alice, now=now)
    ticket.snooze(until=now + timedelta(days=1), by=alice, now=now)
    ticket.mark_spam(by=alice, now=now)
    lines = said(ticket)[1:]
    assert [line[1] for line in lines] == ["Snoozed until", "Marked as spam"]
    assert all(line[3] for line in lines)


def test_what_the_house_did_itself_is_the_houses(now: datetime) -> None:
    assert said(Ticket.open("One", by=None, now=now)) == [("Hallom", "Opened", "", "One")]


def test_what_belongs_to_the_ticket_is_told_too(
    alice: User, bruno: User, carla: Customer, now: datetime
) -> None:
    ticket = Ticket.open("No line", by=alice, now=now, customer=carla)
    other = Ticket.open("Other", by=alice, now=now)
    acts: list[Callable[..., object]] = []
    step = ticket.add_step("Call back", by=alice, now=now)
    row = ticket.spend(600, by=alice, now=now)
    acts += [
        partial(ticket.tick_step, step),
        partial(ticket.untick_step, step),
        partial(ticket.remove_step, step),
    ]
    acts += [partial(ticket.link, other, kind="related"), partial(ticket.unlink, other)]
    acts += [
        partial(ticket.take_back_time, row),
        partial(ticket.watch, alice),
        partial(ticket.unwatch, alice),
    ]
    for minute, act in enumerate(acts):
        assert act(by=bruno, now=now + timedelta(minutes=minute))
    message = ticket.add_message("And my bill", channel="email", direction="in", now=now)
    split = ticket.split(message, subject="Bill", by=bruno, now=now + timedelta(hours=1))
    lines = [one for one in said(ticket) if one[1] != "Opened"]
    bruno_said, number = "Bruno Supervisor", f"#{other.number}"
    assert lines[:2] == [
        ("Alice Agent", "Steps", "", "Call back"),
        ("Alice Agent", "Time spent", "", "10 min"),
    ]
    assert lines[2:] == [
        (bruno_said, "Call back", "to do", "done"),
        (bruno_said, "Call back", "done", "to do"),
        (bruno_said, "Steps", "Call back", ""),
        (bruno_said, "Related", "", number),
        (bruno_said, "Linked tickets", number, ""),
        (bruno_said, "Time spent", "10 min", ""),
        (bruno_said, "Watched by", "", "Alice Agent"),
        (bruno_said, "Watched by", "Alice Agent", ""),
        (bruno_said, "Parts", "", f"#{split.number}"),
        (bruno_said, "Split off", "", f"#{split.number}"),
    ]


def test_it_was_opened_when_it_is_said_to_have_been(alice: User, now: datetime) -> None:
    ticket = Ticket.open("One", by=alice, now=now - timedelta(days=3))
    assert [change.at for change in changes(ticket)] == [now - timedelta(days=3)]
