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
from hallom.staff.permissions import require
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets import worklist
from hallom.tickets.models import Ticket

ROWS = 25


@login_required
@require_GET
def waiting_mail(request: SignedInRequest) -> HttpResponse:
    """Strangers' mails about tickets the user may decide about, oldest first, each with its question."""
    require(request.user, waiting.ACT)
    page = Paginator(waiting.strangers(request.user), ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [_row(mail) for mail in page],
        "strangers": page.paginator.count,
        "undelivered": worklist.count_of(request.user, waiting.UNDELIVERED),
    }
    return render(request, "mail/waiting.html", context)


def _row(mail: IncomingMail) -> tuple[Ticket | None, Stranger]:
    ticket = mail.ticket.root() if mail.ticket else None
    stranger = Stranger(
        pk=mail.pk,
        name=mail.from_name,
        address=mail.from_address,
        subject=mail.subject,
        excerpt=mail.excerpt,
        at=mail.received_at,
        customer=ticket.customer.name if ticket and ticket.customer else "",
        may_decide=True,
    )
    return ticket, stranger
