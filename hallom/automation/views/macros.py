"""Settings: macros. And one macro on one ticket, with what it will do before it does it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hallom.automation import macros as using
from hallom.automation.forms import MacroEditor
from hallom.automation.models import Macro
from hallom.automation.refusals import in_words
from hallom.automation.setup import changed
from hallom.staff.permissions import can, require
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets import outgoing
from hallom.tickets.models import Ticket
from hallom.tickets.seen import all_of
from hallom.tickets.views.fetch import acting, ticket_for
from hallom.ui.removed import subject_of

ACT = "settings.tickets"


@login_required
@require_GET
def macros(request: SignedInRequest) -> HttpResponse:
    require(request.user, ACT)
    rows = [(macro, ", ".join(using.in_general(macro))) for macro in Macro.objects.select_related("team")]
    return render(request, "automation/macro_list.html", {"rows": rows})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def macro(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    require(request.user, ACT)
    subject = subject_of(request, Macro.objects.all(), pk, blank=Macro())
    row, what = subject.row, subject.act
    editor = MacroEditor(row, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        if act := request.POST.get("act", ""):
            editor.rearrange(act, request.POST.get("added", ""))
        elif editor.is_valid() and subject.is_saved:
            with transaction.atomic():
                changed(editor.keep(), what, by=request.user, now=timezone.now())
            messages.success(request, _("Saved."))
            return redirect("automation:macros")
        else:
            status = 422
    context = {"editor": editor, "row": row, "is_gone": subject.is_gone}
    return render(request, "automation/macro.html", context, status=status)


@login_required
@require_POST
def remove_macro(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, ACT)
    row = get_object_or_404(Macro, pk=pk)
    with transaction.atomic():
        changed(row, "removed", by=request.user, now=timezone.now())
        row.delete()
    messages.success(request, _("Removed."))
    return redirect("automation:macros")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@acting
def use(request: SignedInRequest, number: int, pk: int) -> HttpResponse:
    """GET says what it will do to the ticket, POST does it; 409 when it would answer and something newer arrived."""
    ticket = ticket_for(request, number)
    row = get_object_or_404(using.usable(request.user, ticket), pk=pk)
    if not using.may_use(request.user, row, ticket):
        raise PermissionDenied
    seen = request.POST.get("seen", "")[:40]
    newer = None
    if request.method == "POST" and not request.POST.get("anyway") and using.does_reply(row):
        newer = outgoing.check_newer(ticket, seen, by=request.user)
    if request.method == "POST" and newer is None:
        return _used(request, row, ticket)
    context = {
        "ticket": ticket,
        "macro": row,
        "acts": using.acts(row, ticket, request.user),
        "newer": newer,
        "seen": newer.seen if newer else all_of(ticket),
    }
    return render(request, "automation/use.html", context, status=409 if newer else 200)


def _used(request: SignedInRequest, row: Macro, ticket: Ticket) -> HttpResponse:
    try:
        using.carry_out(row, ticket, by=request.user, now=timezone.now())
    except using.CannotCarryOut as problem:
        messages.warning(request, _("Nothing was done: %(reason)s.") % {"reason": in_words(problem)})
        return redirect(ticket)
    messages.success(request, _("Done: %(macro)s") % {"macro": row.name})
    return redirect(ticket if can(request.user, "ticket.view", ticket) else "tickets:tickets")
