from django.db.models import Exists, OuterRef
from django.http import Http404

from hallom.customers.joined_rows import JoinedModels
from hallom.staff.permissions import can, require
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets import notices, worklist
from hallom.tickets.models import Draft, SideThread, Ticket

READING = ("GET", "HEAD")

_FOUND = JoinedModels(
    Ticket,
    lambda number, user: (
        Ticket.objects.filter(number=number)
        .select_related("customer__organisation", "owner", "team", "category__parent", "status_name")
        .annotate(
            has_sources=Exists(Ticket.objects.filter(merged_into=OuterRef("pk"))),
            has_drafts=Exists(Draft.objects.filter(ticket=OuterRef("pk"), author=user)),
            unread=notices.unread_count(user),
            others_wait=worklist.others_wait(user),
        )
        .order_by()
    ),
)


class Gone(Exception):
    """The ticket was merged or deleted: who acts on it is told where it went."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__(ticket.number)
        self.ticket = ticket


def ticket_for(
    request: SignedInRequest, number: int, act: str = "ticket.view", *, also_gone: bool = False
) -> Ticket:
    """The ticket, if the user may do the act to it. One the user may not even see does not exist for him.

    Raises Gone for what would change one that was merged or deleted, unless ``also_gone``: what brings it back, and
    what somebody is still writing.
    """
    ticket = _FOUND.first(number, request.user.pk)
    if ticket is None or not can(request.user, "ticket.view", ticket):
        raise Http404
    notices.known_unread(request.user, ticket.__dict__["unread"])
    worklist.known_others(request.user, ticket.__dict__["others_wait"])
    require(request.user, act, ticket)
    is_gone = ticket.merged_into_id is not None or ticket.deleted_at is not None
    if is_gone and not also_gone and request.method not in READING:
        raise Gone(ticket)
    return ticket


def side_of(ticket: Ticket, key: int | None) -> SideThread | None:
    """The ticket's conversation with a third party; None when none is asked for."""
    if key is None:
        return None
    found = SideThread.objects.filter(pk=key, ticket__in=ticket.family_ids()).first()
    if found is None:
        raise Http404
    return found
