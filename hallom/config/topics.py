"""Who may hear that a thing has changed."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser

from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.staff.permissions import can, visible
from hallom.tickets.models import Ticket


def _ticket(user: User, number: int) -> bool:
    return visible(user, Ticket.objects.filter(pk=number)).exists()


def _customer(user: User, number: int) -> bool:
    return visible(user, Customer.objects.filter(pk=number)).exists()


def _desk(user: User, number: int) -> bool:
    return user.pk == number or can(user, "agent.force")


# A prefix and the number after it.
NUMBERED: dict[str, Callable[[User, int], bool]] = {"ticket": _ticket, "customer": _customer, "desk": _desk}
PLAIN: dict[str, Callable[[User], bool]] = {
    "queues": lambda user: can(user, "wallboard.view"),
    "wallboard": lambda user: can(user, "wallboard.view"),
    "calls": lambda user: can(user, "call.view"),
}


def allowed(user: User | AnonymousUser, topic: str) -> bool:
    """Whether the user may watch the topic; no for a topic nobody knows."""
    if not isinstance(user, User) or not user.is_active:
        return False
    if topic in PLAIN:
        return PLAIN[topic](user)
    prefix, _, number = topic.rpartition("-")
    if prefix not in NUMBERED or not (number.isascii() and number.isdigit()):
        return False
    return NUMBERED[prefix](user, int(number))
