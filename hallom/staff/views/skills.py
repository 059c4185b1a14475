from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hallom.staff.forms import SkillForm
from hallom.staff.models import Skill
from hallom.staff.permissions import require
from hallom.staff.signed_in import SignedInRequest
from hallom.timeline.journal import record

ACT = "settings.staff"


@login_required
@require_GET
def skills(request: SignedInRequest) -> HttpResponse:
    require(request.user, ACT)
    return render(request, "staff/skill_list.html", {"skills": Skill.objects.annotate(size=Count("users"))})


@login_required
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    require(request.user, ACT)
    return _edited(request, Skill())


@login_required
@require_http_methods(["GET", "POST"])
def skill(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, ACT)
    return _edited(request, get_object_or_404(Skill, pk=pk))


@transaction.atomic
def _edited(request: SignedInRequest, skill: Skill) -> HttpResponse:
    form = SkillForm(request.POST or None, instance=skill)
    if request.method == "POST" and form.is_valid():
        kept = form.save()
        record("staff.skill_changed", now=timezone.now(), actor=request.user, data={"skill": kept.pk})
        messages.success(request, _("Saved."))
        return redirect("staff:skills")
    return render(request, "staff/skill.html", {"form": form, "skill": skill})
