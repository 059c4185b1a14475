"""Template tags of the pages: `{% load ui %}`."""

import hashlib
import math
import random
from collections.abc import Callable, Hashable
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any

from django import template
from django.conf import settings
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms import BoundField
from django.http import HttpRequest, QueryDict
from django.template.loader import get_template
from django.urls import get_urlconf
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hallom.ui import assets, hooks, navigation, paging

register = template.Library()
register.filter(paging.numbers_near)
DASHES = BLANK_CHOICE_DASH[0][1]
ICON_SIZES = {"": "i", "s": "i s", "l": "i l", "xl": "i xl"}
AVATAR_TONES = ("slate", "plum", "sky", "pine", "honey")


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """An icon of the sprite; `label` is for an icon that says something the text beside it does not."""
    return _icon(name, size, str(label), assets.asset_url("icons.svg"))


# A page shows some fifty icons and a dozen waves: drawn anew each time they were 3 ms of the 25 it may cost.
@lru_cache(maxsize=2000)
def _icon(name: str, size: str, label: str, sprite: str) -> SafeString:
    if name not in assets.icons():
        raise template.TemplateSyntaxError(f"unknown icon {name!r}: add it to hallom/ui/icons.txt")
    if size not in ICON_SIZES:
        raise template.TemplateSyntaxError(f"unknown icon size {size!r}")
    naming = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="{}" {}><use href="{}#{}"/></svg>', ICON_SIZES[size], naming, sprite, name)


@register.simple_tag
def channel(name: str) -> SafeString:
    """The icon of a way to be in touch, in its colour."""
    return _channel(str(name), get_language(), assets.asset_url("icons.svg"))


@lru_cache(maxsize=200)
def _channel(name: str, _language: str | None, sprite: str) -> SafeString:
    css, drawing, label = {
        "phone": ("phone", "phone", _("Call")),
        "call": ("phone", "phone", _("Call")),
        "callback": ("phone", "phone-outgoing", _("Callback")),
        "mail": ("mail", "mail", _("E-mail")),
        "email": ("mail", "mail", _("E-mail")),
        "chat": ("chat", "message-circle", _("Chat")),
        "sms": ("sms", "message-square-text", "SMS"),
        "note": ("note", "lock", _("Internal note")),
    }.get(name, ("mail", "ticket", _("Ticket")))
    return format_html('<span class="ch {}">{}</span>', css, _icon(drawing, "s", label, sprite))


@register.simple_tag
def unchanging(name: str) -> SafeString:
    """A template that shows nothing but words, icons and addresses: rendered once in each language, anew while developing."""
    return _rendered(name) if settings.DEBUG else _unchanging(name, get_language(), get_urlconf())


@lru_cache(maxsize=100)
def _unchanging(name: str, _language: str | None, _addresses: str | None) -> SafeString:
    return _rendered(name)


@register.simple_tag
def repeated(name: str, **values: Any) -> SafeString:
    """One of many rows of a list, drawn once for the same values: they must be values that cannot change, and all it shows.

    Sixty rows of a work list through the template language took a third of the page; most are as they were last time.
    """
    key = tuple(values.items())
    if settings.DEBUG or not all(isinstance(value, Hashable) for value in values.values()):
        return _rendered_with(name, values)
    return _repeated(name, get_language(), get_urlconf(), key)


@lru_cache(maxsize=4000)
def _repeated(
    name: str, _language: str | None, _addresses: str | None, values: tuple[tuple[str, Any], ...]
) -> SafeString:
    return _rendered_with(name, dict(values))


def _rendered_with(name: str, values: dict[str, Any]) -> SafeString:
    return mark_safe(get_template(name).render(values))


def _rendered(name: str) -> SafeString:
    return mark_safe(get_template(name).render())


@register.simple_tag(takes_context=True)
def may(context: template.Context, act: str) -> bool:
    """Whether who looks at the page may do the act at all."""
    return hooks.may(context["request"].user, act)


@register.simple_tag
def asset(name: str) -> str:
    return assets.asset_url(name)


@register.simple_tag
def avatar(person: Any, size: str = "") -> SafeString:
    """Initials on a tone of the person's own; a user, a customer or a plain name."""
    return _avatar(str(person) if isinstance(person, str) else name_of(person), size)


@lru_cache(maxsize=2000)
def _avatar(name: str, size: str) -> SafeString:
    classes = f"av {size} tone-{tone_of_name(name)}".replace("  ", " ")
    return format_html('<span class="{}" aria-hidden="true">{}</span>', classes, initials(name))


