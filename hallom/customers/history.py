"""A customer's history: every contact and every ticket, newest first."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from hallom.customers.card import Contact, contacts_of
from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.staff.names import name_of
from hallom.timeline.models import Event
from hallom.timeline.prepared import PreparedRows

MOST = 200
KINDS = ("customer.registered", "customer.changed")


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    channel: str
    title: str
    detail: str = ""
    url: str = ""


Loader = Callable[[Customer, User], Iterable[Line]]
_loaders: dict[str, Loader] = {}


def register(name: str, loader: Loader) -> None:
    """A room above hands in what it remembers of a customer; the loader asks its own permissions for the user."""
    _loaders[name] = loader


def history(customer: Customer, user: User, *, contacts: Iterable[Contact] | None = None) -> list[Line]:
    """``contacts`` spares the query when the page's card has read them already."""
    known = contacts_of(customer, timezone.now()) if contacts is None else contacts
    lines = [
        *_own(customer),
        *_calls(known),
        *(line for loader in _loaders.values() for line in loader(customer, user)),
    ]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:MOST]


def _calls(contacts: Iterable[Contact]) -> Iterable[Line]:
    for contact in contacts:
        if not (contact.is_call and contact.call):
            continue
        title = _("The customer called") if contact.direction == "in" else _("We called the customer")
        yield Line(contact.at, "phone", title, name_of(contact.actor_id) if contact.actor_id else "")


_OWN = PreparedRows(
    lambda customer: (
        Event.objects.filter(customer_id=customer, kind__in=KINDS)
        .order_by("-id")
        .values_list("kind", "at", "actor_id")[:MOST]
    )
)


def _own(customer: Customer) -> Iterable[Line]:
    for kind, at, actor in _OWN(customer.pk):
        title = _("Customer registered") if kind == "customer.registered" else _("Data changed")
        yield Line(at, "", title, name_of(actor))
