"""Settings: text templates, signatures, acknowledgements."""

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

from hallom.automation.forms import AcknowledgementsForm, SignatureForm, TemplateForm
from hallom.automation.models import Acknowledgement, Signature, TextTemplate
from hallom.automation.setup import changed
from hallom.automation.values import LABELS
from hallom.staff.models import Team
from hallom.staff.permissions import require
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets.models import Field
from hallom.ui.removed import subject_of

ACT = "settings.tickets"


@login_required
@require_GET
def templates(request: SignedInRequest) -> HttpResponse:
    require(request.user, ACT)
    rows = TextTemplate.objects.select_related("team", "category").prefetch_related("versions")
    return render(request, "automation/template_list.html", {"templates": rows})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def template(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    require(request.user, ACT)
    subject = subject_of(request, TextTemplate.objects.all(), pk, blank=TextTemplate())
    row, act = subject.row, subject.act
    form = TemplateForm(request.POST if request.method == "POST" else None, instance=row)
    if subject.is_saved and form.is_valid():
        with transaction.atomic():
            changed(form.keep(), act, by=request.user, now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("automation:templates")
    context = {"form": form, "texts": form.texts, "row": row, "variables": _variables()}
    context["is_gone"] = subject.is_gone
    return render(request, "automation/template.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def remove_template(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, ACT)
    row = get_object_or_404(TextTemplate, pk=pk)
    try:
        with transaction.atomic():
            changed(row, "removed", by=request.user, now=timezone.now())
            row.delete()
    except ProtectedError:
        messages.error(request, _("It is still used elsewhere; take it out of use instead."))
        return redirect("automation:template", pk)
    messages.success(request, _("Removed."))
    return redirect("automation:templates")


@login_required
@require_GET
def signatures(request: SignedInRequest) -> HttpResponse:
    require(request.user, ACT)
    written: dict[int, list[str]] = {}
    for signature in Signature.objects.all():
        written.setdefault(signature.team_id or 0, []).append(signature.get_language_display())
    teams = [(0, _("everybody else")), *Team.objects.filter(is_active=True).values_list("pk", "name")]
    rows = [(key, name, ", ".join(written.get(key, []))) for key, name in teams]
    return render(request, "automation/signature_list.html", {"rows": rows})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def signature(request: SignedInRequest, team: int) -> HttpResponse:
    """Of a team; 0: of everybody who has none of his own."""
    require(request.user, ACT)
    of = get_object_or_404(Team, pk=team) if team else None
    form = SignatureForm(of, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.keep()
            changed(Signature(pk=team, team=of), "changed", by=request.user, now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("automation:signatures")
    context = {"texts": form.texts, "team": of, "variables": _variables()}
    return render(request, "automation/signature.html", context, status=200 if form.is_valid() else 422)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def acknowledgements(request: SignedInRequest) -> HttpResponse:
    require(request.user, ACT)
    form = AcknowledgementsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not form.is_valid():
            raise Http404("no such template")
        with transaction.atomic():
            form.keep()
            changed(Acknowledgement(), "changed", by=request.user, now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("automation:acknowledgements")
    return render(request, "automation/acknowledgements.html", {"form": form})


def _variables() -> list[tuple[str, str]]:
    """What can be written, as it is written, and what it stands for."""
    own = [(f"field.{field.key}", field.label) for field in Field.objects.filter(is_active=True)]
    named = [(name, str(label)) for name, label in LABELS.items()]
    return [(f"{{{{ {name} }}}}", label) for name, label in (*named, *own)]
