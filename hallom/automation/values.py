"""What the variables of a template stand for, about one ticket and whoever writes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from hallom.automation.variables import FIELD, first_name
from hallom.staff.models import User
from hallom.tickets import fields
from hallom.tickets.models import Field, Ticket

LABELS: Mapping[str, Any] = {
    "customer.name": _("customer's name"),
    "customer.first_name": _("customer's first name"),
    "customer.code": _("customer code"),
    "ticket.number": _("number of the ticket"),
    "ticket.subject": _("subject of the ticket"),
    "agent.name": _("agent's name"),
    "agent.first_name": _("agent's first name"),
    "team.name": _("team's name"),
    "organisation.name": _("customer's organisation"),
    "now.date": _("today's date"),
}


def values_of(ticket: Ticket, user: User | None, *, language: str, now: datetime) -> dict[str, str]:
    """Every variable that has a value, in the words of the language."""
    with translation.override(language or translation.get_language()):
        return {
            **_of_customer(ticket),
            **_of_user(user),
            **{f"{FIELD}{key}": words for key, words in _fields(ticket).items()},
            "ticket.number": str(ticket.root().number),
            "ticket.subject": ticket.subject,
            "team.name": ticket.team.name if ticket.team else "",
            "now.date": date_format(timezone.localdate(now), "DATE_FORMAT"),
        }


def label(name: str) -> str:
    """What people call a variable."""
    if name.startswith(FIELD):
        found = Field.objects.filter(key=name.removeprefix(FIELD)).values_list("label", flat=True).first()
        return found or name
    return str(LABELS.get(name, name))


def _of_customer(ticket: Ticket) -> dict[str, str]:
    customer = ticket.customer
    if customer is None:
        return {}
    person = first_name(customer.name, customer.language) if customer.kind == "person" else customer.name
    return {
        "customer.name": customer.name,
        "customer.first_name": person,
        "customer.code": customer.code,
        "organisation.name": customer.organisation.name if customer.organisation else "",
    }


def _of_user(user: User | None) -> dict[str, str]:
    if user is None:
        return {}
    return {"agent.name": user.full_name, "agent.first_name": first_name(user.full_name, user.language)}


def _fields(ticket: Ticket) -> dict[str, str]:
    if not ticket.fields:
        return {}
    kinds = dict(Field.objects.filter(key__in=ticket.fields).values_list("key", "kind"))
    return {key: fields.in_words(kinds.get(key, "text"), value) for key, value in ticket.fields.items()}
