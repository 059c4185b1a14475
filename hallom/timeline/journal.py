"""Writing the timeline. Writers only INSERT; the relay tells the world (a NOTIFY in every writer cost 3.6x the commits)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, TypeAlias

from django.db import models, transaction

from hallom.timeline.models import Event

Row: TypeAlias = models.Model | int | None


class OutsideTransaction(RuntimeError):
    """record() was called where the change it tells of could be lost without it."""


def record(
    kind: str,
    *,
    now: datetime,
    actor: Row = None,
    customer: Row = None,
    ticket: Row = None,
    call: str = "",
    data: Mapping[str, Any] | None = None,
    topics: Iterable[str] = (),
) -> Event:
    """Write one event. Must stand in the transaction of the change it tells of; rows may be given as objects or ids.

    An event that is itself a contact with the customer says so: ``data={"contact": "phone", "direction": "in", …}``.
    """
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransaction(kind)
    event = Event(
        kind=kind,
        at=now,
        actor_id=_key(actor),
        customer_id=_key(customer),
        ticket_id=_key(ticket),
        call=call,
        data=dict(data or {}),
        topics=list(topics),
    )
    waiting = _waiting.get()
    if waiting is None:
        event.save(force_insert=True)
    else:
        waiting.append(event)
    return event


@contextmanager
def in_one_piece() -> Iterator[None]:
    """A transaction of many verbs that all happen or none: no savepoints, and its events are written in one go at its end.

    Nobody inside may catch what a verb raises and go on: the transaction is lost then.
    """
    connection = transaction.get_connection()
    with transaction.atomic():
        had_savepoints, events = connection.features.uses_savepoints, list[Event]()
        known = _waiting.set(events)
        # A savepoint for every verb is a fifth of what the database is asked.
        connection.features.uses_savepoints = False
        try:
            yield
            _write_all(events)
        finally:
            connection.features.uses_savepoints = had_savepoints
            _waiting.reset(known)


def _write_all(events: list[Event]) -> None:
    names = [field.attname for field in Event._meta.concrete_fields if not field.primary_key]
    rows = [{name: getattr(event, name) for name in names} for event in events]
    with transaction.get_connection().cursor() as cursor:
        cursor.execute(_WRITE_ALL, [json.dumps(rows, default=datetime.isoformat)])


# One statement however many they are, so that the database can keep it ready.
_WRITE_ALL = """INSERT INTO timeline_event (kind, at, actor_id, customer_id, ticket_id, call, data, topics)
    SELECT kind, at, actor_id, customer_id, ticket_id, call, data, topics
    FROM ROWS FROM (jsonb_to_recordset(%s::jsonb) AS (kind text, at timestamptz, actor_id bigint, customer_id bigint,
      ticket_id bigint, call text, data jsonb, topics text[])) WITH ORDINALITY ORDER BY ordinality"""
_waiting: ContextVar[list[Event] | None] = ContextVar("events_waiting", default=None)


def _key(row: Row) -> int | None:
    return row.pk if isinstance(row, models.Model) else row
