"""The attendant's console. What it does to a call goes the ways of the call bar; here is what only the console has."""

from datetime import datetime
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hallom.calls import closing, orders
from hallom.calls.extensions import destination
from hallom.calls.models import Call, Offer, Switchboard
from hallom.desk import destinations, errors
from hallom.desk.switchboard import day, directory, incoming, quick, waiting
from hallom.desk.switchboard.taking_down import TICKET, TakingDownForm
from hallom.desk.views.bar import value
from hallom.staff import permissions
from hallom.staff.models import User
from hallom.staff.names import name_of
from hallom.ui.typed_search import typed_search


@login_required
@require_GET
def console(request: HttpRequest) -> HttpResponse:
    user = _attendant(request)
    now, board = timezone.now(), Switchboard.of_house()
    numbers = closing.numbers_of(board.queue, now)
    context = {
        **_calls(user, board, now),
        "form": TakingDownForm(now=now, numbers=numbers),
        "mode": day.mode(numbers, now),
    }
    return render(request, "desk/switchboard.html", context)


@login_required
@require_GET
def calls(request: HttpRequest) -> HttpResponse:
    """Who waits, who is held, and the line above: everything that changes with the calls."""
    return _calls_now(request, _attendant(request), timezone.now())


@login_required
@require_POST
@typed_search
def found(request: HttpRequest) -> HttpResponse:
    user = _attendant(request)
    text, only = request.POST.get("q", ""), request.POST.get("only", "")
    everybody = destinations.whole(user)
    favourites = quick.buttons(user, everybody)
    context = {
        "rows": directory.rows(user, everybody, text, only=only, quick=[one.to for one in favourites]),
        "filters": directory.filters(everybody),
        "quick": favourites,
        "only": only,
        "q": text.strip(),
    }
    return render(request, "desk/switchboard/_directory.html", context)


@login_required
@require_POST
def pickup(request: HttpRequest) -> HttpResponse:
    """One caller, one attendant: whoever is second is told who was faster."""
    user, call = _attendant(request), value(request, "call")
    outcome = orders.give(user.pk, "pickup", call=call)
    if outcome.ok:
        return HttpResponse(status=204)
    return _refused(_why_not(outcome, call, user))


def _why_not(outcome: orders.Outcome, call: str, user: User) -> str:
    if outcome.error == "already_answered":
        taken_by = _who_has(call)
        if taken_by not in (None, user.pk):
            return _("%(name)s was faster and has this call.") % {"name": name_of(taken_by)}
    return errors.words_of(outcome.error, outcome.args)


def _who_has(call: str) -> int | None:
    rung = Offer.objects.filter(call=call, result=Offer.Result.RINGING).values_list("agent", flat=True)
    return rung.first() or Call.objects.filter(pk=call).values_list("agent", flat=True).first()


@login_required
@require_POST
def taking_down(request: HttpRequest) -> HttpResponse:
    """The form comes back empty when it is kept, with the reason when it is not."""
    user, now = _attendant(request), timezone.now()
    numbers = closing.numbers_of(Switchboard.of_house().queue, now)
    form = TakingDownForm(request.POST, now=now, numbers=numbers)
    if not form.is_valid():
        return render(request, "desk/switchboard/_taking_down.html", {"form": form}, status=422)
    context: dict[str, Any] = {"form": TakingDownForm(now=now, numbers=numbers)}
    owner = form.cleaned_data["owner"]
    if form.what == TICKET:
        permissions.require(user, "ticket.open")
        context["ticket"] = form.open_ticket(by=user)
    else:
        outcome = form.promise(by=user)
        if not outcome.ok:
            form.add_error(None, errors.words_of(outcome.error, outcome.args))
            return render(request, "desk/switchboard/_taking_down.html", {"form": form}, status=422)
        context["kept"] = _("On %(name)s's list and on the wallboard.") % {"name": owner.full_name}
    return render(request, "desk/switchboard/_taking_down.html", context)


@login_required
@require_http_methods(["POST", "DELETE"])
def night(request: HttpRequest) -> HttpResponse:
    """POST closes the switchboard's numbers by hand, DELETE lets the calendar decide again."""
    user, now = _attendant(request), timezone.now()
    numbers = closing.numbers_of(Switchboard.of_house().queue, now)
    act = closing.close if request.method == "POST" else closing.reopen
    act(numbers, by=user, now=now)
    return _calls_now(request, user, now)


@login_required
@require_http_methods(["POST", "DELETE"])
def quick_buttons(request: HttpRequest) -> HttpResponse:
    user, now, to = _attendant(request), timezone.now(), value(request, "to")
    if request.method == "DELETE":
        quick.remove(user, to, now=now)
        return HttpResponse(status=204)
    place = destination(to)
    if place is None:
        return _refused(errors.words_of("unknown_destination"))
    is_kept = quick.add(user, place, now=now)
    full = _("There is no room for more than %(n)s quick buttons.") % {"n": quick.MOST}
    return HttpResponse(status=204) if is_kept else _refused(full)


def _attendant(request: HttpRequest) -> User:
    permissions.require(request.user, "switchboard.use")
    return cast(User, request.user)


def _refused(words: str) -> HttpResponse:
    return HttpResponse(words, status=409, content_type="text/plain; charset=utf-8")


def _calls_now(request: HttpRequest, user: User, now: datetime) -> HttpResponse:
    board = Switchboard.of_house()
    context = _calls(user, board, now)
    context["mode"] = day.mode(closing.numbers_of(board.queue, now), now)
    return render(request, "desk/switchboard/_calls.html", context)


def _calls(user: User, board: Switchboard, now: datetime) -> dict[str, Any]:
    rows = incoming.incoming(user, board, now)
    talking, slots = waiting.of(user, board)
    new = [row for row in rows if not row.is_returned]
    return {
        "new": new,
        "returned": [row for row in rows if row.is_returned],
        "longest": min(new, key=lambda row: row.since, default=None),
        "slots": slots,
        "now": talking,
        "handled": day.handled_today(user, now),
    }
