"""The supervisor's view and its acts; every act asks for the right to that colleague's call, and answers with the view."""

from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hallom.calls import supervising
from hallom.calls.models import AgentState, Call
from hallom.calls.orders import Outcome
from hallom.desk import errors
from hallom.desk.floor import floor_of
from hallom.staff import permissions
from hallom.staff.models import User
from hallom.ui import fragments

FORCEABLE = (AgentState.AVAILABLE, AgentState.PAUSED, AgentState.OFFLINE)


@login_required
@require_GET
def supervisor(request: HttpRequest) -> HttpResponse:
    permissions.require(request.user, "calls.supervise")
    template = "desk/_floor.html" if fragments.wanted(request) else "desk/supervisor.html"
    return render(request, template, _context(request))


@login_required
@require_http_methods(["POST", "DELETE"])
def watch(request: HttpRequest, pk: str) -> HttpResponse:
    """POST listens, whispers, talks along or takes over, as `mode` says; DELETE leaves."""
    call = get_object_or_404(Call.objects.select_related("agent"), pk=pk)
    # Of an agent's call the agent decides; a queue that two teams serve opens nobody's conversation.
    permissions.require(request.user, "calls.supervise", call.agent or call)
    user = cast(User, request.user)
    if request.method == "DELETE":
        return _answer(request, supervising.leave(call, by=user))
    return _answer(request, supervising.watch(call, request.POST.get("mode", ""), by=user))


@login_required
@require_POST
def forced_state(request: HttpRequest, pk: int) -> HttpResponse:
    agent = get_object_or_404(User, pk=pk)
    permissions.require(request.user, "calls.supervise", agent)
    reason = request.POST.get("reason", "")
    state = AgentState.PAUSED if reason else request.POST.get("state", "")
    if state not in FORCEABLE:
        return _answer(request, Outcome(False, "not_now"))
    by = cast(User, request.user)
    return _answer(request, supervising.force(agent, str(state), reason, by=by, now=timezone.now()))


def _answer(request: HttpRequest, outcome: Outcome) -> HttpResponse:
    problem = "" if outcome.ok else errors.words_of(outcome.error)
    context = _context(request, problem=problem)
    return render(request, "desk/_floor.html", context, status=200 if outcome.ok else 409)


def _context(request: HttpRequest, *, problem: str = "") -> dict[str, Any]:
    return {"floor": floor_of(cast(User, request.user), timezone.now(), problem=problem)}
