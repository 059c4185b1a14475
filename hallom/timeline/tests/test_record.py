from datetime import datetime

import pytest
from django.db import ProgrammingError, transaction

from hallom.timeline.journal import OutsideTransaction, record
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
