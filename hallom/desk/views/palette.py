from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from hallom.desk import palette
from hallom.staff.models import User


@login_required
@require_GET
def results(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    groups = palette.search(request, user, request.GET.get("q", ""), now=timezone.now())
    return render(
        request, "ui/components/palette_results.html", {"groups": groups, "q": request.GET.get("q", "")}
    )
