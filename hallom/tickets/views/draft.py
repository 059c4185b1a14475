"""What the composer asks for while somebody writes: keeping, files, people, templates."""

from __future__ import annotations

from itertools import islice
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hallom.staff.models import User
from hallom.staff.permissions import can
from hallom.staff.signed_in import SignedInRequest
from hallom.storage import blobs, limits
from hallom.storage.limits import Refused
from hallom.storage.names import safe_name
from hallom.storage.serving import SHOWN
from hallom.tickets import brought, composer_tools, drafts, outgoing, people, written
from hallom.tickets.answering import NO_SIGNATURE
from hallom.tickets.composing import KINDS, PUBLIC, Composing, file_of, files_of, macros_of
from hallom.tickets.drafts import NewerElsewhere
from hallom.tickets.filters import Choice
from hallom.tickets.forms.answer import Asked, Unclear
from hallom.tickets.models import Attachment, Draft, SideThread, Ticket
from hallom.tickets.views.fetch import acting, side_of, ticket_for
from hallom.ui.signs import without_nul
from hallom.ui.typed_search import typed_search

MOST_PEOPLE = 8


def act_of(kind: str) -> str:
    """What one must be allowed to do for writing this."""
    return "ticket.note" if kind == "note" else "ticket.change"


@login_required
@require_http_methods(["PUT", "POST", "DELETE"])
def draft(request: SignedInRequest, number: int) -> HttpResponse:
    given = request.POST if request.method == "POST" else _body(request)
    ticket = ticket_for(request, number, act_of(given.get("kind", "")), also_gone=True)
    try:
        asked = Asked.of(given)
    except Unclear as unclear:
        return JsonResponse({"error": str(unclear)}, status=422)
    side = side_of(ticket, asked.side)
    kind = asked.composing(side=side).draft_kind
    if request.method == "DELETE":
        drafts.discard(ticket, request.user, kind, side=side, now=timezone.now())
        return HttpResponse(status=204)
    try:
        kept = _keep(ticket, asked, side=side, author=request.user)
    except NewerElsewhere as newer:
        return JsonResponse(_newer(ticket, newer.draft, request.user), status=409)
    return JsonResponse({"revision": kept.revision, "saved_at": kept.saved_at.isoformat()})


def _keep(ticket: Ticket, asked: Asked, *, side: SideThread | None, author: User) -> Draft:
    words = written.internal(asked.html) if asked.kind != PUBLIC else written.keeping_marks(asked.html)
    return drafts.save(
        ticket,
        author,
        asked.composing(side=side).draft_kind,
        html="" if words.is_empty else words.html,
        now=timezone.now(),
        revision=asked.revision,
        values={**asked.values, "mode": asked.mode, "macro": list(asked.macros)},
        side=side,
        seen=asked.seen,
    )


def _newer(ticket: Ticket, draft: Draft | None, user: User) -> dict[str, Any]:
    if draft is None:
        return {
            "revision": 0,
            "saved_at": timezone.now().isoformat(),
            "html": "",
            "attachments": [],
            "macros": [],
        }
    return {
        "revision": draft.revision,
        "saved_at": draft.saved_at.isoformat(),
        "html": draft.html,
        "attachments": files_of(draft),
        "macros": macros_of(ticket, user, draft.values.get("macro") or ()),
    }


def _body(request: HttpRequest) -> QueryDict:
    return without_nul(
        QueryDict(request.body or request.META.get("QUERY_STRING", ""), encoding=request.encoding)
    )


@login_required
@require_POST
@acting
def upload(request: SignedInRequest, number: int) -> HttpResponse:
    """A file for the draft that the query names."""
    kind = request.GET.get("kind", "")
    ticket = ticket_for(request, number, act_of(kind))
    file = request.FILES.get("file")
    if kind not in KINDS or file is None:
        return JsonResponse({"error": _("No file came.")}, status=422)
    name, content_type = safe_name(file.name or ""), (file.content_type or "application/octet-stream")[:120]
    try:
        limits.check(name, content_type, file.size or 0)
        kept = _stored(
            ticket, _composing_of(request, ticket, kind), name, content_type, file.read(), author=request.user
        )
    except Refused as refused:
        return JsonResponse({"error": str(refused)}, status=422)
    return JsonResponse({**file_of(kept), "inline": content_type in SHOWN})


