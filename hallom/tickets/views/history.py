from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from hallom.staff.signed_in import SignedInRequest
from hallom.tickets.history_of_changes import changes
from hallom.tickets.views.fetch import ticket_for


@login_required
@require_GET
def history(request: SignedInRequest, number: int) -> HttpResponse:
    ticket = ticket_for(request, number)
    return render(request, "tickets/history.html", {"ticket": ticket, "changes": changes(ticket)})
