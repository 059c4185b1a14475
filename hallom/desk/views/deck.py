"""The acts of the call bar; every one answers with the bar as it is now."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hallom.calls import key_file, wrap_up
from hallom.calls.models import AgentState, AgentStatus, Call, Disposition
from hallom.desk import errors
from hallom.desk.views.bar import agent, bar, give, value
from hallom.sip import credentials
from hallom.staff import permissions
from hallom.staff.models import User
from hallom.tickets.models import Ticket
from hallom.ui import addresses

PHONE_HOURS = 12


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    if not permissions.can(request.user, "phone.use"):
        return HttpResponse("")
    return bar(request)


@login_required
@require_POST
def state(request: HttpRequest) -> HttpResponse:
    permissions.require(request.user, "phone.use")
    wanted, reason = request.POST.get("state", ""), request.POST.get("reason", "")
    if reason:
        return give(request, "set_state", state=AgentState.PAUSED, reason=reason)
    if wanted == AgentState.OFFLINE:
        return give(request, "sign_out")
    if wanted == AgentState.AVAILABLE:
        return give(request, "sign_in" if _is_offline(agent(request)) else "set_state", **_AVAILABLE)
    return bar(request, problem=errors.words_of("not_now"))


_AVAILABLE: dict[str, Any] = {"state": AgentState.AVAILABLE, "reason": ""}


@login_required
@require_http_methods(["POST", "DELETE"])
def hold(request: HttpRequest) -> HttpResponse:
    return give(request, "hold" if request.method == "POST" else "retrieve", call=value(request, "call"))


@login_required
@require_http_methods(["POST", "DELETE"])
def recording_pause(request: HttpRequest) -> HttpResponse:
    verb = "pause_recording" if request.method == "POST" else "resume_recording"
    return give(request, verb, call=value(request, "call"))


@login_required
@require_http_methods(["DELETE"])
def offer(request: HttpRequest) -> HttpResponse:
    return give(request, "reject", offer=value(request, "offer"))


@login_required
@require_http_methods(["DELETE"])
def call(request: HttpRequest) -> HttpResponse:
    return give(request, "hang_up", call=value(request, "call"))


@login_required
@require_POST
def finish_wrap_up(request: HttpRequest) -> HttpResponse:
    permissions.require(request.user, "phone.use")
    me = agent(request)
    over = get_object_or_404(Call, pk=request.POST.get("call", ""))
    disposition = Disposition.objects.filter(code=request.POST.get("disposition", ""), is_active=True).first()
    if disposition is None:
        return bar(request, problem=_("Please choose how the call ended."))
    try:
        wrap_up.finish(
            over,
            by=me,
            now=timezone.now(),
            disposition=disposition,
            note=request.POST.get("note", "").strip(),
            ticket=_ticket(request),
        )
    except wrap_up.NotYourCall:
        return bar(request, problem=errors.words_of("not_your_call"))
    if AgentStatus.objects.filter(agent=me, state=AgentState.WRAP_UP, call=over.pk).exists():
        return give(request, "finish_wrap_up")
    return bar(request)


@login_required
@require_POST
def phone(request: HttpRequest) -> JsonResponse:
    """What the browser phone signs in with: good for one shift, and for this agent's calls only."""
    permissions.require(request.user, "phone.use")
    me = agent(request)
    expires = int(timezone.now().timestamp()) + PHONE_HOURS * 3600
    issued = credentials.issue(key_file.phone_key(), me.pk, expires, epoch=me.session_epoch)
    answer = JsonResponse(
        {
            "uri": f"sip:agent-{me.pk}@{settings.HALLOM_SIP_HOST}",
            "username": issued.username,
            "password": issued.password,
            "url": addresses.sip_ws_url(request),
            "expires_at": expires,
            "ice_servers": [],
        }
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _is_offline(user: User) -> bool:
    return not AgentStatus.objects.filter(agent=user).exclude(state=AgentState.OFFLINE).exists()


def _ticket(request: HttpRequest) -> Ticket | None:
    """The ticket the agent chose, if it is one the agent may write to."""
    number = request.POST.get("ticket", "")
    if not (number.isdecimal() and len(number) < 19):
        return None
    ticket = Ticket.objects.filter(number=int(number)).first()
    return ticket if ticket and permissions.can(request.user, "ticket.note", ticket) else None
