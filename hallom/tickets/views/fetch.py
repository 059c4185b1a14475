from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse

from hallom.customers.joined_rows import JoinedModels
from hallom.staff.permissions import can, require
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets import notices, worklist
from hallom.tickets.models import Draft, SideThread, Ticket

READING = ("GET", "HEAD")
P = ParamSpec("P")
ACTING = "is_acting"

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


def acting(
    view: Callable[Concatenate[SignedInRequest, P], HttpResponse],
) -> Callable[Concatenate[SignedInRequest, P], HttpResponse]:
    """What the view writes is one transaction, in which ``ticket_for`` holds the ticket."""

    @wraps(view)
    def answered(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method in READING:
            return view(request, *args, **kwargs)
        setattr(request, ACTING, True)
        with transaction.atomic():
            return view(request, *args, **kwargs)

    return answered


def ticket_for(
    request: SignedInRequest, number: int, act: str = "ticket.view", *, also_gone: bool = False
) -> Ticket:
    """The ticket, if the user may do the act to it. One the user may not even see does not exist for him.

    Raises Gone for what would change one that was merged or deleted, unless ``also_gone``: what brings it back, and
    what somebody is still writing. Whatever else writes does so in a view that is ``acting``, and until its end nobody
    merges, separates, deletes or moves the ticket.
    """
    is_writing = request.method not in READING and not also_gone
    if is_writing:
        _hold(request, number)
    ticket = _FOUND.first(number, request.user.pk)
    if ticket is None or not can(request.user, "ticket.view", ticket):
        raise Http404
    notices.known_unread(request.user, ticket.__dict__["unread"])
    worklist.known_others(request.user, ticket.__dict__["others_wait"])
    require(request.user, act, ticket)
    is_gone = ticket.merged_into_id is not None or ticket.deleted_at is not None
    if is_gone and is_writing:
        raise Gone(ticket)
    return ticket


def _hold(request: SignedInRequest, number: int) -> None:
    if not getattr(request, ACTING, False):
        raise RuntimeError("a view that writes is acting")
    # Not the key: what names the ticket, as a mail that comes in, need not wait.
    list(Ticket.objects.order_by().select_for_update(no_key=True).filter(number=number).values_list("pk"))


def side_of(ticket: Ticket, key: int | None) -> SideThread | None:
    """The ticket's conversation with a third party; None when none is asked for."""
    if key is None:
        return None
    found = SideThread.objects.filter(pk=key, ticket__in=ticket.family_ids()).first()
    if found is None:
        raise Http404
    return found
