from allauth.account.utils import perform_login
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from hallom.staff import login_link
from hallom.staff.models import User

BACKEND = "hallom.staff.backends.StaffBackend"


@never_cache
@require_http_methods(["GET", "POST"])
def login_by_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """GET asks, POST signs in: mail scanners and previews open links, and must not use them up."""
    now = timezone.now()
    if request.method == "POST":
        user = login_link.redeem(token, now)
        if user is not None:
            return _sign_in(request, user)
    owner = login_link.owner(token, now)
    return render(request, "staff/login_link.html", {"owner": owner}, status=200 if owner else 410)


def _sign_in(request: HttpRequest, user: User) -> HttpResponseBase:
    """A link stands in for the password, not for the second factor."""
    following = resolve_url("/" if user.has_usable_password() else "staff:profile")
    if is_mfa_enabled(user):
        asked: HttpResponseBase = perform_login(request, user, redirect_url=following)
        return asked
    login(request, user, backend=BACKEND)
    return redirect(following)
