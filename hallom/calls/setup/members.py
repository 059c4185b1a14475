from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hallom.calls import configuration
from hallom.calls.models import Queue
from hallom.calls.setup.forms import MembersForm
from hallom.staff import permissions
from hallom.staff.models import User


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def members(request: HttpRequest, pk: int) -> HttpResponse:
    permissions.require(request.user, "settings.calls")
    queue = get_object_or_404(Queue, pk=pk)
    form = MembersForm(queue, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            configuration.changed(queue, "members", by=cast(User, request.user), now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("calls:queues")
    return render(request, "calls/queue_members.html", {"queue": queue, "form": form})
