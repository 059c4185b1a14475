from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hallom.calls import tasks
from hallom.staff import permissions


@login_required
@require_POST
def practice(request: HttpRequest) -> HttpResponse:
    """A made-up customer phones in, so that anyone can try the product with no telephone at hand."""
    permissions.require(request.user, "phone.use")
    if not settings.HALLOM_DEMO:
        raise Http404("practice calls are for the demo")
    tasks.practice_call.defer()
    messages.success(request, _("A practice customer is phoning in."))
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204)
    return redirect("desk:home")
