"""Somebody writes under a ticket in the same instant as it is merged, separated or deleted: one of the two is first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.tickets.models import Direction, Message, Ticket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("postman")]
BLOCKED = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
PATIENCE_SECONDS = 20.0
Verb = Callable[[Ticket, Ticket, User, datetime], object]
GOES: dict[str, Verb] = {
    "merge": lambda one, other, by, now: one.merge_into(other, by=by, now=now),
    "delete": lambda one, other, by, now: one.delete_softly(by=by, now=now),
}
POSTS = (
    ("answer", {"kind": "note", "body": "Seen"}),
    ("answer", {"kind": "public", "body": "Hello", "to": "carla@example.org", "anyway": "1"}),
    ("facts", {"subject": "Other", "priority": "2"}),
    ("closure", {}),
    ("steps", {"text": "Call"}),
)


class Beside(threading.Thread):
    """Does something in a connection of its own."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._act = act
        self.answer: Any = None
        self.problem: BaseException | None = None

    def run(self) -> None:
        try:
            self.answer = self._act()
        except BaseException as problem:
            self.problem = problem
        finally:
            connection.close()

    def is_blocked(self) -> bool:
        """Once it waits for a lock; False when it came through."""
        until = time.monotonic() + PATIENCE_SECONDS
        while self.is_alive() and time.monotonic() < until:
            with connection.cursor() as cursor:
                # Within a transaction the view would say for ever what it said first.
                cursor.execute("SELECT pg_stat_clear_snapshot()")
                cursor.execute(BLOCKED)
                if cursor.fetchone()[0]:
                    return True
            self.join(0.01)
        return False

    def done(self) -> Any:
        self.join(PATIENCE_SECONDS)
        assert not self.is_alive()
        if self.problem:
            raise self.problem
        return self.answer


@pytest.fixture
def ticket(alice: User, carla: Customer, now: datetime) -> Ticket:
    return Ticket.open("No line", by=alice, now=now, customer=carla)


@pytest.fixture
def other(alice: User, carla: Customer, now: datetime) -> Ticket:
    return Ticket.open("Still no line", by=alice, now=now, customer=carla, owner=alice)


@pytest.fixture
def desk(client: Client, bruno: User) -> Client:
    client.force_login(bruno)
    return client


def post(desk: Client, ticket: Ticket, act: str, given: dict[str, str]) -> int:
    return desk.post(f"/tickets/{ticket.number}/{act}/", given, headers={"HX-Request": "true"}).status_code


def facts(ticket: Ticket) -> tuple[object, ...]:
    ticket = Ticket.objects.get(pk=ticket.pk)
    rows = (ticket.notes, ticket.messages, ticket.checklist, ticket.time_spent, ticket.watchers)
    kept = (ticket.status, ticket.owner_id, ticket.subject, ticket.snoozed_until, ticket.spam_at)
    return (*kept, *(one.count() for one in rows))


@contextmanager
def under_way(verb: Callable[[], object]) -> Iterator[None]:
    """Done, and not yet to be seen by others."""
    with transaction.atomic():
        verb()
        yield


@pytest.mark.parametrize("goes", GOES)
@pytest.mark.parametrize(("act", "given"), POSTS)
def test_what_is_posted_while_the_ticket_goes_waits_and_is_refused(
    desk: Client,
    bruno: User,
    ticket: Ticket,
    other: Ticket,
    now: datetime,
    goes: str,
    act: str,
    given: dict[str, str],
) -> None:
    before = facts(ticket)
    posting = Beside(lambda: post(desk, ticket, act, given))
    with under_way(lambda: GOES[goes](Ticket.objects.get(pk=ticket.pk), other, bruno, now)):
        posting.start()
        assert posting.is_blocked()
    assert posting.done() == 409
    assert facts(ticket) == before


@pytest.mark.parametrize("goes", GOES)
@pytest.mark.parametrize(("kind", "verb"), [("note", "add_note"), ("public", "family_ids")])
def test_a_ticket_goes_only_after_what_was_being_posted(
    desk: Client,
    bruno: User,
    ticket: Ticket,
    other: Ticket,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    goes: str,
    kind: str,
    verb: str,
) -> None:
    waited: list[bool] = []
    real = getattr(Ticket, verb)

    def in_between(one: Ticket, *args: Any, **named: Any) -> Any:
        if not waited:
            going = Beside(lambda: GOES[goes](Ticket.objects.get(pk=ticket.pk), other, bruno, now))
            going.start()
            waited.append(going.is_blocked())
            goings.append(going)
        return real(one, *args, **named)

    goings: list[Beside] = []
    monkeypatch.setattr(Ticket, verb, in_between)
    given = {"kind": kind, "body": "Seen", "to": "carla@example.org", "anyway": "1"}
    assert post(desk, ticket, "answer", given) == 200
    goings[0].done()
    assert waited == [True]
    kept = Ticket.objects.get(pk=ticket.pk)
    assert (kept.merged_into_id or kept.deleted_at) is not None
    assert kept.notes.count() + kept.messages.count() == 1


def test_an_answer_quotes_nothing_of_a_ticket_that_is_being_separated(
    desk: Client, bruno: User, ticket: Ticket, other: Ticket, now: datetime
) -> None:
    said = ticket.add_message("Only there", channel="email", direction=Direction.IN, now=now)
    ticket.merge_into(other, by=bruno, now=now)
    given = {
        "kind": "public",
        "body": "Hello",
        "to": "carla@example.org",
        "anyway": "1",
        "quote": str(said.pk),
    }
    posting = Beside(lambda: post(desk, other, "answer", given))
    with under_way(lambda: Ticket.objects.get(pk=ticket.pk).unmerge(by=bruno, now=now)):
        posting.start()
        assert posting.is_blocked()
    assert posting.done() == 200
    assert "Only there" not in Message.objects.get(ticket=other).quoted
