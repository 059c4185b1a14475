"""The search for whom to send a caller to, or to call."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from hallom.desk import destinations
from hallom.staff import permissions
from hallom.staff.models import User
from hallom.ui.typed_search import typed_search

PURPOSES = ("transfer", "dial", "divert")


@login_required
@require_POST
@typed_search
def results(request: HttpRequest) -> HttpResponse:
    permissions.require(request.user, "phone.use")
    asked = request.POST.get("purpose", "")
    purpose = asked if asked in PURPOSES else PURPOSES[0]
    user = cast(User, request.user)
    groups = destinations.search(user, request.POST.get("q", ""), now=timezone.now(), purpose=purpose)
    if request.accepts("text/html"):
        return render(request, "desk/_destinations.html", {"groups": groups})
    data = [{"label": group.label, "items": [item.as_data() for item in group.items]} for group in groups]
    return JsonResponse({"groups": data})
