from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from hallom.customers.card import card
from hallom.staff.permissions import can
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets import worklist
from hallom.tickets.conversation import conversation
from hallom.tickets.due import due_in_full
from hallom.tickets.forms import EntryForm
from hallom.tickets.models import Move, Ticket
from hallom.tickets.views.fetch import ticket_for


@login_required
@require_GET
def ticket_page(request: SignedInRequest, number: int) -> HttpResponse:
    ticket = ticket_for(request, number)
    return render(request, "tickets/ticket.html", page_context(request, ticket))


@login_required
@require_GET
def head(request: SignedInRequest, number: int) -> HttpResponse:
    return render(request, "tickets/_head_alone.html", head_context(request, ticket_for(request, number)))


@login_required
@require_GET
def worklist_fragment(request: SignedInRequest) -> HttpResponse:
    """The work list by itself; it stands on several pages, so the page says where its tabs lead."""
    current = request.GET.get("current", "")
    page = request.GET.get("page", "")
    work = worklist.worklist(
        request.user,
        timezone.now(),
        tab=request.GET.get("tab", ""),
        current=int(current) if current.isascii() and current.isdigit() else None,
        page=page if page.startswith("/") and not page.startswith("//") else "",
    )
    return render(request, "ui/components/worklist.html", worklist_context(work))


def worklist_context(work: worklist.Worklist) -> dict[str, Any]:
    return {"tabs": work.tabs, "groups": work.groups, "topic": work.topic, "url": work.url}


def page_context(request: SignedInRequest, ticket: Ticket, form: EntryForm | None = None) -> dict[str, Any]:
    now = timezone.now()
    work = worklist.worklist(
        request.user,
        now,
        tab=request.GET.get("tab", ""),
        current=ticket.number,
        page=ticket.get_absolute_url(),
    )
    whole = "all" in request.GET
    return {
        **head_context(request, ticket),
        **worklist_context(work),
        "conversation": conversation(ticket, request.user, whole=whole),
        "card": card(ticket.customer, request.user, now=now) if ticket.customer else None,
        **composer_context(ticket, form or EntryForm(initial={"kind": EntryForm.NOTE})),
        "whole": whole,
    }


def head_context(request: SignedInRequest, ticket: Ticket) -> dict[str, Any]:
    user = request.user
    return {
        "ticket": ticket,
        "deadline": due_in_full(ticket.deadline, timezone.now()),
        "moves": [move for move in ticket.moves if move not in (Move.CLOSE, Move.REOPEN)],
        "can_close": Move.CLOSE in ticket.moves,
        "may_change": can(user, "ticket.change", ticket),
        "may_assign": can(user, "ticket.assign", ticket),
        "may_note": can(user, "ticket.note", ticket),
    }


def composer_context(ticket: Ticket, form: EntryForm) -> dict[str, Any]:
    return {"form": form, "entries_url": reverse("tickets:entries", args=[ticket.number])}
