"""The line above the console: who waits, what was done today, and whether it is day or night."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, F
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from hallom.calls import closing, figures
from hallom.calls.models import Leg
from hallom.hours import clock
from hallom.staff.models import User
from hallom.tickets.due import moment_of


@dataclass(frozen=True, slots=True)
class Handled:
    calls: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class DayMode:
    """`is_night` by hand or by the calendar; `is_by_hand` says which, `words` say until when."""

    is_night: bool
    is_by_hand: bool
    words: str
    numbers: int


def handled_today(user: User, now: datetime) -> Handled:
    """Callers the attendant has talked with since midnight, and for how long, those sent on included."""
    legs = Leg.objects.filter(agent=user, bridged_at__gte=figures.start_of_day(now))
    found = legs.aggregate(calls=Count("call", distinct=True), length=Avg(F("ended_at") - F("bridged_at")))
    length = found["length"]
    return Handled(found["calls"], length.total_seconds() if length else None)


def mode(numbers: Sequence[Any], now: datetime) -> DayMode:
    """Of `closing.numbers_of`: the first speaks for all; by hand they are closed and opened together."""
    closed = next((number for number in numbers if number.is_closed), None)
    if closed is not None:
        until = closed.closed_until
        words = _("until somebody opens it")
        if until is not None:
            words = _("until %(moment)s") % {"moment": _moment(until, now)}
        return DayMode(True, True, words, len(numbers))
    if not numbers:
        return DayMode(False, False, "", 0)
    hours = closing.hours_of(numbers[0], now)
    change = clock.next_change(hours, now)
    words = _("always open") if change is None else _("until %(moment)s") % {"moment": _moment(change, now)}
    return DayMode(not clock.is_open(hours, now), False, words, len(numbers))


def _moment(at: datetime, now: datetime) -> str:
    local = timezone.localtime(at)
    hour = time_format(local, "H:i")
    return hour if local.date() == timezone.localdate(now) else f"{moment_of(at, now)} {hour}"
