from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hallom.staff.forms import TeamForm
from hallom.staff.models import Team
from hallom.staff.permissions import require
from hallom.staff.signed_in import SignedInRequest
from hallom.timeline.journal import record

ACT = "settings.staff"


@login_required
@require_GET
def teams(request: SignedInRequest) -> HttpResponse:
    require(request.user, ACT)
    found = Team.objects.annotate(size=Count("users", filter=Q(users__is_active=True)))
    return render(request, "staff/team_list.html", {"teams": found.order_by("-is_active", "name")})


@login_required
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    require(request.user, ACT)
    return _edited(request, Team())


@login_required
@require_http_methods(["GET", "POST"])
def team(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, ACT)
    return _edited(request, get_object_or_404(Team, pk=pk))


@transaction.atomic
def _edited(request: SignedInRequest, team: Team) -> HttpResponse:
    form = TeamForm(request.POST or None, instance=team)
    if request.method == "POST" and form.is_valid():
        kept = form.save()
        record("staff.team_changed", now=timezone.now(), actor=request.user, data={"team": kept.pk})
        messages.success(request, _("Saved."))
        return redirect("staff:teams")
    return render(request, "staff/team.html", {"form": form, "team": team})
