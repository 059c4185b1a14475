"""The card in the words of the page: what ``ui/components/customer_card.html`` shows."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hallom.customers.card import Card, Contact, Month, Repeat
from hallom.hours.dates import short_day
from hallom.staff.models import User
from hallom.staff.permissions import can

BAR_STEP, BLOCK = 25.6, 6.6
MOST_BLOCKS = 4


def card_for_page(card: Card, user: User) -> dict[str, Any]:
    customer = card.customer
    return {
        "name": customer.name,
        "code": customer.code,
        "url": customer.get_absolute_url() if can(user, "customer.view", customer) else "",
        "is_verified": customer.is_verified,
        "facts": list(_facts(card, can_call=can(user, "phone.use"))),
        "manner": customer.manner,
        "repeat": _repeat(card.repeat) if card.repeat else None,
        "lists": [_matters(card)],
        "months": _months(card),
        "topic": customer.topic,
        "pk": customer.pk,
    }


def _facts(card: Card, *, can_call: bool) -> Iterator[dict[str, Any]]:
    customer = card.customer
    if customer.organisation:
        yield _fact("building-2", _("Organisation"), customer.organisation.name)
    for address in card.addresses[:1]:
        yield _fact("map-pin", _("Address"), str(address))
    for phone in card.phones[:3]:
        yield _fact("phone", _("Telephone"), phone.shown) | ({"dial": phone.shown} if can_call else {})
    for email in card.emails[:2]:
        yield _fact("mail", _("E-mail"), email.value)
    if card.birth_date:
        yield _fact("id-card", _("Date of birth"), card.birth_date)
    for service in card.services[:3]:
        yield _fact("wifi", _("Service"), _service(service, card))


def _service(name: str, card: Card) -> str:
    since = card.customer.since
    if since is None:
        return name
    return _("%(service)s · customer since %(year)s") % {"service": name, "year": since.year}


def _fact(icon: str, label: str, text: str) -> dict[str, Any]:
    return {"icon": icon, "label": label, "text": text}


def _repeat(repeat: Repeat) -> dict[str, str]:
    times = [_when(contact) for contact in repeat.contacts]
    if repeat.is_live:
        times.append(_("now"))
    title = _("Contact no. %(number)d about the same thing") % {"number": repeat.count}
    advice = _("We did not solve it the first time: do not pass it on.")
    return {"title": title, "text": f"{' · '.join(times)}. {advice}"}


def _when(contact: Contact) -> str:
    return f"{short_day(timezone.localdate(contact.at))} {channel_name(contact.channel)}"


def channel_name(channel: str) -> str:
    names = {
        "phone": _("call"),
        "email": _("e-mail"),
        "chat": _("chat"),
        "sms": _("SMS"),
        "web": _("web form"),
        "in_person": _("in person"),
    }
    return names.get(channel, channel)


def _matters(card: Card) -> dict[str, Any]:
    rows = [
        {
            "icon": matter.icon,
            "title": matter.title,
            "detail": matter.detail,
            "url": matter.url,
            "chip": {"label": matter.chip, "tone": matter.tone} if matter.chip else None,
        }
        for matter in card.matters
    ]
    return {"title": _("Open matters"), "rows": rows, "empty": _("Nothing is open.")}


def _months(card: Card) -> dict[str, Any]:
    calls = ngettext("%(count)d call", "%(count)d calls", card.calls) % {"count": card.calls}
    others = ngettext("%(count)d message", "%(count)d messages", card.writings) % {"count": card.writings}
    return {
        "title": _("Contacts in 12 months"),
        "aside": f"{calls} · {others}",
        "label": ", ".join(_month_label(month) for month in card.months if month.contacts) or _("none"),
        "bars": [_bar(number, month.contacts, month.repeats) for number, month in enumerate(card.months)],
    }


def _month_label(month: Month) -> str:
    return f"{capfirst(date_format(month.first, 'YEAR_MONTH_FORMAT'))}: {month.contacts}"


@lru_cache(maxsize=500)
def _bar(number: int, contacts: int, repeats: int) -> SafeString:
    """A column of blocks, one a contact, repeated ones from the bottom up; the fourth stands for all further ones."""
    x = f"{2 + BAR_STEP * number:.1f}"
    track = format_html('<rect class="track" x="{}" y="27" width="18" height="2" rx="1"/>', x)
    blocks = format_html_join(
        "",
        '<rect class="{}" x="{}" y="{}" width="18" height="5" rx="2"/>',
        (
            ("again" if place < repeats else "hit", x, f"{20 - BLOCK * place:.1f}")
            for place in range(min(contacts, MOST_BLOCKS))
        ),
    )
    return track + blocks
