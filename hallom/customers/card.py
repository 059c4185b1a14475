"""The customer's card: who this is, what is open, when we met. Shown before the call is answered."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import JSONObject
from django.utils import timezone

from hallom.customers.models import Address, ContactKind, ContactPoint, Customer, Service
from hallom.staff.models import User
from hallom.timeline.models import Event
from hallom.timeline.prepared import PreparedRows

MONTHS = 12
MOST_CONTACTS = 300
# From the second contact on the same matter we say so: the first answer did not help.
REPEATED = 2


@dataclass(frozen=True, slots=True)
class Matter:
    """Something open: a ticket, an order, a visit. ``chip`` is the word beside it, ``tone`` its colour class."""

    title: str
    url: str
    icon: str = "ticket"
    detail: str = ""
    chip: str = ""
    tone: str = ""
    ticket_id: int | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """One time we and the customer were in touch."""

    at: datetime
    channel: str
    direction: str
    ticket_id: int | None
    call: str
    actor_id: int | None

    @property
    def is_call(self) -> bool:
        return self.channel == "phone"


@dataclass(frozen=True, slots=True)
class Repeat:
    """The customer keeps coming back about one matter; a live call counts as the last of ``count``."""

    matter: Matter
    count: int
    contacts: tuple[Contact, ...]
    is_live: bool


@dataclass(frozen=True, slots=True)
class Month:
    first: date
    contacts: int
    repeats: int


@dataclass(frozen=True, slots=True)
class Card:
    customer: Customer
    phones: tuple[ContactPoint, ...]
    emails: tuple[ContactPoint, ...]
    addresses: tuple[Address, ...]
    services: tuple[str, ...]
    birth_date: str
    matters: tuple[Matter, ...]
    contacts: tuple[Contact, ...]
    repeat: Repeat | None
    months: tuple[Month, ...]
    calls: int = field(default=0)
    writings: int = field(default=0)


_CONTACTS = PreparedRows(
    lambda customer: (
        Event.objects.filter(customer_id=customer, data__has_key="contact")
        .order_by("-at", "-id")
        .values_list("pk", "at", "data", "ticket_id", "call", "actor_id")[:MOST_CONTACTS]
    )
)
_POINT = ("id", "kind", "value", "normalised", "label", "is_preferred", "bounced_at")
_on_the_line: list[Exists] = []


def _beside(customer: int) -> QuerySet[Customer, Any]:
    """How to reach the customer, services and whether he is on the line, in one query: a page may ask fifteen."""
    points = ContactPoint.objects.filter(customer=OuterRef("pk")).annotate(
        parts=JSONObject(**{name: name for name in _POINT})
    )
    parts = JSONObject(postcode="postcode", town="town", street="street")
    addresses = Address.objects.filter(customer=OuterRef("pk")).order_by("id").annotate(parts=parts)
    services = Service.objects.filter(customer=OuterRef("pk")).order_by("since", "id").values("name")
    live = _on_the_line[0] if _on_the_line else Value(False)
    return (
        Customer.objects.filter(pk=customer)
        .order_by()
        .values_list(
            ArraySubquery(points.values("parts")),
            ArraySubquery(addresses.values("parts")),
            ArraySubquery(services),
            live,
        )
    )


_BESIDE = PreparedRows(_beside)

Loader = Callable[[Customer, User], Iterable[Matter]]
_loaders: dict[str, Loader] = {}


def register(name: str, loader: Loader) -> None:
    """A room above hands in what it keeps open for a customer; it asks its own permissions for the user."""
    _loaders[name] = loader


def register_line(on_the_line: Exists) -> None:
    """A room above says by which rows of its own, for ``OuterRef("pk")`` of a customer, that one is on the line now,
    not yet about anything known."""
    _on_the_line[:] = [on_the_line]


def card(customer: Customer, user: User, *, now: datetime | None = None, live: bool = False) -> Card:
    """The card as this user may see it; ``live`` says that the customer is on the line even if no room knows it."""
    now = now or timezone.now()
    matters = [matter for loader in _loaders.values() for matter in loader(customer, user)]
    contacts = contacts_of(customer, now)
    given, addresses, services, on_the_line = next(iter(_BESIDE(customer.pk)), ((), (), (), False))
    repeat = _repeat(matters, contacts, live or on_the_line)
    points = [_point(customer, parts) for parts in given]
    return Card(
        customer=customer,
        phones=tuple(point for point in points if point.kind == ContactKind.PHONE),
        emails=tuple(point for point in points if point.kind == ContactKind.EMAIL),
        addresses=tuple(Address(customer=customer, **parts) for parts in addresses),
        services=tuple(services),
        birth_date=customer.birth_date_masked(),
        matters=tuple(matters),
        contacts=tuple(contacts),
        repeat=repeat,
        months=months_of(contacts, repeat, timezone.localdate(now)),
        calls=sum(contact.is_call for contact in contacts),
        writings=sum(not contact.is_call for contact in contacts),
    )


def _point(customer: Customer, parts: dict[str, Any]) -> ContactPoint:
    point = ContactPoint(customer=customer, **parts)
    if parts["bounced_at"]:
        point.bounced_at = datetime.fromisoformat(parts["bounced_at"])
    return point


def contacts_of(customer: Customer, now: datetime) -> list[Contact]:
    """Contacts of the last twelve months, newest first; a call told of by several events counts once."""
    since = now - timedelta(days=366)
    found: dict[object, Contact] = {}
    for pk, at, data, ticket, call, actor in _CONTACTS(customer.pk):
        if at < since:
            break
        key: object = call or pk
        known = found.get(key)
        if known is None or (known.ticket_id is None and ticket is not None):
            direction = data.get("direction", "in")
            found[key] = Contact(at, data["contact"], direction, ticket_id=ticket, call=call, actor_id=actor)
    return sorted(found.values(), key=lambda contact: contact.at, reverse=True)


def months_of(contacts: Iterable[Contact], repeat: Repeat | None, today: date) -> tuple[Month, ...]:
    """Contacts counted by month, the oldest of twelve first."""
    repeated = {id(contact) for contact in repeat.contacts} if repeat else set()
    every: Counter[date] = Counter()
    again: Counter[date] = Counter()
    for contact in contacts:
        first = timezone.localdate(contact.at).replace(day=1)
        every[first] += 1
        again[first] += id(contact) in repeated
    return tuple(Month(first, every[first], again[first]) for first in _firsts(today))


def _repeat(matters: Sequence[Matter], contacts: Iterable[Contact], live: bool) -> Repeat | None:
    by_ticket: dict[int, list[Contact]] = {}
    for contact in contacts:
        if contact.ticket_id is not None and contact.direction == "in":
            by_ticket.setdefault(contact.ticket_id, []).append(contact)
    best: Repeat | None = None
    for matter in matters:
        about = by_ticket.get(matter.ticket_id, []) if matter.ticket_id is not None else []
        count = len(about) + (1 if live and about else 0)
        if count >= REPEATED and (best is None or count > best.count):
            best = Repeat(matter, count, tuple(reversed(about)), live)
    return best


def _firsts(today: date) -> list[date]:
    months = [today.year * 12 + today.month - 1 - back for back in range(MONTHS - 1, -1, -1)]
    return [date(month // 12, month % 12 + 1, 1) for month in months]
