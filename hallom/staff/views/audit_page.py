from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hallom.staff import audit_trail
from hallom.staff.permissions import require
from hallom.staff.signed_in import SignedInRequest
from hallom.timeline.journal import record
from hallom.ui import fragments

ROWS = 50


@login_required
@require_GET
@transaction.atomic
def audit(request: SignedInRequest) -> HttpResponse:
    """The audit trail; that somebody looked into it is itself written down."""
    require(request.user, "audit.view")
    subject = request.GET.get("subject", "")
    if subject not in audit_trail.tracked():
        subject = audit_trail.ACTS
    obj = request.GET.get("object", "")
    key = int(obj) if obj.isascii() and obj.isdigit() and len(obj) < 19 else None
    page, lines = _page(subject, key, request.GET.get("page"))
    record(
        "audit.viewed", now=timezone.now(), actor=request.user, data={"subject": subject, "object": obj[:20]}
    )
    template = "staff/_audit_rows.html" if fragments.wanted(request) else "staff/audit.html"
    subjects = [(audit_trail.ACTS, _("Signing in, listening, exporting")), *audit_trail.subjects()]
    context = {"page": page, "lines": lines, "subject": subject, "object": obj, "subjects": subjects}
    return render(request, template, context)


def _page(subject: str, key: int | None, number: str | None) -> tuple[Any, list[audit_trail.Line]]:
    if subject == audit_trail.ACTS:
        acts = Paginator(audit_trail.acts(), ROWS).get_page(number)
        return acts, audit_trail.act_lines(list(acts))
    rows = Paginator(audit_trail.rows_of(subject, key), ROWS).get_page(number)
    return rows, audit_trail.lines(subject, list(rows))
