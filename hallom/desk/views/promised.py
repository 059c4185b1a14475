"""The page of one promised call: what it is about, and what became of it."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hallom.calls import linking, promises
from hallom.calls.models import Call, Promise
from hallom.desk import errors, promised
from hallom.staff import permissions
from hallom.staff.models import User


@login_required
@require_GET
def show(request: HttpRequest, pk: str) -> HttpResponse:
    promise = _allowed(request, pk)
    call = Call.objects.filter(pk=promise.call).first() if promise.call else None
    context = {
        "promise": promise,
        "whom": promised.whom(promise),
        "number": linking.shown_number(promise.number),
        "what": promised.what(promise),
        "became": promised.became(promise),
        "is_over": promised.is_over(promise, timezone.now()),
        "is_open": promise.outcome == Promise.Outcome.OPEN,
        "dial": _dial(promise) if permissions.can(request.user, "phone.use") else "",
        "call": call if call and permissions.can(request.user, "call.view", call) else None,
        "ticket": _visible_ticket(request, promise),
    }
    return render(request, "desk/promised.html", context)


@login_required
@require_POST
def settle(request: HttpRequest, pk: str) -> HttpResponse:
    """`how`: kept, or refused with a reason."""
    promise, user, now = _allowed(request, pk), cast(User, request.user), timezone.now()
    if request.POST.get("how") == Promise.Outcome.KEPT:
        outcome = promises.keep(promise, by=user, now=now)
    else:
        outcome = promises.refuse(promise, request.POST.get("reason", "").strip(), by=user, now=now)
    if outcome.ok:
        messages.success(request, _("Saved."))
    else:
        messages.error(request, errors.words_of(outcome.error, outcome.args))
    return redirect("desk:promised", promise.pk)


def _allowed(request: HttpRequest, pk: str) -> Promise:
    found = Promise.objects.select_related("owner", "maker", "customer", "ticket", "settled_by")
    promise = get_object_or_404(found, pk=pk)
    permissions.require(request.user, "promise.settle", promise)
    return promise


def _dial(promise: Promise) -> str:
    """What the call bar dials; empty when nobody knows a number."""
    if promise.kind == Promise.Kind.CALL_ME:
        return f"agent:{promise.maker_id}" if promise.maker_id else ""
    return promise.number


def _visible_ticket(request: HttpRequest, promise: Promise) -> object:
    ticket = promise.ticket
    return ticket if ticket and permissions.can(request.user, "ticket.view", ticket) else None
