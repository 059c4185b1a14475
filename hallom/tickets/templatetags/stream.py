"""The entries of a ticket's stream: `{% load stream %}`."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from django import template
from django.conf import settings
from django.template.loader import get_template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from hallom.tickets.entries import Entry
from hallom.ui import assets

register = template.Library()
TEMPLATES = {
    "message": ("ui/components/message.html", "message"),
    "note": ("ui/components/note.html", "note"),
    "change": ("tickets/_change.html", "entry"),
}
# What was said does not change: forty entries drawn anew were 5 ms of the 25 a page may cost. One has some 3 kB.
MOST_KEPT = 1500


@register.simple_tag
def shown(entry: Entry) -> SafeString:
    if settings.DEBUG:
        return _drawn(entry)
    return _kept(entry, get_language(), timezone.localdate(), assets.asset_url("icons.svg"))


@lru_cache(maxsize=MOST_KEPT)
def _kept(entry: Entry, _language: str | None, _today: date, _sprite: str) -> SafeString:
    return _drawn(entry)


def _drawn(entry: Entry) -> SafeString:
    name, variable = TEMPLATES[entry.kind]
    return mark_safe(get_template(name).render({variable: entry if entry.kind == "change" else entry.item}))
