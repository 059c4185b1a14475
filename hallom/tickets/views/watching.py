"""Who is told what happens to a ticket: oneself, or a colleague."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from hallom.staff.models import User
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets import aside as beside
from hallom.tickets.forms.watching import WatcherForm
from hallom.tickets.views.aside import answer
from hallom.tickets.views.fetch import acting, ticket_for
from hallom.tickets.views.method import is_delete
from hallom.ui.typed_search import typed_search


@login_required
@require_http_methods(["POST", "DELETE"])
@acting
def watch(request: SignedInRequest, number: int) -> HttpResponse:
    ticket = ticket_for(request, number)
    verb = ticket.unwatch if is_delete(request) else ticket.watch
    verb(request.user, by=request.user, now=timezone.now())
    return answer(request, ticket, "watchers", beside.watchers_context(ticket, request.user))


@login_required
@require_POST
@acting
def watchers(request: SignedInRequest, number: int) -> HttpResponse:
    """A ``colleague`` by id, or by what of the name was typed (``q``) if it means one alone."""
    ticket = ticket_for(request, number, "ticket.note")
    form = WatcherForm(request.POST, ticket=ticket, user=request.user)
    if not form.is_valid():
        return answer(request, ticket, "watchers", beside.watchers_context(ticket, request.user, form))
    ticket.watch(form.cleaned_data["colleague"], by=request.user, now=timezone.now())
    return answer(request, ticket, "watchers", beside.watchers_context(ticket, request.user))


@login_required
@require_http_methods(["POST", "DELETE"])
@acting
def watcher(request: SignedInRequest, number: int, pk: int) -> HttpResponse:
    """DELETE: this colleague is told no longer."""
    ticket = ticket_for(request, number, "ticket.note")
    ticket.unwatch(get_object_or_404(User, pk=pk), by=request.user, now=timezone.now())
    return answer(request, ticket, "watchers", beside.watchers_context(ticket, request.user))


@login_required
@require_POST
@typed_search
def choices(request: SignedInRequest, number: int) -> HttpResponse:
    ticket = ticket_for(request, number, "ticket.note", also_gone=True)
    form = WatcherForm(request.POST, ticket=ticket, user=request.user)
    return render(request, "tickets/_watcher_choices.html", {"watcher_form": form})
