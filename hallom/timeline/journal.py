"""Writing the timeline. Writers only INSERT; the relay tells the world (a NOTIFY in every writer cost 3.6x the commits)."""

from collections.abc import Iterable, Mapping
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
    return Event.objects.create(
        kind=kind,
        at=now,
        actor_id=_key(actor),
        customer_id=_key(customer),
        ticket_id=_key(ticket),
        call=call,
        data=dict(data or {}),
        topics=list(topics),
    )


def _key(row: Row) -> int | None:
    return row.pk if isinstance(row, models.Model) else row
