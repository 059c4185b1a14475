from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from hallom.staff import login_link

BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@require_http_methods(["GET", "POST"])
def login_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST signs in: mail scanners and previews open links, and must not use them up."""
    now = timezone.now()
    if request.method == "POST":
        user = login_link.redeem(token, now)
        if user is not None:
            login(request, user, backend=BACKEND)
            return redirect("/" if user.has_usable_password() else "staff:profile")
    owner = login_link.owner(token, now)
    return render(request, "staff/login_link.html", {"owner": owner}, status=200 if owner else 410)
