"""What tickets do by themselves when their time has come."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import DatabaseError
from django.utils import timezone
from procrastinate.contrib.django import app

from hallom.tickets.models import Recurrence, Ticket, Waking

log = structlog.get_logger(__name__)

# So many at once; the next minute goes on with the rest.
MOST_AT_ONCE = 500


@app.periodic(cron="* * * * *")
@app.task(name="tickets.each_minute", queueing_lock="tickets.each_minute")
def each_minute(timestamp: int) -> None:
    now = timezone.now()
    wake_due(now)
    open_due(now)


def wake_due(now: datetime) -> int:
    """Wake the tickets whose time has come, each in a transaction of its own; how many this run woke."""
    due = Ticket.objects.current().filter(snoozed_until__lte=now)
    found = due.select_related("owner", "snoozed_by").order_by("snoozed_until")[:MOST_AT_ONCE]
    return sum(ticket.wake(by=None, now=now, reason=Waking.TIME) for ticket in list(found))


def open_due(now: datetime) -> int:
    """Open the recurring tickets that are due; how many this run opened. One that fails holds up no other."""
    due = Recurrence.objects.filter(is_active=True, template__is_active=True, next_at__lte=now)
    opened = 0
    found = due.select_related("template__checklist", "customer").order_by("next_at")[:MOST_AT_ONCE]
    for recurrence in list(found):
        try:
            opened += recurrence.open_due(now) is not None
        except (DatabaseError, ValueError):
            log.exception("tickets.recurrence_failed", recurrence_id=recurrence.pk)
    return opened
