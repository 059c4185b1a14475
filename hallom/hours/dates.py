from datetime import date

from django.utils.formats import date_format
from django.utils.translation import pgettext


def short_day(day: date) -> str:
    """A day of the year where there is little room: Jul 14."""
    # Translators: how a day is written short, in Django's format letters: "N j." in Hungarian, "d.m" in Polish.
    return date_format(day, pgettext("short day", "M j"))
