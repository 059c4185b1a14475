from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from hallom.staff.signed_in import SignedInRequest
from hallom.tickets.conversation import conversation
from hallom.tickets.forms import EntryForm
from hallom.tickets.models import Ticket
from hallom.tickets.views.fetch import ticket_for
from hallom.tickets.views.ticket import composer_context, page_context
from hallom.ui import fragments


@login_required
@require_GET
def conversation_stream(request: SignedInRequest, number: int) -> HttpResponse:
    ticket = ticket_for(request, number)
    whole = "all" in request.GET
    said = conversation(ticket, request.user, whole=whole)
    return render(request, "tickets/_stream.html", {"ticket": ticket, "conversation": said, "whole": whole})


@login_required
@require_POST
def entries(request: SignedInRequest, number: int) -> HttpResponse:
    """Keep what was written: as an internal note, or as what was said on the telephone. Nothing is sent from here."""
    form = EntryForm(request.POST)
    act = "ticket.change" if request.POST.get("kind") == EntryForm.PUBLIC else "ticket.note"
    ticket = ticket_for(request, number, act)
    if not form.is_valid():
        return _refused(request, ticket, form)
    form.keep(ticket, by=request.user, now=timezone.now())
    if not fragments.wanted(request):
        return redirect(ticket)
    empty = EntryForm(initial={"kind": form.cleaned_data["kind"]})
    said = {"ticket": ticket, "conversation": conversation(ticket, request.user)}
    return render(request, "tickets/_entered.html", {**said, **composer_context(ticket, empty)})


def _refused(request: SignedInRequest, ticket: Ticket, form: EntryForm) -> HttpResponse:
    if not fragments.wanted(request):
        return render(request, "tickets/ticket.html", page_context(request, ticket, form), status=422)
    response = render(request, "tickets/_composer.html", composer_context(ticket, form), status=422)
    response["HX-Retarget"], response["HX-Reswap"] = "#composer", "outerHTML"
    return response
