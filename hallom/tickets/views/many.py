"""One act for many tickets: first what it will do where that must be read, then how many it was done to and why not to the others."""

import re
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from hallom.staff.permissions import require, visible
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets import bulk as acting
from hallom.tickets.bulk_choices import WrongChoice, act_of, groups
from hallom.tickets.filters import TicketFilter, known
from hallom.tickets.models import Ticket
from hallom.tickets.seen import all_of
from hallom.ui import typed_search

# More names than these say no more; how many others there are is said beside them.
NAMED = 12
SEEN = "seen-"
_NUMBER = re.compile(r"[0-9]{1,18}")


@login_required
@require_POST
def bulk(request: SignedInRequest) -> HttpResponse:
    """``number`` of each ticket, or ``whole`` for all that ``query`` finds; ``sure`` once one has read what will happen."""
    require(request.user, "ticket.bulk")
    now = timezone.now()
    try:
        act = act_of(request.POST.get("act", ""), request.POST.get("text", ""), user=request.user, now=now)
        numbers = _chosen(request)
        if "sure" not in request.POST and (act.says or "whole" in request.POST):
            return _asked(request, act, numbers)
        if act.answers:
            act = acting.unless_newer(act, _seen(request))
        _tell(request, acting.carry_out(act, numbers, by=request.user, now=now))
    except WrongChoice as problem:
        messages.warning(request, str(problem))
    except acting.TooManyAtOnce:
        messages.warning(request, _("At most %(most)d tickets at once.") % {"most": acting.MOST})
    return redirect(back(request))


def _chosen(request: SignedInRequest) -> list[int]:
    """Raises WrongChoice for none, TooManyAtOnce."""
    given = [int(one) for one in request.POST.getlist("number") if _NUMBER.fullmatch(one)]
    if "whole" in request.POST:
        asked = TicketFilter(_filters(request), user=request.user, now=timezone.now())
        found = asked.apply(visible(request.user, Ticket.objects.all()))
        given = list(found.values_list("number", flat=True)[: acting.MOST + 1])
    if not given:
        raise WrongChoice(_("Choose tickets first."))
    if len(set(given)) > acting.MOST:
        raise acting.TooManyAtOnce(len(given))
    return list(dict.fromkeys(given))


def _asked(request: SignedInRequest, act: acting.Act, numbers: list[int]) -> HttpResponse:
    """What will happen, and to which tickets; nothing has happened yet."""
    rows = visible(request.user, Ticket.objects.select_related("customer")).in_bulk(
        numbers, field_name="number"
    )
    found = [rows[number] for number in numbers if number in rows]
    context: dict[str, Any] = {
        "label": _label(request),
        "act": act,
        "tickets": found[:NAMED],
        "others": max(len(found) - NAMED, 0),
        "hidden": [("number", ticket.number) for ticket in found],
        "back": back(request),
    }
    if act.answers:
        context["hidden"] += [(f"{SEEN}{ticket.number}", all_of(ticket)) for ticket in found]
    given = ("act", "text", "query")
    context["hidden"] += [(name, request.POST.get(name, "")) for name in given]
    return render(request, "tickets/bulk_sure.html", context)


def _label(request: SignedInRequest) -> str:
    """The chosen act as the bar had named it."""
    asked = TicketFilter({}, user=request.user, now=timezone.now())
    named = {key: label for group in groups(request.user, asked) for key, label in group.choices}
    return str(named.get(request.POST.get("act", ""), ""))


def _seen(request: SignedInRequest) -> dict[int, str]:
    told = ((name.removeprefix(SEEN), value) for name, value in request.POST.items() if name.startswith(SEEN))
    return {int(number): str(value)[:40] for number, value in told if _NUMBER.fullmatch(number)}


def _tell(request: SignedInRequest, outcome: acting.Outcome) -> None:
    done = len(outcome.done)
    words = ngettext("%(n)d ticket changed", "%(n)d tickets changed", done) % {"n": done}
    if not outcome.refused:
        messages.success(request, words)
        return
    why = ", ".join(f"{reason}: {number}" for reason, number in outcome.reasons)
    messages.warning(request, _("%(done)s. Left as they are: %(why)s.") % {"done": words, "why": why})


def _filters(request: SignedInRequest) -> dict[str, str]:
    return known(QueryDict(request.POST.get("query", "")))


def back(request: SignedInRequest) -> str:
    """The list with the filters that it had."""
    path, known = reverse("tickets:tickets"), _filters(request)
    typed_search.hand_over(request, path, known)
    return typed_search.address_of(path, known)
