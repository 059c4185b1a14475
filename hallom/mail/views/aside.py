"""Mail that was set aside until somebody decides."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from hallom.mail import waiting
from hallom.mail.in_conversation import Stranger
from hallom.mail.models import IncomingMail
from hallom.staff.models import User
from hallom.staff.permissions import can, require
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets import worklist
from hallom.tickets.models import Ticket
from hallom.tickets.shown import shown

ROWS = 25


@login_required
@require_GET
def waiting_mail(request: SignedInRequest) -> HttpResponse:
    """Strangers' mails about tickets the user may decide about, oldest first, each with its question."""
    require(request.user, waiting.ACT)
    page = Paginator(waiting.strangers(request.user), ROWS).get_page(request.GET.get("page"))
    tickets = shown(mail.ticket for mail in page if mail.ticket)
    context = {
        "page": page,
        "rows": [_row(mail, tickets, request.user) for mail in page],
        "strangers": page.paginator.count,
        "undelivered": worklist.count_of(request.user, waiting.UNDELIVERED),
    }
    return render(request, "mail/waiting.html", context)


def _row(mail: IncomingMail, tickets: dict[int, Ticket], user: User) -> tuple[Ticket | None, Stranger]:
    ticket = tickets[mail.ticket.pk] if mail.ticket else None
    may_decide = can(user, waiting.ACT, ticket)
    if not may_decide:
        # Merged into a ticket of another team: neither its words nor whose it is are this user's.
        ticket = mail.ticket
    stranger = Stranger(
        pk=mail.pk,
        name=mail.from_name,
        address=mail.from_address,
        subject=mail.subject,
        excerpt=mail.excerpt,
        at=mail.received_at,
        customer=ticket.customer.name if ticket and ticket.customer else "",
        may_decide=may_decide,
    )
    return ticket, stranger