@transaction.atomic
def _stored(
    ticket: Ticket, composing: Composing, name: str, content_type: str, data: bytes, *, author: User
) -> Attachment:
    now = timezone.now()
    blob = blobs.keep(data, now=now)
    return brought.attach(blob, name, content_type, ticket, composing, author=author, now=now)


def _composing_of(request: HttpRequest, ticket: Ticket, kind: str) -> Composing:
    """What is being written, as the query of the composer's addresses says."""
    side = side_of(ticket, _number(request.GET.get("side", "")))
    return Composing(kind, mode=request.GET.get("mode", ""), side=side)


@login_required
@require_POST
@typed_search
def mentions(request: SignedInRequest, number: int) -> JsonResponse:
    """Colleagues who may see the ticket, those of its team first."""
    ticket = ticket_for(request, number, "ticket.note", also_gone=True)
    found = people.matching(request.POST.get("q", "")[:60], but=request.user, team=ticket.team_id)
    seeing = islice((one for one in found if can(one, "ticket.view", ticket)), MOST_PEOPLE)
    offered = [
        {"id": one.pk, "label": one.full_name, "detail": ", ".join(team.name for team in one.teams.all())}
        for one in seeing
    ]
    return JsonResponse(offered, safe=False)


@login_required
@require_POST
@typed_search
def snippets(request: SignedInRequest, number: int) -> JsonResponse:
    kind = _tool_kind(request)
    ticket = ticket_for(request, number, act_of(kind), also_gone=True)
    tools = composer_tools.snippets()
    q, language = request.POST.get("q", "").strip()[:80], request.POST.get("lang", "")[:8]
    found = tools.offered(request.user, ticket, q=q, kind=kind, language=language) if tools else ()
    offered = [{"id": one.id, "kind": one.kind, "label": one.label, "detail": one.detail} for one in found]
    return JsonResponse(offered, safe=False)


@login_required
@require_POST
@acting
def snippet(request: SignedInRequest, number: int) -> JsonResponse:
    """What goes into the text; its pictures are files of the draft from now on."""
    kind = _tool_kind(request)
    ticket = ticket_for(request, number, act_of(kind))
    tools = composer_tools.snippets()
    key, language = request.POST.get("id", "")[:60], request.POST.get("lang", "")[:8]
    found = tools.snippet(request.user, ticket, key, kind=kind, language=language) if tools else None
    if found is None:
        return JsonResponse({"error": _("This is not there any more.")}, status=404)
    composing = _composing_of(request, ticket, kind)
    try:
        html = brought.with_files(found, ticket, composing, author=request.user, now=timezone.now())
    except Refused as refused:
        return JsonResponse({"error": str(refused)}, status=422)
    return JsonResponse({"html": html, "missing": found.missing, "acts": found.acts, "macro": found.macro})


@login_required
@require_GET
def sender(request: SignedInRequest, number: int) -> HttpResponse:
    """What an answer may be sent from and which signature may stand under it, where there is a choice."""
    ticket = ticket_for(request, number, "ticket.change")
    tools = composer_tools.snippets()
    via, signature = request.GET.get("via", ""), request.GET.get("signature", "")
    ways = [Choice(str(key), label, str(key) == via) for key, label in outgoing.ways(ticket, request.user)]
    pairs = [*(tools.signatures(request.user, ticket) if tools else ()), (NO_SIGNATURE, _("none"))]
    signatures = [Choice(key, label, key == signature) for key, label in pairs]
    return render(request, "tickets/_sender.html", {"ways": ways, "signatures": signatures})


def _tool_kind(request: HttpRequest) -> str:
    given = request.POST if request.method == "POST" else request.GET
    return "note" if given.get("kind") == "note" else "public"


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None
