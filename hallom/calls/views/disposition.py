from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from hallom.calls import wrap_up
from hallom.calls.models import Call, Disposition
from hallom.staff.models import User


class DispositionForm(forms.Form):
    disposition = forms.ModelChoiceField(
        Disposition.objects.filter(is_active=True),
        label=gettext_lazy("How did it end?"),
        to_field_name="code",
    )
    note = forms.CharField(
        label=gettext_lazy("Internal note about the call"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, call: Call, data: Any = None) -> None:
        said = getattr(call, "disposed", None)
        initial = {"disposition": said.disposition.code, "note": said.note} if said else None
        super().__init__(data, initial=initial)


@login_required
@require_POST
def disposition(request: HttpRequest, pk: str) -> HttpResponse:
    """What was not said in the bar in time is said here, by an agent who talked."""
    call = get_object_or_404(Call, pk=pk)
    by = cast(User, request.user)
    if not wrap_up.has_talked(call, by):
        raise PermissionDenied("not your call")
    form = DispositionForm(call, request.POST)
    if not form.is_valid():
        messages.error(request, _("Please choose how the call ended."))
        return redirect("calls:call", pk)
    wrap_up.finish(
        call,
        by=by,
        now=timezone.now(),
        disposition=form.cleaned_data["disposition"],
        note=form.cleaned_data["note"].strip(),
    )
    messages.success(request, _("Saved."))
    return redirect("calls:call", pk)
