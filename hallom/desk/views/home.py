from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from hallom.calls import linking
from hallom.calls.models import AgentStatus, Call
from hallom.customers.card import card
from hallom.customers.joined_rows import JoinedModels
from hallom.desk import strip
from hallom.desk.deck import url_of
from hallom.desk.wall import alarms_now
from hallom.staff import permissions
from hallom.staff.models import User
from hallom.tickets import worklist as tickets
from hallom.ui import fragments

_RECENT = JoinedModels(
    Call,
    lambda agent: (
        Call.objects.filter(agent=agent).select_related("customer", "ticket").order_by("-arrived_at")[:6]
    ),
)
_BUSY = JoinedModels(AgentStatus, lambda agent: AgentStatus.objects.filter(agent=agent).exclude(call=""))


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    user, now = cast(User, request.user), timezone.now()
    context = {**_list(request, now), "today": strip.today(user, now), **_on_the_line(user, now)}
    context["practice_url"] = reverse("calls:practice") if settings.HALLOM_DEMO else ""
    context["may_phone"] = permissions.can(user, "phone.use")
    if not context["may_phone"] and permissions.can(user, "settings.staff"):
        context["set_up_url"] = reverse("ui:settings")
    context["recent"] = [(linking.caller_name(call), call) for call in _RECENT.objects(user.pk)]
    return render(request, "desk/home.html", context)


@login_required
@require_GET
def worklist(request: HttpRequest) -> HttpResponse:
    context = _list(request, timezone.now())
    if fragments.wanted(request):
        return render(request, "ui/components/worklist.html", context)
    return home(request)


@login_required
@require_GET
def queue_strip(request: HttpRequest) -> HttpResponse:
    user, now = cast(User, request.user), timezone.now()
    context: dict[str, Any] = {"queues": strip.queue_lines(user, now)}
    if permissions.can(user, "phone.use"):
        context["today"] = strip.today(user, now)
    if permissions.can(user, "calls.supervise"):
        context["alarms"] = len(alarms_now(now))
    return render(request, "ui/components/strip.html", context)


def _list(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """The work list's own names stand at the top of the context, as its component wants them."""
    shown = tickets.worklist(
        cast(User, request.user), now, tab=request.GET.get("tab", tickets.MINE), page=reverse("desk:home")
    )
    return {"tabs": shown.tabs, "groups": shown.groups, "topic": shown.topic, "url": shown.url}


def _on_the_line(user: User, now: datetime) -> dict[str, Any]:
    """The call the agent is in, with the customer's card beside it."""
    status = _BUSY.first(user.pk)
    call = (
        Call.objects.filter(pk=status.call).select_related("customer", "ticket", "queue").first()
        if status
        else None
    )
    if call is None:
        return {}
    shown = card(call.customer, user, now=now) if call.customer else None
    return {"call": call, "caller": linking.caller_name(call), "call_url": url_of(call, user), "card": shown}
