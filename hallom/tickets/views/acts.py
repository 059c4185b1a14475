"""What is done to a ticket from its page: each act a small form, answered with the fresh head or the page."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.staff.permissions import can
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets.forms import AssignmentForm, FactsForm
from hallom.tickets.models import FieldsMissing, IllegalTransition, StatusName, Ticket
from hallom.tickets.status import move_between
from hallom.tickets.status_choices import choices
from hallom.tickets.views.fetch import acting, ticket_for
from hallom.tickets.views.method import is_delete
from hallom.tickets.views.ticket import head_context
from hallom.ui import fragments


@login_required
@require_http_methods(["GET", "POST"])
@acting
def status(request: SignedInRequest, number: int) -> HttpResponse:
    """GET is the menu, which no page waits for. ``name`` is a status of the house's own by its id, or a meaning that
    has no name; ``move`` a move."""
    ticket = ticket_for(request, number, "ticket.change")
    if request.method == "GET":
        return render(request, "tickets/_statuses.html", {"ticket": ticket, "statuses": choices(ticket)})
    wanted = request.POST.get("name", "")
    if not wanted:
        return _moved(request, ticket, partial(ticket.advance, request.POST.get("move", "")))
    name = StatusName.objects.filter(pk=int(wanted)).first() if _is_id(wanted) else None
    if name is not None:
        return _moved(request, ticket, partial(ticket.set_status, name))
    return _moved(request, ticket, partial(_become, ticket, wanted))


@login_required
@require_http_methods(["POST", "DELETE"])
@acting
def closure(request: SignedInRequest, number: int) -> HttpResponse:
    ticket = ticket_for(request, number, "ticket.change")
    return _moved(request, ticket, ticket.reopen if is_delete(request) else ticket.close)


@login_required
@require_http_methods(["POST", "DELETE"])
@acting
def ownership(request: SignedInRequest, number: int) -> HttpResponse:
    """POST takes a ticket that is nobody's; DELETE gives one's own back to the team."""
    ticket = ticket_for(request, number, "ticket.assign")
    if is_delete(request):
        ticket.assign(None, by=request.user, now=timezone.now())
    elif not ticket.claim(by=request.user, now=timezone.now()):
        messages.warning(request, _("Somebody was faster: the ticket has an owner already."))
        ticket.refresh_from_db()
    return head_answer(request, ticket)


@login_required
@require_http_methods(["GET", "POST"])
@acting
def assignment(request: SignedInRequest, number: int) -> HttpResponse:
    ticket = ticket_for(request, number, "ticket.assign")
    form = AssignmentForm.of(ticket, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        form.keep(ticket, by=request.user, now=timezone.now())
        return _left(request, ticket)
    context = {"ticket": ticket, "form": form, "heading": _("Transfer the ticket"), "submit": _("Transfer")}
    return render(request, "tickets/form.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@acting
def facts(request: SignedInRequest, number: int) -> HttpResponse:
    ticket = ticket_for(request, number, "ticket.change")
    form = FactsForm.of(ticket, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        form.keep(ticket, by=request.user, now=timezone.now())
        return redirect(ticket)
    return render(
        request, "tickets/form.html", {"ticket": ticket, "form": form, "heading": _("Edit the ticket")}
    )


@login_required
@require_http_methods(["GET", "POST"])
@acting
def customer(request: SignedInRequest, number: int) -> HttpResponse:
    """Say whose ticket it is."""
    ticket = ticket_for(request, number, "ticket.change")
    chosen = request.POST.get("customer", "")
    found = Customer.objects.filter(pk=int(chosen)).first() if chosen.isascii() and chosen.isdigit() else None
    if found is not None:
        ticket.change(by=request.user, now=timezone.now(), customer=found)
        return redirect(ticket)
    return render(request, "tickets/customer.html", {"ticket": ticket})


def _moved(request: SignedInRequest, ticket: Ticket, verb: Callable[..., None]) -> HttpResponse:
    try:
        verb(by=request.user, now=timezone.now())
    except FieldsMissing as missing:
        labels = ", ".join(missing.labels)
        messages.warning(request, _("Fill in these fields first: %(fields)s.") % {"fields": labels})
    except IllegalTransition:
        messages.warning(request, _("This is not possible any more: somebody has changed the ticket."))
        ticket.refresh_from_db()
    return head_answer(request, ticket)


def _become(ticket: Ticket, meaning: str, *, by: User, now: datetime) -> None:
    ticket.advance(move_between(ticket.status, meaning), by=by, now=now)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def head_answer(request: SignedInRequest, ticket: Ticket) -> HttpResponse:
    """The fresh head for a script, the page without one."""
    if fragments.wanted(request):
        return render(request, "tickets/_head_alone.html", head_context(request, ticket))
    return redirect(ticket)


def _left(request: SignedInRequest, ticket: Ticket) -> HttpResponse:
    """To the ticket, or to the list if it went where the user may not follow."""
    return redirect(ticket if can(request.user, "ticket.view", ticket) else "tickets:tickets")
