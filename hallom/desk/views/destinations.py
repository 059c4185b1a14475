"""The search for whom to send a caller to, or to call."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from hallom.desk import destinations
from hallom.staff import permissions
from hallom.staff.models import User

PURPOSES = ("transfer", "dial", "divert")


@login_required
@require_GET
def results(request: HttpRequest) -> HttpResponse:
    permissions.require(request.user, "phone.use")
    asked = request.GET.get("purpose", "")
    purpose = asked if asked in PURPOSES else PURPOSES[0]
    user = cast(User, request.user)
    groups = destinations.search(user, request.GET.get("q", ""), now=timezone.now(), purpose=purpose)
    if request.accepts("text/html"):
        return render(request, "desk/_destinations.html", {"groups": groups})
    data = [{"label": group.label, "items": [item.as_data() for item in group.items]} for group in groups]
    return JsonResponse({"groups": data})
