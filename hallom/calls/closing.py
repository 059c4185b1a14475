"""Day and night by hand: numbers that say their closed greeting although the calendar says that it is day."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from hallom.calls import configuration
from hallom.calls.models import Closure, Number, Queue
from hallom.hours import clock
from hallom.staff.models import User
from hallom.timeline.journal import record

NEVER = clock.Hours("UTC", ((),) * 7)


def in_force(now: datetime) -> QuerySet[Closure]:
    return Closure.objects.filter(Q(until=None) | Q(until__gt=now), opened_at=None)


def numbers_of(queue: Queue | None, now: datetime) -> list[Any]:
    """The numbers whose callers the queue gets: those that its night mode closes.

    Each with `is_closed` (by hand) and `closed_until`.
    """
    if queue is None:
        return []
    closed = in_force(now).filter(number=OuterRef("pk"))
    found = Number.objects.filter(queue=queue, is_active=True).select_related("calendar")
    found = found.annotate(is_closed=Exists(closed), closed_until=Subquery(closed.values("until")[:1]))
    return list(found.prefetch_related("calendar__openings", "calendar__exceptions"))


def hours_of(number: Number, now: datetime) -> clock.Hours:
    """As its calendar says."""
    return clock.ALWAYS if number.calendar is None else number.calendar.hours(now)


@transaction.atomic
def close(numbers: Iterable[Number], *, by: User, now: datetime) -> int:
    """Until the calendar opens them anew, or for good without one; how many were open."""
    closed = {closure.number_id for closure in in_force(now)}
    new = [number for number in numbers if number.pk not in closed]
    # One whose time has come is over, but nobody has said so yet.
    for old in Closure.objects.select_for_update().filter(number__in=new, opened_at=None):
        old.opened_at = old.until
        old.save(update_fields=["opened_at"])
    for number in new:
        Closure.objects.create(
            number=number, closed_at=now, closed_by=by, until=next_opening(hours_of(number, now), now)
        )
    _tell("numbers.closed", new, by=by, now=now)
    return len(new)


@transaction.atomic
def reopen(numbers: Iterable[Number], *, by: User, now: datetime) -> int:
    """From here on the calendar decides again; how many were closed by hand."""
    found = list(in_force(now).select_for_update().filter(number__in=list(numbers)).select_related("number"))
    for closure in found:
        closure.opened_at, closure.opened_by = now, by
        closure.save(update_fields=["opened_at", "opened_by"])
    _tell("numbers.opened", [closure.number for closure in found], by=by, now=now)
    return len(found)


def _tell(kind: str, numbers: list[Number], *, by: User, now: datetime) -> None:
    if not numbers:
        return
    keys = [number.pk for number in numbers]
    record(kind, now=now, actor=by, data={"numbers": keys}, topics=["queues", "wallboard"])
    configuration.notify_switch()


def next_opening(hours: clock.Hours, now: datetime) -> datetime | None:
    """When it opens next, not counting the stretch that is open now."""
    change = clock.next_change(hours, now)
    if change is None or not clock.is_open(hours, now):
        return change
    return clock.next_change(hours, change)


def closed_until(hours: clock.Hours, now: datetime, until: datetime | None) -> clock.Hours:
    """The same hours without what lies between now and `until`; the switch then opens to the second by itself."""
    if until is None:
        return NEVER
    zone = ZoneInfo(hours.zone)
    special = dict(hours.days)
    day, last = now.astimezone(zone).date() - timedelta(days=1), until.astimezone(zone).date()
    while day <= last:
        openings = special.get(day, hours.weekly[day.weekday()])
        special[day] = tuple(
            one for one in openings if datetime.combine(day, one.opens, zone) >= until.astimezone(zone)
        )
        day += timedelta(days=1)
    return clock.Hours(hours.zone, hours.weekly, tuple(sorted(special.items())))


def closures_by_number(now: datetime) -> Mapping[int, datetime | None]:
    """Until when each number is closed by hand."""
    return dict(in_force(now).values_list("number", "until"))
