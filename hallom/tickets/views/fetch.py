from django.db.models import Exists, OuterRef
from django.http import Http404

from hallom.customers.joined_rows import JoinedModels
from hallom.staff.permissions import can, require
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets.models import Ticket

_FOUND = JoinedModels(
    Ticket,
    lambda number: (
        Ticket.objects.filter(number=number)
        .select_related("customer__organisation", "owner", "team", "category__parent", "status_name")
        .annotate(has_sources=Exists(Ticket.objects.filter(merged_into=OuterRef("pk"))))
        .order_by()
    ),
)


def ticket_for(request: SignedInRequest, number: int, act: str = "ticket.view") -> Ticket:
    """The ticket, if the user may do the act to it. One the user may not even see does not exist for him."""
    ticket = _FOUND.first(number)
    if ticket is None or not can(request.user, "ticket.view", ticket):
        raise Http404
    require(request.user, act, ticket)
    return ticket
