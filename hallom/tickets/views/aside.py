"""What stands beside the conversation: each act is answered with its own part of the page."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from hallom.staff.signed_in import SignedInRequest
from hallom.tickets import aside as beside
from hallom.tickets.forms.acts import ChecklistForm, LinkForm, StepForm, TimeForm
from hallom.tickets.forms.own_fields import OwnFieldsForm
from hallom.tickets.models import CannotLink, ChecklistItem, Ticket, TimeSpent, TooMany
from hallom.tickets.views.fetch import acting, ticket_for
from hallom.tickets.views.method import is_delete
from hallom.ui import fragments

WHY_NOT_LINKED = {
    "itself": _("A ticket is not linked to itself."),
    "cycle": _("This would make a ticket part of itself."),
}


@login_required
@require_GET
def aside(request: SignedInRequest, number: int) -> HttpResponse:
    ticket = ticket_for(request, number)
    return render(request, "tickets/_aside.html", beside.aside_context(ticket, request.user))


@login_required
@require_http_methods(["GET", "POST"])
@acting
def steps(request: SignedInRequest, number: int) -> HttpResponse:
    """POST adds a step by its ``text``, or all of a ``checklist``."""
    ticket = ticket_for(request, number, "ticket.change" if request.method == "POST" else "ticket.view")
    form = StepForm(request.POST if request.method == "POST" else None, auto_id="step-%s")
    chosen = ChecklistForm(request.POST) if "checklist" in request.POST else None
    try:
        if chosen is not None and chosen.is_valid():
            ticket.add_steps(chosen.cleaned_data["checklist"].steps, by=request.user, now=timezone.now())
        elif chosen is None and request.method == "POST" and form.is_valid():
            ticket.add_step(form.cleaned_data["text"], by=request.user, now=timezone.now())
    except TooMany:
        form.add_error(None, _("A ticket has no more than a hundred steps."))
    refused = form if request.method == "POST" and chosen is None and form.errors else None
    return answer(request, ticket, "steps", beside.steps_context(ticket, request.user, refused))


@login_required
@require_http_methods(["POST", "DELETE"])
@acting
def step(request: SignedInRequest, number: int, pk: int) -> HttpResponse:
    """POST ticks it off, or with ``done=0`` takes that back; DELETE removes it."""
    ticket = ticket_for(request, number, "ticket.change")
    item = get_object_or_404(ChecklistItem, pk=pk, ticket=ticket)
    now = timezone.now()
    if is_delete(request):
        ticket.remove_step(item, by=request.user, now=now)
    elif request.POST.get("done") == "0":
        ticket.untick_step(item, by=request.user, now=now)
    else:
        ticket.tick_step(item, by=request.user, now=now)
    return answer(request, ticket, "steps", beside.steps_context(ticket, request.user))


@login_required
@require_http_methods(["GET", "POST"])
@acting
def links(request: SignedInRequest, number: int) -> HttpResponse:
    ticket = ticket_for(request, number, "ticket.change" if request.method == "POST" else "ticket.view")
    form = None
    if request.method == "POST":
        form = LinkForm(request.POST, user=request.user, auto_id="link-%s")
        if form.is_valid() and _is_linked(ticket, form, request):
            form = None
    return answer(request, ticket, "links", beside.links_context(ticket, request.user, form))


@login_required
@require_http_methods(["POST", "DELETE"])
@acting
def link(request: SignedInRequest, number: int, other: int) -> HttpResponse:
    """DELETE takes the link to the other ticket back."""
    ticket = ticket_for(request, number, "ticket.change")
    ticket.unlink(ticket_for(request, other, also_gone=True), by=request.user, now=timezone.now())
    return answer(request, ticket, "links", beside.links_context(ticket, request.user))


@login_required
@require_http_methods(["GET", "POST"])
@acting
def time(request: SignedInRequest, number: int) -> HttpResponse:
    ticket = ticket_for(request, number, "ticket.change" if request.method == "POST" else "ticket.view")
    form = TimeForm(request.POST, auto_id="time-%s") if request.method == "POST" else None
    if form is not None and form.is_valid():
        given = form.cleaned_data
        ticket.spend(given["minutes"] * 60, on=given["on"], by=request.user, now=timezone.now())
        form = None
    return answer(request, ticket, "time", beside.time_context(ticket, request.user, form))


@login_required
@require_http_methods(["POST", "DELETE"])
@acting
def time_row(request: SignedInRequest, number: int, pk: int) -> HttpResponse:
    """DELETE takes back what one has written down oneself."""
    ticket = ticket_for(request, number, "ticket.change")
    row = get_object_or_404(TimeSpent, pk=pk, ticket__in=ticket.family_ids(), user=request.user)
    ticket.take_back_time(row, by=request.user, now=timezone.now())
    return answer(request, ticket, "time", beside.time_context(ticket, request.user))


@login_required
@require_http_methods(["GET", "POST"])
@acting
def fields(request: SignedInRequest, number: int) -> HttpResponse:
    """The page where the house's own fields of the ticket are filled in; a script may ask for them as they are."""
    ticket = ticket_for(request, number, "ticket.change" if request.method == "POST" else "ticket.view")
    if fragments.wanted(request) and request.method == "GET":
        return render(request, "tickets/_fields.html", beside.fields_context(ticket, request.user))
    ticket = ticket_for(request, number, "ticket.change")
    form = OwnFieldsForm.of(ticket, request.POST if request.method == "POST" else None)
    if (
        request.method == "POST"
        and form.is_valid()
        and form.keep(ticket, by=request.user, now=timezone.now())
    ):
        return redirect(ticket)
    context = {"ticket": ticket, "form": form, "heading": _("Fields of the ticket")}
    return render(request, "tickets/form.html", context, status=422 if form.errors else 200)


def _is_linked(ticket: Ticket, form: LinkForm, request: SignedInRequest) -> bool:
    given = form.cleaned_data
    try:
        ticket.link(given["other"], kind=given["kind"], by=request.user, now=timezone.now())
    except CannotLink as problem:
        form.add_error("other", WHY_NOT_LINKED[problem.code])
        return False
    return True


def answer(request: SignedInRequest, ticket: Ticket, part: str, context: dict[str, Any]) -> HttpResponse:
    """The part anew for a script; without one, the ticket's page, saying what was wrong."""
    forms = [value for name, value in context.items() if name.endswith("_form")]
    errors = [error for form in forms for found in form.errors.values() for error in found]
    if fragments.wanted(request) or request.method == "GET":
        context |= {"part": f"tickets/_{part}.html"}
        template = f"tickets/_{part}.html" if fragments.wanted(request) else "tickets/aside_part.html"
        return render(request, template, context, status=422 if errors else 200)
    for error in errors:
        messages.warning(request, error)
    return redirect(ticket)
