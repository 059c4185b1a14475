"""Out of the work list for a while, or out of sight, and back."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hallom.staff.signed_in import SignedInRequest
from hallom.tickets.forms.acts import SnoozeForm, moments
from hallom.tickets.views.acts import head_answer
from hallom.tickets.views.fetch import acting, ticket_for
from hallom.tickets.views.method import is_delete


@login_required
@require_http_methods(["GET", "POST", "DELETE"])
@acting
def snooze(request: SignedInRequest, number: int) -> HttpResponse:
    """POST with ``for`` (one of the usual moments) or ``until``; DELETE wakes."""
    ticket = ticket_for(request, number, "ticket.change")
    now = timezone.now()
    usual = moments(now)
    if is_delete(request):
        ticket.wake(by=request.user, now=now)
        return head_answer(request, ticket)
    if request.POST.get("for", "") in usual:
        ticket.snooze(until=usual[request.POST["for"]][1], by=request.user, now=now)
        return head_answer(request, ticket)
    form = SnoozeForm(request.POST if request.method == "POST" else None, now=now)
    if request.method == "POST" and form.is_valid():
        ticket.snooze(until=form.cleaned_data["until"], by=request.user, now=now)
        return head_answer(request, ticket)
    context = {"ticket": ticket, "form": form, "moments": usual, "heading": _("Snooze the ticket")}
    return render(request, "tickets/snooze.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["POST", "DELETE"])
@acting
def spam(request: SignedInRequest, number: int) -> HttpResponse:
    ticket = ticket_for(request, number, "ticket.spam")
    verb = ticket.not_spam if is_delete(request) else ticket.mark_spam
    verb(by=request.user, now=timezone.now())
    return head_answer(request, ticket)


@login_required
@require_http_methods(["POST", "DELETE"])
def deletion(request: SignedInRequest, number: int) -> HttpResponse:
    ticket = ticket_for(request, number, "ticket.delete", also_gone=True)
    verb = ticket.restore if is_delete(request) else ticket.delete_softly
    verb(by=request.user, now=timezone.now())
    return head_answer(request, ticket)
