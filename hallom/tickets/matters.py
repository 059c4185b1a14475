"""What tickets hand to the customer's card."""

from collections.abc import Iterator

from hallom.customers.card import Matter
from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.staff.permissions import visible
from hallom.tickets.models import Ticket
from hallom.tickets.status import UNFINISHED

MOST = 10


def open_matters(customer: Customer, user: User) -> Iterator[Matter]:
    tickets = visible(user, Ticket.objects.filter(customer=customer, status__in=UNFINISHED))
    for ticket in tickets.order_by("deadline", "id")[:MOST]:
        yield Matter(
            title=ticket.subject,
            url=ticket.get_absolute_url(),
            detail=f"#{ticket.number}",
            chip=ticket.get_status_display(),
            tone=ticket.tone,
            ticket_id=ticket.pk,
        )
