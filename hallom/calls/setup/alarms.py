"""When the supervisor's view and the wallboard turn red."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hallom.calls.models import AlarmRules
from hallom.calls.setup.section import save
from hallom.staff import permissions
from hallom.staff.models import User

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Any]
else:
    _ModelForm = forms.ModelForm


class AlarmForm(_ModelForm):
    class Meta:
        model = AlarmRules
        fields = [
            "break_seconds",
            "wrap_up_seconds",
            "waiting_seconds",
            "hold_seconds",
            "promise_seconds",
            "mos",
            "trunk",
            "nobody",
        ]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def alarms(request: HttpRequest) -> HttpResponse:
    permissions.require(request.user, "settings.calls")
    form = AlarmForm(request.POST or None, instance=AlarmRules.current())
    if request.method == "POST" and form.is_valid():
        save(form, by=cast(User, request.user))
        messages.success(request, _("Saved."))
        return redirect("calls:alarms")
    return render(request, "calls/alarms_setup.html", {"form": form})


URLS = [path("settings/alarms/", alarms, name="alarms")]
