from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hallom.staff.forms import ProfileForm
from hallom.staff.models import User
from hallom.staff.signed_in import SignedInRequest


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    user = User.objects.get(pk=request.user.pk)
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        with translation.override(user.language):
            messages.success(request, _("Your settings are saved."))
        response = redirect("staff:profile")
        response["X-Hallom-Relabel"] = "1"
        return response
    return render(request, "staff/profile.html", {"form": form})
