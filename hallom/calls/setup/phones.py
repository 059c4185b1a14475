from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hallom.calls import configuration
from hallom.calls.models import SipDevice
from hallom.calls.setup.forms import PhoneForm
from hallom.calls.setup.section import save
from hallom.staff import permissions
from hallom.staff.models import User
from hallom.ui.removed import subject_of


@login_required
@require_safe
def phones(request: HttpRequest) -> HttpResponse:
    permissions.require(request.user, "settings.calls")
    devices = SipDevice.objects.select_related("user")
    return render(request, "calls/phone_list.html", {"devices": devices})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A new one's secret is shown once."""
    permissions.require(request.user, "settings.calls")
    subject = subject_of(request, SipDevice.objects.all(), pk, blank=SipDevice())
    device, act = subject.row, subject.act
    form = PhoneForm(request.POST or None, instance=device)
    if subject.is_saved and form.is_valid():
        secret = device.renew_secret() if act == "added" else ""
        save(form, by=cast(User, request.user))
        if secret:
            return _show_once(request, device, secret)
        messages.success(request, _("Saved."))
        return redirect("calls:phones")
    return render(
        request, "calls/phone_form.html", {"form": form, "device": device, "is_gone": subject.is_gone}
    )


@login_required
@require_POST
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """A new secret; the phone is refused until it is typed in there."""
    permissions.require(request.user, "settings.calls")
    device = get_object_or_404(SipDevice, pk=pk)
    secret = device.renew_secret()
    with transaction.atomic():
        device.save(update_fields=["realm", "ha1_md5", "ha1_sha256"])
        configuration.changed(device, "secret", by=cast(User, request.user), now=timezone.now())
    return _show_once(request, device, secret)


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    permissions.require(request.user, "settings.calls")
    device = get_object_or_404(SipDevice, pk=pk)
    with transaction.atomic():
        configuration.changed(device, "removed", by=cast(User, request.user), now=timezone.now())
        device.delete()
    messages.success(request, _("Removed."))
    return redirect("calls:phones")


def _show_once(request: HttpRequest, device: SipDevice, secret: str) -> HttpResponse:
    response = render(request, "calls/phone_secret.html", {"device": device, "secret": secret})
    response.headers["Cache-Control"] = "no-store"
    return response
