from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from hallom.desk import palette
from hallom.staff.models import User
from hallom.ui.typed_search import typed_search


@login_required
@require_POST
@typed_search
def results(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    text = request.POST.get("q", "")
    groups = palette.search(request, user, text, now=timezone.now())
    return render(request, "ui/components/palette_results.html", {"groups": groups, "q": text})
