from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from hallom.calls import orders
from hallom.calls.models import BannedSource
from hallom.staff import permissions
from hallom.staff.models import User

LIFT = "lift_ban"
PAST_SHOWN = 50


@login_required
@require_safe
def bans(request: HttpRequest) -> HttpResponse:
    permissions.require(request.user, "settings.calls")
    now = timezone.now()
    rows = BannedSource.objects.select_related("lifted_by")
    current = rows.filter(until__gt=now, lifted_at=None)
    past = rows.exclude(pk__in=current.values("pk"))[:PAST_SHOWN]
    return render(request, "calls/ban_list.html", {"current": current, "past": past})


@login_required
@require_POST
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """The switch lets the source in again and writes down who has asked for it."""
    permissions.require(request.user, "settings.calls")
    row = get_object_or_404(BannedSource, pk=pk)
    outcome = orders.give(cast(User, request.user).pk, LIFT, source=row.address)
    if outcome.ok:
        messages.success(request, _("%(address)s may telephone again.") % {"address": row.address})
    elif outcome.error == orders.NO_ANSWER:
        messages.error(request, _("The telephone exchange does not answer. Try again in a moment."))
    else:
        messages.info(request, _("%(address)s is not blocked any more.") % {"address": row.address})
    return redirect("calls:bans")


URLS = [
    path("settings/bans/", bans, name="bans"),
    path("settings/bans/<int:pk>/lifting/", lift, name="ban-lifting"),
]
