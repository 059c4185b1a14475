"""A customer's history: every contact and every ticket, newest first."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from hallom.customers.card import contacts_of
from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.staff.names import name_of
from hallom.timeline.models import Event

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


def history(customer: Customer, user: User) -> list[Line]:
    lines = [
        *_own(customer),
        *_calls(customer),
        *(line for loader in _loaders.values() for line in loader(customer, user)),
    ]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:MOST]


def _calls(customer: Customer) -> Iterable[Line]:
    contacts = [
        contact for contact in contacts_of(customer, timezone.now()) if contact.is_call and contact.call
    ]
    for contact in contacts:
        title = _("The customer called") if contact.direction == "in" else _("We called the customer")
        yield Line(contact.at, "phone", title, name_of(contact.actor_id) if contact.actor_id else "")


def _own(customer: Customer) -> Iterable[Line]:
    events = Event.objects.filter(customer_id=customer.pk, kind__in=KINDS)
    for event in events.order_by("-id")[:MOST]:
        known = event.kind == "customer.registered"
        title = _("Customer registered") if known else _("Data changed")
        yield Line(event.at, "", title, name_of(event.actor_id))
