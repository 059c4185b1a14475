"""Settings: the mailboxes, and whether they work."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import ProtectedError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hallom.mail import connection_check, wake
from hallom.mail.forms import PRESETS, MailboxForm
from hallom.mail.mailbox_state import StateLine, state_lines
from hallom.mail.models import Mailbox, Provider
from hallom.mail.tasks import try_out
from hallom.staff.models import User
from hallom.staff.permissions import require
from hallom.staff.signed_in import SignedInRequest
from hallom.timeline.journal import record
from hallom.ui.removed import subject_of

ACT = "settings.mail"


@login_required
@require_GET
def mailboxes(request: SignedInRequest) -> HttpResponse:
    require(request.user, ACT)
    rows = [(row, state_lines(row)) for row in Mailbox.objects.select_related("team", "state")]
    return render(request, "mail/mailbox_list.html", {"rows": rows})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mailbox(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    require(request.user, ACT)
    subject = subject_of(request, Mailbox.objects.all(), pk, blank=_blank(request))
    row = subject.row
    form = MailboxForm(request.POST if request.method == "POST" else None, instance=row)
    if subject.is_saved and form.is_valid():
        kept = _save(form, by=request.user)
        messages.success(request, _("Saved."))
        return redirect("mail:mailbox", kept.pk)
    lines: list[StateLine] = state_lines(row) if row.pk else []
    is_oauth = row.pk and row.provider != Provider.PASSWORD
    context = {"form": form, "row": row, "lines": lines, "is_oauth": is_oauth, "is_gone": subject.is_gone}
    return render(request, "mail/mailbox.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, ACT)
    row = get_object_or_404(Mailbox, pk=pk)
    try:
        with transaction.atomic():
            _changed(row, "removed", by=request.user)
            row.delete()
    except ProtectedError:
        messages.error(request, _("It has mail already: take it out of use instead."))
        return redirect("mail:mailbox", pk)
    messages.success(request, _("Removed."))
    return redirect("mail:mailboxes")


@login_required
@require_POST
def trial(request: SignedInRequest, pk: int) -> HttpResponse:
    """Begin a test of the connection; the answer asks for its outcome by itself."""
    require(request.user, ACT)
    row = get_object_or_404(Mailbox, pk=pk)
    token = connection_check.begin(row, try_out.defer)
    return redirect("mail:trial-result", row.pk, token)


@login_required
@require_GET
def trial_result(request: SignedInRequest, pk: int, token: str) -> HttpResponse:
    require(request.user, ACT)
    row = get_object_or_404(Mailbox, pk=pk)
    try:
        findings = connection_check.result(row.pk, token)
    except KeyError:
        raise Http404 from None
    context = {"row": row, "token": token, "findings": findings, "is_under_way": findings is None}
    return render(request, "mail/trial.html", context)


def _blank(request: SignedInRequest) -> Mailbox:
    """With what is usual for the provider."""
    preset = PRESETS.get(request.GET.get("provider", ""), {})
    return Mailbox(language=request.user.language, is_default=not Mailbox.objects.exists(), **preset)


@transaction.atomic
def _save(form: MailboxForm, *, by: User) -> Mailbox:
    act = "changed" if form.instance.pk else "added"
    row = form.save()
    _changed(row, act, by=by)
    return row


def _changed(row: Mailbox, act: str, *, by: User) -> None:
    record("mail.mailbox_changed", now=timezone.now(), actor=by, data={"mailbox": row.pk, "act": act})
    wake.config_changed()
