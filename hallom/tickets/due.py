"""A deadline as an agent reads it: how long still, or since when it is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format, time_format
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
    day = _day(deadline, now)
    text = f"{day} {time_format(timezone.localtime(deadline), 'H:i')}"
    return Due(text, due(deadline, now).urgency)


def moment_of(at: datetime, now: datetime) -> str:
    """Short: the time today, else the day."""
    local = timezone.localtime(at)
    if local.date() == timezone.localdate(now):
        return time_format(local, "H:i")
    return _day(at, now)


def _day(moment: datetime, now: datetime) -> str:
    local, today = timezone.localdate(moment), timezone.localdate(now)
    if local == today:
        return _("today")
    if local == today + timedelta(days=1):
        return _("tomorrow")
    return short_day(local) if local.year == today.year else date_format(local, "SHORT_DATE_FORMAT")


def _span(span: timedelta) -> str:
    minutes = max(int(span.total_seconds() // 60), 1)
    if span < HOUR:
        return _("%(minutes)d min") % {"minutes": minutes}
    if span < timedelta(days=1):
        return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}
    return _("%(days)d d") % {"days": minutes // 1440}