def tone_of_name(name: str) -> str:
    """The colour of somebody's initials, the same wherever they stand."""
    return AVATAR_TONES[hashlib.sha1(name.encode(), usedforsecurity=False).digest()[0] % len(AVATAR_TONES)]


def name_of(person: Any) -> str:
    for attribute in ("full_name", "name", "username"):
        if value := getattr(person, attribute, ""):
            return str(value)
    return "?"


@register.filter
def in_words(field: BoundField) -> SafeString:
    """A form field, with a word instead of dashes where nothing is chosen: a screen reader reads the dashes out."""
    word = _("please choose") if field.field.required else _("none")
    return mark_safe(str(field).replace(f">{DASHES}<", f">{escape(word)}<"))


@register.filter
def initials(name: str) -> str:
    words = [word for word in name.replace("-", " ").split() if word[:1].isalnum() and not word.endswith(".")]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"


@register.filter
def duration(seconds: float | None) -> str:
    """`3:24`, with hours `1:03:24`; a dash for None."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(int(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.simple_tag(name="duration")
def duration_tag(seconds: float | None) -> str:
    return duration(seconds)


@register.filter
def when(moment: datetime | None) -> str:
    """A past moment as people say it: the time today, day and time this year, else the date."""
    return "" if moment is None else when_on(timezone.localdate(), moment)


def when_on(today: date, moment: datetime) -> str:
    """The same on a day, for lists that show many."""
    local = timezone.localtime(moment)
    day = local.date()
    if day == today:
        return f"{local:%H:%M}"
    if day.year == today.year:
        return f"{_day(day, 'MONTH_DAY_FORMAT', get_language())} {local:%H:%M}"
    return _day(day, "SHORT_DATE_FORMAT", get_language())


@register.filter
def when_exactly(moment: datetime) -> str:
    """Date and time to the second."""
    local = timezone.localtime(moment)
    return f"{_day(local.date(), 'SHORT_DATE_FORMAT', get_language())} {local:%H:%M:%S}"


@register.simple_tag
def call_cells(call: Any) -> SafeString:
    """The cells of a call in `calls_table.html` before its recording; through the template language fifty of them
    took a third of the page."""
    read: Callable[[str], Any] = call.get if isinstance(call, dict) else partial(getattr, call)
    at, outcome = when_exactly(read("at")), read("outcome")
    return format_html(
        '<td class="nowrap">{}</td><td>{}{}</td><td>{}</td><td>{}</td>'
        '<td class="num">{}</td><td class="num">{}</td><td>{}</td>',
        format_html('<a class="main" href="{}" data-key-item>{}</a>', read("url"), at) if read("url") else at,
        format_html(
            '<span class="row">{}{}</span>',
            icon(read("direction_icon"), "s", read("direction")),
            read("caller"),
        )
        if read("direction_icon")
        else read("caller"),
        format_html('<small class="mono">{}</small>', read("number")) if read("number") else "",
        read("queue") or "–",
        read("agent") or "–",
        duration(read("waited_seconds")),
        duration(read("talk_seconds")),
        _chip(outcome) if outcome else "",
    )


def _chip(chip: Any) -> SafeString:
    label, tone = (chip["label"], chip["tone"]) if isinstance(chip, dict) else (chip.label, chip.tone)
    return format_html('<span class="chip {}">{}</span>', tone, label)


@lru_cache(maxsize=2000)
def _day(day: date, style: str, _language: str | None) -> str:
    return date_format(day, style)


@register.simple_tag
def timer(since: datetime | float | None, countdown: bool = False, css: str = "") -> SafeString:
    """A clock that runs in the browser: the time since (or, counting down, until) a moment."""
    if since is None:
        return mark_safe("")
    epoch = since.timestamp() if isinstance(since, datetime) else float(since)
    return format_html(
        '<hallom-timer since="{}"{}{}></hallom-timer>',
        f"{epoch:.0f}",
        mark_safe(" countdown") if countdown else "",
        format_html(' class="{}"', css) if css else "",
    )


@register.simple_tag
def wave(seed: str = "", bars: int = 60, css: str = "w", levels: Any = None) -> SafeString:
    """A waveform: of `levels` (0…1 each) when they are known, else a calm one drawn from the seed."""
    if not levels:
        return _calm_wave(str(seed), bars, css)
    return _wave([min(max(float(level), 0.06), 1.0) for level in levels], css)


@lru_cache(maxsize=500)
def _calm_wave(seed: str, bars: int, css: str) -> SafeString:
    return _wave(_drawn(seed, bars), css)


def _wave(heights: list[float], css: str) -> SafeString:
    rects = format_html_join(
        "",
        '<rect x="{}" y="{}" width="2.2" height="{}" rx="1.1"/>',
        ((f"{i * 4.2:.1f}", f"{16 - h * 15:.1f}", f"{h * 30:.1f}") for i, h in enumerate(heights)),
    )
    return format_html(
        '<svg class="{}" viewBox="0 0 {} 32" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        css, f"{len(heights) * 4.2:.0f}", rects,
    )  # fmt: skip


def _drawn(seed: str, bars: int) -> list[float]:
    source = random.Random(seed)
    return [
        0.18 + 0.72 * abs(math.sin(i * 0.47 + source.random() * 0.9)) * (0.45 + 0.55 * source.random())
        for i in range(bars)
    ]


@register.simple_tag
def level(percent: float, target: float = 80) -> SafeString:
    """A small bar of a share of 100, coloured by how far it is from the target."""
    width = 34 * min(max(percent, 0), 100) / 100
    return format_html(
        '<svg class="level {}" viewBox="0 0 34 5" aria-hidden="true">'
        '<rect class="track" width="34" height="5" rx="2.5"/>'
        '<rect class="fill" width="{}" height="5" rx="2.5"/></svg>',
        tone_of(percent, target), f"{width:.1f}",
    )  # fmt: skip


@register.simple_tag
def gauge(percent: float | None, target: float = 80) -> SafeString:
    """The ring of a service level with a mark at its target; empty when nothing was measured."""
    value = min(max(percent or 0, 0), 100)
    around = 2 * math.pi * 38
    angle = 2 * math.pi * target / 100 - math.pi / 2
    x, y = math.cos(angle), math.sin(angle)
    label = (
        _("No service level yet")
        if percent is None
        else _("Service level %(value)s%%, target %(target)s%%")
        % {"value": round(value), "target": round(target)}
    )
    return format_html(
        '<svg class="gauge {tone}" viewBox="0 0 92 92" role="img" aria-label="{label}">'
        '<circle cx="46" cy="46" r="38"/>{value}'
        '<line class="goal" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'
        '<text x="46" y="53"{size}>{text}</text></svg>',
        tone=tone_of(value, target) if percent is not None else "tone-slate",
        label=label,
        value=format_html(
            '<circle class="value" cx="46" cy="46" r="38" stroke-dasharray="{} {}" transform="rotate(-90 46 46)"/>',
            f"{around * value / 100:.1f}", f"{around:.1f}",
        ) if value else "",
        x1=f"{46 + 31 * x:.1f}", y1=f"{46 + 31 * y:.1f}", x2=f"{46 + 45 * x:.1f}", y2=f"{46 + 45 * y:.1f}",
        text=f"{value:.0f}%" if percent is not None else "–",
        size=mark_safe(' class="full"') if value >= 99.5 else "",
    )  # fmt: skip


@register.filter
def tone_of(percent: float, target: float = 80) -> str:
    """Green at the target, amber up to ten points below, red under that."""
    if percent >= target:
        return "tone-pine"
    return "tone-honey" if percent >= target - 10 else "tone-cherry"


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """`light`, `dark` or nothing (as the system has it)."""
    request: HttpRequest | None = context.get("request")
    chosen = getattr(getattr(request, "user", None), "theme", "") or (
        request.COOKIES.get("hallom_theme", "") if request else ""
    )
    return chosen if chosen in ("light", "dark") else ""


@register.simple_tag(takes_context=True)
def rail_entries(context: template.Context) -> tuple[navigation.Link, ...]:
    return navigation.rail(context["request"])


@register.simple_tag(takes_context=True)
def settings_navigation(context: template.Context) -> list[navigation.Section]:
    return navigation.settings_sections(context["request"])


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The page's query string with some values changed (None removes); without what was typed, see typed_search.py."""
    looked_for = context.get("asked")
    values = context["request"].GET.copy()
    if looked_for is not None:
        values = QueryDict(mutable=True)
        values.update({name: value for name, value in looked_for.chosen.items() if value})
    for key, value in changes.items():
        if value is None:
            values.pop(key, None)
        else:
            values[key] = value
    return f"?{values.urlencode()}"
