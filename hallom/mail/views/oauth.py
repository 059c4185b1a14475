"""Settings: asking Microsoft or Google for permission to use a mailbox (RFC 6749 4.1)."""

from __future__ import annotations

import secrets

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hallom.mail import oauth
from hallom.mail.models import Mailbox, Provider
from hallom.mail.problems import Problem
from hallom.staff.permissions import require
from hallom.staff.signed_in import SignedInRequest

ACT = "settings.mail"
# The consent page is left open over lunch; the state is good for one return.
SESSION_KEY = "mail-oauth"


@login_required
@require_GET
def connect(request: SignedInRequest, pk: int) -> HttpResponse:
    """Off to the provider's consent page. A link and no form: the browser lets no form of ours lead to another house."""
    require(request.user, ACT)
    mailbox = get_object_or_404(Mailbox.objects.exclude(provider=Provider.PASSWORD), pk=pk)
    state = secrets.token_urlsafe(24)
    request.session[SESSION_KEY] = {"state": state, "mailbox": mailbox.pk}
    return HttpResponseRedirect(oauth.consent_url(mailbox, _redirect_uri(request), state))


@login_required
@require_GET
def returned(request: SignedInRequest) -> HttpResponse:
    """Back from the consent page, with a code or a refusal."""
    require(request.user, ACT)
    begun = request.session.pop(SESSION_KEY, None)
    given = request.GET.get("state", "")
    if not begun or not constant_time_compare(begun["state"], given):
        messages.error(request, _("This return belongs to no request of yours: please connect again."))
        return redirect("mail:mailboxes")
    mailbox = get_object_or_404(Mailbox, pk=begun["mailbox"])
    code = request.GET.get("code", "")
    if not code:
        messages.error(request, _("The provider did not grant the permission."))
        return redirect("mail:mailbox", mailbox.pk)
    try:
        oauth.exchange(mailbox, code, _redirect_uri(request), by=request.user, now=timezone.now())
    except oauth.OAuthProblem as problem:
        messages.error(request, str(Problem(problem.code).label))
    else:
        messages.success(request, _("The mailbox is connected."))
    return redirect("mail:mailbox", mailbox.pk)


def _redirect_uri(request: SignedInRequest) -> str:
    return request.build_absolute_uri(reverse("mail:oauth-return"))
