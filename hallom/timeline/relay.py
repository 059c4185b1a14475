"""The relay: takes what the timeline has not told yet to the subscribers and to the browsers.

It polls a partial index (0.2 ms when nothing is new) instead of being woken by the writers: a trigger's NOTIFY
would be a NOTIFY in every writer's transaction, and PostgreSQL commits those one at a time.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Event as Signal

import structlog
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils import timezone
from prometheus_client import Counter

from hallom.timeline import push
from hallom.timeline.models import Delivery, Event
from hallom.timeline.subscriber import Subscriber

log = structlog.get_logger(__name__)
EVENTS = Counter("hallom_relay_events", "Events of the timeline told to subscribers and browsers")

BATCH = 500
POLL_SECONDS = 0.02
# After so many polls without news nobody waits for the next one to the millisecond.
QUIET_POLLS, QUIET_POLL_SECONDS = 50, 0.04
RETRY_EVERY_SECONDS = 1.0
LONGEST_PAUSE = timedelta(hours=1)
DATABASE_PAUSE_SECONDS = 0.5


def run(stop: Signal, ready: Callable[[], None], subscribers: Sequence[Subscriber] = ()) -> None:
    """Relay until ``stop`` is set; ``ready`` is called once the database has answered."""
    told_ready = False
    next_retry, quiet = 0.0, 0
    while not stop.is_set():
        try:
            relayed = relay_batch(subscribers, timezone.now()) if _is_anything_new() else 0
            if not told_ready:
                ready()
                told_ready = True
            if time.monotonic() >= next_retry:
                retry_due(subscribers, timezone.now())
                next_retry = time.monotonic() + RETRY_EVERY_SECONDS
            quiet = 0 if relayed else quiet + 1
            pause = 0.0 if relayed == BATCH else QUIET_POLL_SECONDS if quiet > QUIET_POLLS else POLL_SECONDS
        except (DatabaseError, InterfaceError):
            log.exception("relay.database_lost")
            connection.close()
            pause = DATABASE_PAUSE_SECONDS
        stop.wait(pause)


def _is_anything_new() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM timeline_event WHERE relayed_at IS NULL)")
        return bool(cursor.fetchone()[0])


def relay_batch(subscribers: Sequence[Subscriber], now: datetime) -> int:
    """Relay up to BATCH events in one transaction; returns how many. Safe to run in several processes."""
    with transaction.atomic():
        events = list(
            Event.objects.select_for_update(skip_locked=True).filter(relayed_at=None).order_by("id")[:BATCH]
        )
        if not events:
            return 0
        for event in events:
            for subscriber in subscribers:
                if subscriber.wants(event.kind):
                    _deliver(event, subscriber, now)
        Event.objects.filter(pk__in=[event.pk for event in events]).update(relayed_at=now)
        push.notify(events[-1].pk, {topic for event in events for topic in event.topics})
    EVENTS.inc(len(events))
    return len(events)


def retry_due(subscribers: Sequence[Subscriber], now: datetime) -> int:
    """Try again what failed and is due; one transaction each, so that a slow one holds up nobody's row."""
    by_name = {subscriber.name: subscriber for subscriber in subscribers}
    due = Delivery.objects.filter(next_try_at__lte=now, subscriber__in=by_name).values_list("pk", flat=True)
    return sum(_retry(pk, by_name, now) for pk in list(due.order_by("next_try_at")[:BATCH]))


def _deliver(event: Event, subscriber: Subscriber, now: datetime) -> None:
    error = _error_of(event, subscriber)
    if error is not None:
        Delivery.objects.create(
            event=event, subscriber=subscriber.name, next_try_at=now + _pause(1), error=error
        )


def _retry(pk: int, by_name: dict[str, Subscriber], now: datetime) -> bool:
    with transaction.atomic():
        delivery = Delivery.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
        if delivery is None:
            return False
        error = _error_of(delivery.event, by_name[delivery.subscriber])
        if error is None:
            delivery.delete()
            return True
        delivery.tries += 1
        delivery.next_try_at = now + _pause(delivery.tries)
        delivery.error = error
        delivery.save(update_fields=["tries", "next_try_at", "error"])
        return False


def _error_of(event: Event, subscriber: Subscriber) -> str | None:
    try:
        with transaction.atomic():
            subscriber.handle(event)
    except Exception as problem:
        log.exception("relay.subscriber_failed", event_id=event.pk, subscriber=subscriber.name)
        return f"{type(problem).__name__}: {problem}"[:2000]
    return None


def _pause(tries: int) -> timedelta:
    return min(timedelta(seconds=2 ** min(tries, 12)), LONGEST_PAUSE)
