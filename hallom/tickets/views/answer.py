"""Sending, keeping and calling back what was written under a ticket."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hallom.staff.signed_in import SignedInRequest
from hallom.tickets import answering, composing, outgoing
from hallom.tickets.answering import words_of
from hallom.tickets.composing import Composers, Composing
from hallom.tickets.conversation import conversation
from hallom.tickets.forms.answer import Asked, Unclear
from hallom.tickets.models import Message, SideThread, Ticket
from hallom.tickets.outgoing import CannotSend
from hallom.tickets.seen import Newer
from hallom.tickets.views.draft import act_of
from hallom.tickets.views.fetch import acting, side_of, ticket_for
from hallom.tickets.views.ticket import composer_context, page_context
from hallom.ui import fragments


@login_required
@require_POST
@acting
def answer(request: SignedInRequest, number: int) -> HttpResponse:
    """Send an answer, keep a note, or write down a call; 409 when something newer arrived, 422 when it cannot be."""
    ticket = ticket_for(request, number, act_of(request.POST.get("kind", "")))
    try:
        asked = Asked.of(request.POST)
    except Unclear as unclear:
        return _again(request, ticket, _as_note(request, str(unclear)), status=422)
    side = side_of(ticket, asked.side)
    newer = None if asked.anyway or asked.kind != composing.PUBLIC else _newer(request, ticket, asked)
    if newer is not None:
        stopped = replace(_shown(request, ticket, asked, side), newer=newer, seen=newer.seen)
        return _again(request, ticket, stopped, status=409)
    try:
        kept = answering.keep(ticket, asked, side=side, by=request.user, now=timezone.now())
    except Unclear as unclear:
        # The transaction was taken back: what it did to the ticket in memory is not true.
        ticket = ticket_for(request, number)
        return _again(
            request, ticket, replace(_shown(request, ticket, asked, side), error=str(unclear)), status=422
        )
    if not fragments.wanted(request):
        return redirect(ticket)
    return _entered(request, ticket, kept.message, kind=asked.kind)


def _newer(request: SignedInRequest, ticket: Ticket, asked: Asked) -> Newer | None:
    return outgoing.check_newer(ticket, asked.seen, by=request.user)


def _as_note(request: SignedInRequest, error: str) -> Composing:
    """Whatever it was, shown again it cannot leave by mistake."""
    return Composing(composing.NOTE, html=answering.plain(request.POST.get("body", "")), error=error)


def _shown(request: SignedInRequest, ticket: Ticket, asked: Asked, side: SideThread | None) -> Composing:
    """The composer with all that was typed, files and macros included."""
    shown = asked.composing(side=side)
    kept = composing.kept_files(ticket, request.user, shown)
    return replace(shown, attachments=kept, macros=composing.macros_of(ticket, request.user, asked.macros))


def _again(request: SignedInRequest, ticket: Ticket, shown: Composing, *, status: int) -> HttpResponse:
    if not fragments.wanted(request):
        return render(request, "tickets/ticket.html", page_context(request, ticket, shown), status=status)
    composers = Composers(ticket, request.user, conversation(ticket, request.user))
    context = composer_context(composers, shown)
    response = render(request, "tickets/_composer.html", context, status=status)
    response["HX-Retarget"], response["HX-Reswap"] = "#composer", "outerHTML"
    return response


def _entered(
    request: SignedInRequest,
    ticket: Ticket,
    message: Message | None,
    *,
    kind: str = composing.PUBLIC,
    mode: str = composing.REPLY,
    side: SideThread | None = None,
    is_asked: bool = False,
) -> HttpResponse:
    """The fresh conversation and a composer, with a bar to undo the message; ``is_asked``: one goes on writing there."""
    said = conversation(ticket, request.user)
    composers = Composers(ticket, request.user, said)
    shown = composers.of_kind(kind, mode=mode, side=side)
    context = {
        "ticket": ticket,
        "conversation": said,
        "undo": _undo(ticket, message),
        "oob": True,
        "is_asked": is_asked,
    }
    return render(request, "tickets/_entered.html", {**context, **composer_context(composers, shown)})


def _undo(ticket: Ticket, message: Message | None) -> dict[str, Any] | None:
    if message is None or message.send_at is None:
        return None
    is_soon = (message.send_at - timezone.now()).total_seconds() <= outgoing.UNDO_SECONDS
    return {"number": ticket.number, "message": message.pk, "until": message.send_at, "is_soon": is_soon}


@login_required
@require_http_methods(["POST", "DELETE"])
def recall(request: SignedInRequest, number: int, pk: int) -> HttpResponse:
    """Call a message back that has not left; a form says ``method=delete``."""
    ticket = ticket_for(request, number, "ticket.change", also_gone=True)
    message = _message(ticket, pk)
    if not outgoing.recall(message, by=request.user, now=timezone.now()):
        messages.warning(request, _("It is too late: the message is on its way."))
        return (
            _entered(request, ticket, None, kind=composing.PUBLIC)
            if fragments.wanted(request)
            else redirect(ticket)
        )
    if not fragments.wanted(request):
        return redirect(ticket)
    mode = composing.FORWARD if message.side_id else composing.REPLY
    return _entered(
        request,
        ticket_for(request, number, also_gone=True),
        None,
        mode=mode,
        side=SideThread.objects.filter(pk=message.side_id).first() if message.side_id else None,
        is_asked=True,
    )


@login_required
@require_POST
@acting
def sending(request: SignedInRequest, number: int, pk: int) -> HttpResponse:
    """Hand a message over again that could not be delivered."""
    ticket = ticket_for(request, number, "ticket.change")
    try:
        outgoing.send(ticket, _message(ticket, pk), by=request.user, now=timezone.now())
    except CannotSend as refused:
        messages.error(request, words_of(refused.code))
    return (
        _entered(request, ticket, None, kind=composing.PUBLIC)
        if fragments.wanted(request)
        else redirect(ticket)
    )


@login_required
@require_http_methods(["GET", "POST"])
@acting
def composer(request: SignedInRequest, number: int) -> HttpResponse:
    """The composer of another kind: answer, to all, to a third party, note, call. POST with a ``message`` begins to
    forward it."""
    given = {**request.GET.dict(), **request.POST.dict()}
    kind, mode = given.get("kind", ""), given.get("mode", composing.REPLY)
    ticket = ticket_for(request, number, act_of(kind))
    if kind not in composing.KINDS:
        raise Http404
    key, side = given.get("message", ""), given.get("side", "")
    if request.method == "POST" and mode == composing.FORWARD and _is_number(key):
        answering.begin_forward(ticket, _message(ticket, int(key)), by=request.user, now=timezone.now())
    thread = side_of(ticket, int(side)) if _is_number(side) else None
    if not fragments.wanted(request):
        return redirect(
            f"{ticket.get_absolute_url()}?write={kind}&mode={mode}{f'&side={thread.pk}' if thread else ''}"
        )
    composers = Composers(ticket, request.user, conversation(ticket, request.user))
    shown = composers.of_kind(kind, mode=mode, side=thread)
    return render(request, "tickets/_composer.html", {**composer_context(composers, shown), "is_asked": True})


def _message(ticket: Ticket, pk: int) -> Message:
    rows = Message.objects.select_related("side", "author", "customer")
    return get_object_or_404(rows, pk=pk, ticket__in=ticket.family_ids())


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 19
