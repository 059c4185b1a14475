"""Which topics a user may watch: the prefix before the id decides. Unknown topics are nobody's."""

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser

from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.staff.permissions import can
from hallom.tickets.models import Ticket


def _ticket(user: User, key: int | None) -> bool:
    ticket = Ticket.objects.only("owner_id", "team_id").filter(pk=key or 0).first()
    return ticket is not None and can(user, "ticket.view", ticket)


def _customer(user: User, key: int | None) -> bool:
    customer = Customer.objects.only("pk").filter(pk=key or 0).first()
    return customer is not None and can(user, "customer.view", customer)


def _desk(user: User, key: int | None) -> bool:
    return key is not None and (key == user.pk or can(user, "agent.force"))


def _everybodys(act: str) -> Callable[[User, int | None], bool]:
    return lambda user, key: key is None and can(user, act)


RULES: dict[str, Callable[[User, int | None], bool]] = {
    "ticket": _ticket,
    "customer": _customer,
    "desk": _desk,
    "tickets": _everybodys("ticket.view"),
    "calls": _everybodys("call.view"),
    "parked": _everybodys("phone.use"),
    "queues": _everybodys("wallboard.view"),
    "wallboard": _everybodys("wallboard.view"),
}


def allowed(user: User | AnonymousUser, topic: str) -> bool:
    if not isinstance(user, User) or not user.is_active:
        return False
    prefix, _dash, key = topic.partition("-")
    rule = RULES.get(prefix)
    if rule is None or (key and not (key.isascii() and key.isdigit() and len(key) < 19)):
        return False
    return rule(user, int(key) if key else None)
