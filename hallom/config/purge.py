"""What has had its time is deleted each night: expired sessions, links and counters, orders long done."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from hallom.calls.models import Order
from hallom.staff.models import LoginLink

log = structlog.get_logger(__name__)

ORDERS_KEPT = timedelta(days=7)
# Long after `AXES_COOLOFF_TIME`, from when on an attempt no longer counts.
ATTEMPTS_KEPT = timedelta(days=1)


@app.periodic(cron="17 3 * * *")
@app.task(name="config.purge", queueing_lock="config.purge")
def nightly(timestamp: int) -> None:
    purge(timezone.now())


def purge(now: datetime) -> dict[str, int]:
    """How many rows of each kind were deleted."""
    expired = {
        "sessions": Session.objects.filter(expire_date__lt=now),
        "orders": Order.objects.filter(done_at__lt=now - ORDERS_KEPT),
        "attempts": AccessAttempt.objects.filter(attempt_time__lt=now - ATTEMPTS_KEPT),
        "login_links": LoginLink.objects.filter(expires_at__lt=now),
    }
    deleted = {kind: rows.delete()[0] for kind, rows in expired.items()}
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM shared_cache WHERE expires < %s", [now])
        deleted["counters"] = cursor.rowcount
    log.info("purged", **deleted)
    return deleted
