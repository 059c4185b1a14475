"""What every act of the call bar begins and ends with: whose it is, what was said, and the bar as it is now."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from hallom.calls import orders
from hallom.calls.orders import Outcome
from hallom.desk import deck, errors
from hallom.staff import permissions
from hallom.staff.models import User

# A number of more digits than this is nobody's.
LONGEST_NUMBER = 9


def agent(request: HttpRequest) -> User:
    return cast(User, request.user)


def value(request: HttpRequest, name: str) -> str:
    """Who says DELETE names a call or a place in the address, a number only in the body: Django reads a form of POST alone."""
    if request.method != "DELETE":
        return str(request.POST.get(name, ""))
    return str(QueryDict(request.body).get(name) or request.GET.get(name, ""))


def number(request: HttpRequest, name: str) -> int | None:
    text = value(request, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


def give(request: HttpRequest, verb: str, **args: Any) -> HttpResponse:
    permissions.require(request.user, "phone.use")
    return said(request, orders.give(agent(request).pk, verb, **args))


def said(request: HttpRequest, outcome: Outcome) -> HttpResponse:
    return bar(request, problem="" if outcome.ok else errors.words_of(outcome.error, outcome.args))


def bar(request: HttpRequest, *, problem: str = "") -> HttpResponse:
    """200, or 409 with the reason in words."""
    shown = deck.deck_of(agent(request), timezone.now(), problem=problem)
    return render(request, "desk/_deck.html", {"deck": shown}, status=409 if problem else 200)
