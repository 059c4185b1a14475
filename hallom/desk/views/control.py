"""Sending callers on, asking colleagues, parking, and what is set up for one's own telephone."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from hallom.calls import dialling, promises
from hallom.calls.models import AgentStatus, Call, Promise
from hallom.customers.models import Customer
from hallom.desk import errors
from hallom.desk.views.bar import agent, bar, give, number, said, value
from hallom.staff import permissions
from hallom.staff.models import User
from hallom.tickets.models import Ticket

# What a promise without a time of its own is for.
PROMISE_MINUTES = 60


@login_required
@require_POST
def transfer(request: HttpRequest) -> HttpResponse:
    """The caller is sent on unannounced; whoever does not take him sends him back."""
    return _own(request, "transfer", to=value(request, "to"))


@login_required
@require_http_methods(["POST", "DELETE"])
def consultation(request: HttpRequest) -> HttpResponse:
    if request.method == "DELETE":
        return _own(request, "cancel_consult")
    return _own(request, "consult", to=value(request, "to"))


@login_required
@require_POST
def swap(request: HttpRequest) -> HttpResponse:
    return _own(request, "swap")


@login_required
@require_http_methods(["POST", "DELETE"])
def conference(request: HttpRequest) -> HttpResponse:
    return _own(request, "join" if request.method == "POST" else "leave")


@login_required
@require_POST
def handover(request: HttpRequest) -> HttpResponse:
    return _own(request, "complete")


@login_required
@require_http_methods(["POST", "DELETE"])
def parking(request: HttpRequest) -> HttpResponse:
    """Park one's own caller; fetch anybody's."""
    if request.method == "DELETE":
        return give(request, "retrieve", place=number(request, "place"))
    place = number(request, "place")
    return _own(request, "park", **({"place": place} if place else {}))


@login_required
@require_POST
def pickup(request: HttpRequest) -> HttpResponse:
    """What rings for one colleague, or what has rung longest in one's queues."""
    colleague = number(request, "agent")
    return give(request, "pickup", **({"agent": colleague} if colleague else {}))


@login_required
@require_POST
def dial(request: HttpRequest) -> HttpResponse:
    """`to` is a destination out of the search, or a number as it was typed."""
    permissions.require(request.user, "phone.use")
    to = value(request, "to").strip()
    kind, _colon, rest = to.partition(":")
    if kind == "agent":
        return give(request, "dial", to=to)
    outcome = dialling.dial(
        agent(request).pk,
        rest if kind in ("extension", "outside") else to,
        now=timezone.now(),
        customer=_customer(request),
        ticket=_ticket(request),
        promise=value(request, "promise"),
    )
    return said(request, outcome)


@login_required
@require_POST
def keys(request: HttpRequest) -> HttpResponse:
    """Digits for the machine at the other end."""
    permissions.require(request.user, "phone.use")
    if not _is_in(request, value(request, "call")):
        return bar(request, problem=errors.words_of("not_your_call"))
    return said(request, dialling.press(agent(request).pk, value(request, "call"), value(request, "digits")))


@login_required
@require_http_methods(["POST", "DELETE"])
def do_not_disturb(request: HttpRequest) -> HttpResponse:
    return give(request, "do_not_disturb", on=request.method == "POST")


@login_required
@require_http_methods(["POST", "DELETE"])
def diversion(request: HttpRequest) -> HttpResponse:
    to = value(request, "to") if request.method == "POST" else ""
    return give(request, "divert", when=value(request, "when"), to=to)


@login_required
@require_POST
def promise(request: HttpRequest) -> HttpResponse:
    """For when a colleague is free: connect the one who waits, call him back, or call me."""
    permissions.require(request.user, "phone.use")
    owner = User.objects.filter(pk=number(request, "agent") or 0, is_active=True).first()
    if owner is None:
        return bar(request, problem=errors.words_of("no_such_agent"))
    kind = value(request, "kind")
    call = _call(request)
    if call is None and kind != Promise.Kind.CALL_ME:
        return bar(request, problem=errors.words_of("not_your_call"))
    now = timezone.now()
    about = promises.About(
        why=value(request, "why").strip(),
        call=call.pk if call else "",
        customer=call.customer if call else None,
        ticket=call.ticket if call else None,
    )
    deadline = _deadline(request, now)
    return said(request, promises.give(agent(request), owner, about, deadline=deadline, now=now, kind=kind))


def _deadline(request: HttpRequest, now: datetime) -> datetime:
    return now + timedelta(minutes=number(request, "minutes") or PROMISE_MINUTES)


@login_required
@require_POST
def promise_kept(request: HttpRequest) -> HttpResponse:
    permissions.require(request.user, "phone.use")
    made = _own_promise(request)
    return said(request, promises.keep(made, by=agent(request), now=timezone.now()))


@login_required
@require_POST
def promise_refused(request: HttpRequest) -> HttpResponse:
    permissions.require(request.user, "phone.use")
    made, reason = _own_promise(request), value(request, "reason").strip()
    return said(request, promises.refuse(made, reason, by=agent(request), now=timezone.now()))


def _own_promise(request: HttpRequest) -> Promise:
    """Somebody else's is not there: 404."""
    me = agent(request)
    return get_object_or_404(
        Promise, Q(owner=me) | Q(maker=me), pk=value(request, "promise"), settled_at=None
    )


def _own(request: HttpRequest, verb: str, **args: Any) -> HttpResponse:
    """An order about the call one is in."""
    permissions.require(request.user, "phone.use")
    if not _is_in(request, value(request, "call")):
        return bar(request, problem=errors.words_of("not_your_call"))
    return give(request, verb, call=value(request, "call"), **args)


def _is_in(request: HttpRequest, call: str) -> bool:
    return AgentStatus.objects.filter(agent=agent(request), call=call).exclude(call="").exists()


def _call(request: HttpRequest) -> Call | None:
    """One's own, or one that waits at a place where one has parked it."""
    named = value(request, "call")
    calls = Call.objects.select_related("customer", "ticket")
    if _is_in(request, named):
        return calls.filter(pk=named).first()
    return calls.filter(pk=named, situation__by=agent(request), situation__place__isnull=False).first()


def _customer(request: HttpRequest) -> Customer | None:
    customer = Customer.objects.filter(pk=number(request, "customer") or 0).first()
    may_see = customer is not None and permissions.can(request.user, "customer.view", customer)
    return customer if may_see else None


def _ticket(request: HttpRequest) -> Ticket | None:
    ticket = Ticket.objects.filter(number=number(request, "ticket") or 0).first()
    return ticket if ticket and permissions.can(request.user, "ticket.view", ticket) else None
