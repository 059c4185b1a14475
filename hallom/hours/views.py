from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hallom.hours.clock import is_open, next_change
from hallom.hours.forms import CalendarForm, ExceptionForms
from hallom.hours.holidays import holidays_of
from hallom.hours.models import Calendar

ACT = "settings.hours"
HOLIDAYS_SHOWN = 12


@login_required
@require_GET
def calendars(request: HttpRequest) -> HttpResponse:
    _require(request)
    now = timezone.now()
    found = Calendar.objects.prefetch_related("openings", "exceptions")
    rows = [{"calendar": one, "is_open": is_open(hours, now), "change": next_change(hours, now)}
            for one in found for hours in [one.hours(now)]]  # fmt: skip
    return render(request, "hours/calendar_list.html", {"rows": rows})


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    return _edited(request, Calendar())


@login_required
@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest, pk: int) -> HttpResponse:
    return _edited(request, get_object_or_404(Calendar, pk=pk))


def _edited(request: HttpRequest, calendar: Calendar) -> HttpResponse:
    _require(request)
    now = timezone.now()
    data = request.POST if request.method == "POST" else None
    form = CalendarForm(data, instance=calendar)
    exceptions = ExceptionForms(data, instance=calendar, prefix="exceptions")
    if data is not None and all([form.is_valid(), exceptions.is_valid()]):
        form.keep(exceptions, by=_user(request), now=now)
        messages.success(request, _("Saved."))
        return redirect("hours:calendars")
    today = timezone.localdate(now)
    free = sorted(holidays_of(calendar.country, (today.year, today.year + 1)).items())
    coming = [(day, name) for day, name in free if day >= today][:HOLIDAYS_SHOWN]
    context = {"form": form, "exceptions": exceptions, "calendar": calendar, "holidays": coming}
    return render(request, "hours/calendar.html", context)


def _require(request: HttpRequest) -> None:
    if not _user(request).can(ACT):
        raise PermissionDenied(ACT)


def _user(request: HttpRequest) -> Any:
    # Behind login_required; the class of users lives in a room above this one.
    return request.user
