"""What tickets hand to the customer's card."""

from collections.abc import Iterator
from itertools import islice

from hallom.customers.card import Matter
from hallom.customers.joined_rows import JoinedModels
from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.staff.permissions import can
from hallom.tickets.models import Ticket
from hallom.tickets.status import UNFINISHED

MOST = 10
_UNFINISHED = JoinedModels(
    Ticket,
    lambda customer: (
        Ticket.objects.current()
        .filter(customer=customer, status__in=UNFINISHED)
        .select_related("status_name")
        .order_by("deadline", "id")
    ),
)


def open_matters(customer: Customer, user: User) -> Iterator[Matter]:
    tickets = _UNFINISHED.objects(customer.pk)
    for ticket in islice((ticket for ticket in tickets if can(user, "ticket.view", ticket)), MOST):
        yield Matter(
            title=ticket.subject,
            url=ticket.get_absolute_url(),
            detail=f"#{ticket.number}",
            chip=ticket.status_label,
            tone=ticket.tone,
            ticket_id=ticket.pk,
        )
