from datetime import datetime
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from hallom.timeline.journal import OutsideTransaction, in_one_piece, record
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db


def test_an_event_remembers_who_when_and_what(now: datetime) -> None:
    event = record("ticket.closed", now=now, actor=7, customer=3, data={"old": "open"}, topics=["ticket-1"])
    kept = Event.objects.get(pk=event.pk)
    assert (kept.kind, kept.at, kept.actor_id, kept.customer_id) == ("ticket.closed", now, 7, 3)
    assert kept.topics == ["ticket-1"]
    assert kept.relayed_at is None


@pytest.mark.django_db(transaction=True)
def test_nothing_is_recorded_outside_a_transaction(now: datetime) -> None:
    with pytest.raises(OutsideTransaction):
        record("ticket.closed", now=now)


def test_an_event_cannot_be_rewritten(now: datetime) -> None:
    event = record("ticket.closed", now=now)
    with pytest.raises(ProgrammingError), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(kind="ticket.opened")
    assert Event.objects.get(pk=event.pk).kind == "ticket.closed"


def test_an_event_cannot_be_deleted(now: datetime) -> None:
    event = record("ticket.closed", now=now)
    with pytest.raises(ProgrammingError), transaction.atomic():
        Event.objects.filter(pk=event.pk).delete()
    assert Event.objects.filter(pk=event.pk).exists()


def test_the_relay_may_mark_an_event_as_told(now: datetime) -> None:
    event = record("ticket.closed", now=now)
    assert Event.objects.filter(pk=event.pk).update(relayed_at=now) == 1


def test_events_of_one_piece_are_written_at_its_end_in_their_order(now: datetime) -> None:
    with in_one_piece():
        record("first", now=now)
        with transaction.atomic():
            record("second", now=now)
        assert not Event.objects.exists()
    record("third", now=now)
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == ["first", "second", "third"]


def test_an_event_of_one_piece_says_what_it_says_alone(now: datetime) -> None:
    said: dict[str, Any] = {
        "actor": 7,
        "customer": 3,
        "call": "c1",
        "data": {"old": 'é"\\', "n": [1, None]},
        "topics": ["a", "b,c"],
    }
    record("alone", now=now, **said)
    record("empty", now=now)
    with in_one_piece():
        record("alone", now=now, **said)
        record("empty", now=now)
    names = [field.attname for field in Event._meta.concrete_fields[1:]]
    first, empty, again, empty_again = Event.objects.order_by("pk").values_list(*names)
    assert (first, empty) == (again, empty_again)


def test_what_fails_in_one_piece_leaves_nothing_and_no_habits(now: datetime) -> None:
    with pytest.raises(ValueError):
        fail_in_one_piece(now)
    assert connection.features.uses_savepoints
    record("kept", now=now)
    assert list(Event.objects.values_list("kind", flat=True)) == ["kept"]


def fail_in_one_piece(now: datetime) -> None:
    with in_one_piece():
        record("lost", now=now)
        with transaction.atomic():
            raise ValueError
