"""A customer's history: every contact and every ticket, newest first."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from hallom.customers.card import contacts_of
from hallom.customers.models import Customer
from hallom.staff.models import User
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
    names = dict(
        User.objects.filter(pk__in={one.actor_id for one in contacts}).values_list("pk", "full_name")
    )
    for contact in contacts:
        title = _("The customer called") if contact.direction == "in" else _("We called the customer")
        yield Line(contact.at, "phone", title, names.get(contact.actor_id or 0, ""))


def _own(customer: Customer) -> Iterable[Line]:
    name = Subquery(User.objects.filter(pk=OuterRef("actor_id")).values("full_name")[:1])
    events: Any = Event.objects.filter(customer_id=customer.pk, kind__in=KINDS).annotate(who=name)
    for event in events.order_by("-id")[:MOST]:
        known = event.kind == "customer.registered"
        title = _("Customer registered") if known else _("Data changed")
        yield Line(event.at, "", title, event.who or "Hallom")
