from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from hallom.staff.permissions import require, visible
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets.due import due
from hallom.tickets.filters import TicketFilter
from hallom.tickets.models import Ticket
from hallom.ui import fragments

ROWS = 50


@login_required
@require_GET
def tickets(request: SignedInRequest) -> HttpResponse:
    require(request.user, "ticket.view")
    chosen = TicketFilter(request.GET, user=request.user)
    found = chosen.apply(visible(request.user, Ticket.objects.all()))
    page = Paginator(found.select_related("customer", "owner", "team"), ROWS).get_page(
        request.GET.get("page")
    )
    now = timezone.now()
    rows = [{"ticket": ticket, "due": due(ticket.deadline, now)} for ticket in page]
    template = "tickets/_ticket_rows.html" if fragments.wanted(request) else "tickets/ticket_list.html"
    return render(request, template, {"filter": chosen, "page": page, "rows": rows})
