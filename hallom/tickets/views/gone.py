"""Acts on a ticket that was merged or deleted while somebody still had its page open."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from hallom.tickets.models import Ticket
from hallom.tickets.views.fetch import Gone
from hallom.tickets.views.ticket import head_context, page_context
from hallom.ui import fragments

CONFLICT = 409


class GoneMiddleware:
    """Answers Gone: nothing was changed, and where the ticket is now. What is being written stays in the composer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        return _told(request, problem.ticket) if isinstance(problem, Gone) else None


def _told(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    messages.warning(request, _why(ticket))
    if not fragments.wanted(request):
        context = page_context(request, ticket)  # type: ignore[arg-type]
        return render(request, "tickets/ticket.html", context, status=CONFLICT)
    context = head_context(request, ticket)  # type: ignore[arg-type]
    response = render(request, "tickets/_head_alone.html", context, status=CONFLICT)
    response["HX-Retarget"], response["HX-Reswap"] = "#ticket-head", "outerHTML"
    return response


def _why(ticket: Ticket) -> str:
    if ticket.merged_into_id is None:
        return _("Nothing was changed: this ticket was deleted. It can be restored first.")
    number = ticket.root().number
    return _("Nothing was changed: this ticket was merged into #%(number)d. Please go on there.") % {
        "number": number
    }
