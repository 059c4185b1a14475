"""A deadline as an agent reads it: how long still, or since when it is over."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hallom.hours.dates import short_day

SOON = timedelta(hours=2)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Due:
    """``urgency`` is over, soon or empty."""

    text: str
    urgency: str = ""


NONE = Due("")


def due(deadline: datetime | None, now: datetime) -> Due:
    if deadline is None:
        return NONE
    left = deadline - now
    if left < timedelta(0):
        return Due(f"−{_span(-left)}", "over")
    if left < SOON:
        return Due(_span(left), "soon")
    return Due(moment_of(deadline, now))


def due_in_full(deadline: datetime | None, now: datetime) -> Due:
    """The moment itself, for where there is room: today 12:00."""
    if deadline is None:
        return Due(_("none"))
    return Due(moment_in_full(deadline, now), _urgency(deadline - now))


def moment_in_full(at: datetime, now: datetime) -> str:
    return _in_full(at, _today(now), get_language())


def moment_of(at: datetime, now: datetime) -> str:
    """Short: the time today, else the day."""
    return _in_short(at, _today(now), get_language())


def effort(seconds: int) -> str:
    """Time that was worked: however much, in hours and minutes."""
    minutes = -(-seconds // 60)
    return _("%(minutes)d min") % {"minutes": minutes} if minutes < 60 else _hours(minutes)


def _urgency(left: timedelta) -> str:
    return "over" if left < timedelta(0) else "soon" if left < SOON else ""


# One moment for all lines of a page.
@lru_cache(maxsize=8)
def _today(now: datetime) -> date:
    return timezone.localdate(now)


# A page has some hundred and fifty of them, in two lengths: nothing but the moment, the day and the language is in them.
@lru_cache(maxsize=4000)
def _in_full(at: datetime, today: date, _language: str | None) -> str:
    local = timezone.localtime(at)
    return f"{_day(local.date(), today)} {local:%H:%M}"


@lru_cache(maxsize=4000)
def _in_short(at: datetime, today: date, _language: str | None) -> str:
    local = timezone.localtime(at)
    return f"{local:%H:%M}" if local.date() == today else _day(local.date(), today)


def _day(day: date, today: date) -> str:
    if day == today:
        return _("today")
    if day == today + timedelta(days=1):
        return _("tomorrow")
    return short_day(day) if day.year == today.year else date_format(day, "SHORT_DATE_FORMAT")


def _span(span: timedelta) -> str:
    minutes = max(int(span.total_seconds() // 60), 1)
    if span < HOUR:
        return _("%(minutes)d min") % {"minutes": minutes}
    if span < timedelta(days=1):
        return _hours(minutes)
    return _("%(days)d d") % {"days": minutes // 1440}


def _hours(minutes: int) -> str:
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}
