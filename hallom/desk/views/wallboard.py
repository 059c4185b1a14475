from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from hallom.desk.wall import wall
from hallom.staff import permissions
from hallom.ui import fragments


@login_required
@require_GET
def wallboard(request: HttpRequest) -> HttpResponse:
    """With `?screen=whole` it fills a screen on the wall, without rail and deck."""
    permissions.require(request.user, "wallboard.view")
    whole = request.GET.get("screen") == "whole"
    context = {"wall": wall(timezone.now()), "whole": whole}
    if fragments.wanted(request):
        return render(request, "desk/_wall.html", context)
    return render(request, "desk/wallboard_screen.html" if whole else "desk/wallboard.html", context)
