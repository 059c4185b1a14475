from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from hallom.staff.signed_in import SignedInRequest
from hallom.tickets.composing import CALL, NOTE, Composers, Composing
from hallom.tickets.conversation import conversation
from hallom.tickets.forms import EntryForm
from hallom.tickets.models import Ticket
from hallom.tickets.views.fetch import acting, ticket_for
from hallom.tickets.views.ticket import composer_context, page_context
from hallom.tickets.written import html_of
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
@acting
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
    said = conversation(ticket, request.user)
    kind = NOTE if form.cleaned_data["kind"] == EntryForm.NOTE else CALL
    composers = Composers(ticket, request.user, said)
    context = {"ticket": ticket, "conversation": said, **composer_context(composers, composers.of_kind(kind))}
    return render(request, "tickets/_entered.html", context)


def _refused(request: SignedInRequest, ticket: Ticket, form: EntryForm) -> HttpResponse:
    error = " ".join(str(one) for errors in form.errors.values() for one in errors)
    # Whatever it was to be, shown again it cannot leave by mistake.
    kind = CALL if form.data.get("kind") == EntryForm.PUBLIC else NOTE
    shown = Composing(
        kind, html=html_of(form.data.get("body", "")), said=form.data.get("said", ""), error=error
    )
    if not fragments.wanted(request):
        return render(request, "tickets/ticket.html", page_context(request, ticket, shown), status=422)
    composers = Composers(ticket, request.user, conversation(ticket, request.user))
    response = render(request, "tickets/_composer.html", composer_context(composers, shown), status=422)
    response["HX-Retarget"], response["HX-Reswap"] = "#composer", "outerHTML"
    return response
