"""When a recurring ticket is opened, as people say it."""

from __future__ import annotations

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hallom.tickets.models import Every, Recurrence


def in_words(recurrence: Recurrence) -> str:
    """``every 2 weeks, Monday, Friday, at 08:00``."""
    count = recurrence.interval
    often = {
        Every.DAY: ngettext("every day", "every %(count)d days", count),
        Every.WEEK: ngettext("every week", "every %(count)d weeks", count),
        Every.MONTH: ngettext("every month", "every %(count)d months", count),
    }[Every(recurrence.every)] % {"count": count}
    at = _("at %(time)s") % {"time": time_format(recurrence.at, "H:i")}
    return ", ".join([often, *_on(recurrence), at])


def _on(recurrence: Recurrence) -> list[str]:
    if recurrence.every == Every.WEEK:
        days = sorted(recurrence.weekdays) or [recurrence.starts_on.isoweekday()]
        return [str(WEEKDAYS[day - 1]) for day in days]
    if recurrence.every == Every.MONTH:
        day = recurrence.month_day or recurrence.starts_on.day
        return [_("on day %(day)d") % {"day": day}]
    return [] if recurrence.interval == 1 else [date_format(recurrence.starts_on, "SHORT_DATE_FORMAT")]
