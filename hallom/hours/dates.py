from datetime import date
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext


def short_day(day: date) -> str:
    """A day of the year where there is little room: 14 Jul."""
    return _short_day(day, get_language())


@lru_cache(maxsize=2000)
def _short_day(day: date, _language: str | None) -> str:
    # Translators: how a day is written short, in Django's format letters: "N j." in Hungarian, "d.m" in Polish.
    return date_format(day, pgettext("short day", "j M"))
