"""Two tickets become one and two again, and one message becomes a ticket of its own."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from hallom.staff.permissions import can, visible
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets.filters import TicketFilter
from hallom.tickets.forms.acts import SplitForm
from hallom.tickets.merge_plan import plan
from hallom.tickets.models import CannotMerge, Message, Ticket
from hallom.tickets.views.acts import head_answer
from hallom.tickets.views.fetch import acting, ticket_for
from hallom.tickets.views.method import is_delete
from hallom.ui import fragments
from hallom.ui.typed_search import typed_search

MOST_FOUND = 12
WHY_NOT = {
    "itself": _("A ticket cannot be merged into itself."),
    "merged": _("This ticket is merged into another already."),
    "target_merged": _("The other ticket is merged into another itself: merge into that one."),
    "cycle": _("The other ticket is part of this one."),
    "removed": _("One of the two is spam or deleted."),
    "customer": _("The tickets are of different customers."),
    "not_merged": _("This ticket is not merged into another."),
    "unknown": _("There is no ticket with this number."),
}


@login_required
@require_http_methods(["GET", "POST", "DELETE"])
def merge(request: SignedInRequest, number: int) -> HttpResponse:
    """GET says what merging into the other ticket (``target``) will do; DELETE un-merges."""
    ticket = ticket_for(request, number, "ticket.merge", also_gone=True)
    if is_delete(request):
        return _let_go(request, ticket)
    given = request.POST if request.method == "POST" else request.GET
    target = _target(request, given.get("target", ""))
    problem = "" if target or not given.get("target") else "unknown"
    if target is not None:
        problem = _problem(request, ticket, target)
        if request.method == "POST" and not problem:
            try:
                ticket.merge_into(
                    target, by=request.user, now=timezone.now(), across_customers="across" in request.POST
                )
                return redirect(target)
            except CannotMerge as refused:
                problem = refused.code
    context = _context(request, ticket, target, problem)
    return render(request, "tickets/merge.html", context, status=422 if request.method == "POST" else 200)


@login_required
@require_POST
@typed_search
def choices(request: SignedInRequest, number: int) -> HttpResponse:
    """Tickets to merge into, while somebody types."""
    ticket = ticket_for(request, number, "ticket.merge", also_gone=True)
    text = request.POST.get("q", "").strip()
    template = "tickets/_merge_found.html" if fragments.wanted(request) else "tickets/merge.html"
    return render(request, template, _context(request, ticket, None, "", text=text))


@login_required
@require_http_methods(["GET", "POST"])
@acting
def split(request: SignedInRequest, number: int, message: int) -> HttpResponse:
    ticket = ticket_for(request, number, "ticket.change")
    found = get_object_or_404(Message, pk=message, ticket__in=ticket.family_ids(), side=None)
    form = SplitForm(
        request.POST if request.method == "POST" else None,
        initial={"subject": found.subject or ticket.subject},
    )
    if request.method == "POST" and form.is_valid():
        return redirect(
            ticket.split(found, subject=form.cleaned_data["subject"], by=request.user, now=timezone.now())
        )
    context = {"ticket": ticket, "form": form, "message": found}
    return render(request, "tickets/split.html", context, status=422 if form.errors else 200)


def _let_go(request: SignedInRequest, ticket: Ticket) -> HttpResponse:
    try:
        ticket.unmerge(by=request.user, now=timezone.now())
    except CannotMerge as refused:
        messages.warning(request, WHY_NOT[refused.code])
    return head_answer(request, ticket)


def _target(request: SignedInRequest, number: str) -> Ticket | None:
    digits = number.strip().lstrip("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        return None
    found = Ticket.objects.select_related("customer", "status_name").filter(number=int(digits)).first()
    return found if found is not None and can(request.user, "ticket.merge", found) else None


def _problem(request: SignedInRequest, ticket: Ticket, target: Ticket) -> str:
    """The code of what stands in the way whoever asks, or because the user may not."""
    try:
        ticket.check_merge(target, across_customers=can(request.user, "ticket.merge_across", ticket))
    except CannotMerge as refused:
        return refused.code
    return ""


def _context(
    request: SignedInRequest, ticket: Ticket, target: Ticket | None, problem: str, *, text: str = ""
) -> dict[str, Any]:
    return {
        "ticket": ticket,
        "target": target,
        "problem": WHY_NOT.get(problem, ""),
        "may_merge": target is not None and problem in ("", "customer") and _may(request, ticket, target),
        "is_across": target is not None and ticket.customer_id not in (None, target.customer_id),
        "plan": plan(ticket, target) if target else (),
        "text": text,
        "found": _found(request, ticket, text),
    }


def _may(request: SignedInRequest, ticket: Ticket, target: Ticket) -> bool:
    return not _problem(request, ticket, target)


def _found(request: SignedInRequest, ticket: Ticket, text: str) -> list[Ticket]:
    """What the words find; without any, what else the same customer has going on."""
    tickets = visible(request.user, Ticket.objects.current(), "ticket.merge").exclude(pk=ticket.pk)
    if text:
        asked = TicketFilter({"q": text, "status": "all"}, user=request.user, now=timezone.now())
        tickets = asked.apply(tickets)
    elif ticket.customer_id:
        tickets = tickets.filter(customer=ticket.customer_id).order_by("-updated_at")
    else:
        return []
    return list(tickets.select_related("customer", "status_name")[:MOST_FOUND])
