"""Where Ctrl-K leads: commands and pages by their names, tickets by number or words, customers by anything, articles by
their words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hallom.customers import lookup
from hallom.customers.folding import fold
from hallom.desk import destinations, ticket_here
from hallom.desk.found import Found
from hallom.knowledge import listed
from hallom.knowledge.reading import languages_of, readable
from hallom.knowledge.search import matching
from hallom.staff.models import User
from hallom.staff.permissions import can, visible
from hallom.tickets.filters import TicketFilter
from hallom.tickets.models import Ticket
from hallom.timeline.models import Event
from hallom.ui import navigation

MOST_RECENT = 8
MOST_OF_A_KIND = 6
LONGEST_TEXT = 100
# How far back the last things one did are looked for.
EVENTS_LOOKED_AT = 200
# As one would say it in each language of the house, whatever one's screens speak.
CALL = frozenset({"call", "hivd", "hivas", "hivj", "zadzwon", "dzwon"})


@dataclass(frozen=True, slots=True)
class Group:
    label: str
    items: list[Found]


def search(request: HttpRequest, user: User, text: str, *, now: datetime) -> list[Group]:
    text = text.strip()[:LONGEST_TEXT]
    if not text:
        groups = [
            Group(_("Last worked on"), _recent(user)),
            Group(_("This ticket"), _here(request, user, "")),
            Group(_("Go to"), _places(request, user, "")),
        ]
    else:
        groups = [
            Group(_("This ticket"), _here(request, user, text)),
            Group(_("Go to"), _places(request, user, text)[:MOST_OF_A_KIND]),
            Group(_("Tickets"), _tickets(user, text, now)),
            Group(_("Customers"), _customers(user, text)),
            Group(_("Articles"), _articles(user, text)),
        ]
        numbers = Group(pgettext("verb", "Call"), _numbers(user, text))
        groups.insert(0 if _asks_to_call(text) else len(groups), numbers)
    return [group for group in groups if group.items]


def _places(request: HttpRequest, user: User, text: str) -> list[Found]:
    """Pages and what can be begun from anywhere, each word of the text at the beginning of a word of the name."""
    commands = []
    if can(user, "ticket.open"):
        commands.append(Found(reverse("tickets:new"), "plus", _("New ticket"), key="C"))
    rail = [Found(link.url, link.icon, str(link.label)) for link in navigation.rail(request)]
    pages = [
        Found(link.url, "settings", str(link.label), str(section.label))
        for section in navigation.settings_sections(request)
        for link in section.links
    ]
    if not text:
        return [*commands, *rail]
    wanted = fold(text).split()
    return [place for place in (*commands, *rail, *pages) if _begins(wanted, fold(place.title).split())]


def _here(request: HttpRequest, user: User, text: str) -> list[Found]:
    wanted = fold(text).split()
    return [way for way in ticket_here.ways(request, user) if _begins(wanted, fold(way.title).split())]


def _begins(wanted: Iterable[str], words: list[str]) -> bool:
    return all(any(word.startswith(piece) for word in words) for piece in wanted)


def _recent(user: User) -> list[Found]:
    last = Event.objects.filter(actor_id=user.pk, ticket_id__isnull=False).order_by("-id")[:EVENTS_LOOKED_AT]
    newest = (
        Event.objects.filter(pk__in=last.values("pk"))
        .values("ticket_id")
        .annotate(newest=Max("pk"))
        .order_by("-newest")
    )
    keys = [row["ticket_id"] for row in newest[:MOST_RECENT] if row["ticket_id"]]
    found = {
        ticket.pk: ticket
        for ticket in visible(user, Ticket.objects.filter(pk__in=keys)).select_related("customer")
    }
    return [_ticket(found[key]) for key in keys if key in found]


def _tickets(user: User, text: str, now: datetime) -> list[Found]:
    if not can(user, "ticket.view"):
        return []
    given: dict[str, Any] = {"q": text, "status": "all"}
    found = TicketFilter(given, user=user, now=now).apply(visible(user, Ticket.objects.all()))
    return [_ticket(ticket) for ticket in found.select_related("customer")[:MOST_OF_A_KIND]]


def _customers(user: User, text: str) -> list[Found]:
    if not can(user, "customer.view"):
        return []
    found = visible(user, lookup.by_text(text))[:MOST_OF_A_KIND]
    return [Found(one.get_absolute_url(), "user", one.name, one.code) for one in found]


def _articles(user: User, text: str) -> list[Found]:
    if not can(user, "article.view"):
        return []
    languages = languages_of(user)
    found = listed.with_versions(matching(readable(user), text))[:MOST_OF_A_KIND]
    rows = listed.rows(found, languages)
    return [
        Found(
            row.article.get_absolute_url(),
            "book-open-text",
            row.version.title,
            str(row.article.category or ""),
        )
        for row in rows
    ]


def _numbers(user: User, text: str) -> list[Found]:
    """`call 06 30 …`, or a number alone: dialled at once."""
    typed = text.partition(" ")[2] if _asks_to_call(text) else text
    number = destinations.typed_number(typed)
    if number is None or not can(user, "phone.use"):
        return []
    title = _("Call %(number)s") % {"number": number.name}
    return [Found(reverse("desk:home"), "phone-outgoing", title, dial=number.to.removeprefix("outside:"))]


def _asks_to_call(text: str) -> bool:
    return fold(text.partition(" ")[0]) in CALL


def _ticket(ticket: Ticket) -> Found:
    detail = f"#{ticket.number}" + (f" · {ticket.customer.name}" if ticket.customer else "")
    return Found(ticket.get_absolute_url(), "ticket", ticket.subject, detail)
