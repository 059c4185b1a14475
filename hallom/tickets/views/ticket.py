from functools import lru_cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from hallom.customers.card import card
from hallom.staff.permissions import can
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets import composer_tools, composing, worklist
from hallom.tickets.addresses import urls_of
from hallom.tickets.composing import Composers, Composing
from hallom.tickets.conversation import conversation
from hallom.tickets.due import due_in_full
from hallom.tickets.forms import EntryForm
from hallom.tickets.models import Move, Ticket
from hallom.tickets.views.fetch import side_of, ticket_for


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


def page_context(request: SignedInRequest, ticket: Ticket, shown: Composing | None = None) -> dict[str, Any]:
    now = timezone.now()
    work = worklist.worklist(
        request.user,
        now,
        tab=request.GET.get("tab", ""),
        current=ticket.number,
        page=ticket.get_absolute_url(),
    )
    whole = "all" in request.GET
    said = conversation(ticket, request.user, whole=whole)
    known = card(ticket.customer, request.user, now=now) if ticket.customer else None
    emails = [(point.value, point.bounced_at) for point in known.emails] if known else None
    composers = Composers(ticket, request.user, said, emails=emails)
    head = head_context(request, ticket)
    return {
        **worklist_context(work),
        "conversation": said,
        "card": known,
        **(composer_context(composers, shown or _asked_for(request, composers)) if head["may_note"] else {}),
        "whole": whole,
        # Last: what it says may be done counts for the composer too.
        **head,
    }


def _asked_for(request: SignedInRequest, composers: Composers) -> Composing:
    """What the address names, else where one left off."""
    kind, mode, side = (request.GET.get(name, "") for name in ("write", "mode", "side"))
    if kind not in composing.KINDS:
        return composers.newest()
    key = int(side) if side.isascii() and side.isdigit() and len(side) < 19 else None
    return composers.of_kind(kind, mode=mode or composing.REPLY, side=side_of(composers.ticket, key))


def head_context(request: SignedInRequest, ticket: Ticket) -> dict[str, Any]:
    user = request.user
    # What was merged or deleted is worked on where it went, or once it is back.
    stands = ticket.merged_into_id is None and ticket.deleted_at is None
    return {
        "ticket": ticket,
        "urls": urls_of(ticket.number),
        "stands": stands,
        "deadline": due_in_full(ticket.deadline, timezone.now()),
        "moves": [move for move in ticket.moves if move not in (Move.CLOSE, Move.REOPEN)],
        "can_close": Move.CLOSE in ticket.moves,
        "may_change": stands and can(user, "ticket.change", ticket),
        "may_assign": stands and can(user, "ticket.assign", ticket),
        "may_note": stands and can(user, "ticket.note", ticket),
        "may_merge": ticket.deleted_at is None and can(user, "ticket.merge", ticket),
        "may_spam": stands and can(user, "ticket.spam", ticket),
        "may_delete": can(user, "ticket.delete", ticket),
        "merged_into": ticket.root() if ticket.merged_into_id else None,
    }


def composer_context(composers: Composers, shown: Composing) -> dict[str, Any]:
    """The composer that is shown, and the other kind beside it: switching over waits for nobody."""
    ticket, shown = composers.ticket, composers.warned(shown)
    other = _beside(composers, shown)
    return {
        "composing": shown,
        "field": _field(ticket, shown),
        "other": other,
        "other_field": _field(ticket, other) if other else None,
        "answer_url": urls_of(ticket.number)["answer"],
        "composer_url": urls_of(ticket.number)["composer"],
        "sender_url": urls_of(ticket.number)["sender"],
        "may_answer": composers.can_answer,
        "may_change": can(composers.user, "ticket.change", ticket),
        "form": EntryForm() if shown.kind == composing.CALL else None,
    }


def _beside(composers: Composers, shown: Composing) -> Composing | None:
    if shown.kind == composing.PUBLIC:
        return composers.of_kind(composing.NOTE)
    return composers.of_kind(composing.PUBLIC) if composers.can_answer else None


_PLACEHOLDERS = {
    composing.PUBLIC: _("Write an answer"),
    composing.NOTE: _("What colleagues should know"),
    composing.CALL: _("What was said"),
}


@lru_cache(maxsize=500)
def _urls(number: int) -> dict[str, str]:
    names = ("upload", "draft", "mentions", "snippets", "snippet")
    return {f"{name}_url": reverse(f"tickets:{name}", args=[number]) for name in names}


def _field(ticket: Ticket, shown: Composing) -> dict[str, Any]:
    """What `ui/components/composer.html` wants."""
    urls = _urls(ticket.number).copy()
    side = f"&side={shown.side.pk}" if shown.side else ""
    for name in ("upload_url", "snippet_url"):
        urls[name] += f"?kind={shown.kind}&mode={shown.mode}{side}"
    if shown.kind != composing.NOTE:
        del urls["mentions_url"]
    if composer_tools.snippets() is None or shown.kind == composing.CALL:
        del urls["snippets_url"], urls["snippet_url"]
    return {
        **urls,
        "label": _("Text"),
        "placeholder": _PLACEHOLDERS[shown.kind],
        "lang": ticket.customer.language if ticket.customer else "",
        "html": shown.html,
        "text": shown.text,
        "revision": shown.revision,
        "saved_at": shown.saved_at,
        "attachments": shown.attachments,
        "macros": shown.macros,
        "error": shown.error,
    }
