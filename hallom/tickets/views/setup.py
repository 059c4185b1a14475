"""What the house prepares for its tickets: a list and a form for each kind of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from hallom.staff.permissions import require
from hallom.staff.signed_in import SignedInRequest
from hallom.tickets.forms import setup as forms
from hallom.tickets.models import Checklist, Field, Recurrence, StatusName, TicketTemplate
from hallom.tickets.recurrence_words import in_words
from hallom.tickets.views.method import is_delete
from hallom.timeline.journal import record
from hallom.ui.removed import subject_of
from hallom.ui.templatetags.ui import when

ACT = "settings.tickets"
LIST, FORM = "tickets/setup_list.html", "tickets/setup.html"


@dataclass(frozen=True, slots=True)
class Kind:
    """``columns`` are headings, ``cells`` what stands under them beside the name. ``urls`` begins the names of the URLs:
    the list is ``<urls>s``, the form of a new one ``<urls>-new``, that of one of them ``<urls>``."""

    urls: str
    rows: Callable[[], QuerySet[Any]]
    form: Callable[..., Any]
    new: Any
    columns: tuple[Any, ...]
    cells: Callable[[Any], tuple[Any, ...]]
    can_be_removed: bool = False
    picks_customer: bool = False

    @property
    def model(self) -> type[Model]:
        return self.rows().model

    @property
    def heading(self) -> str:
        return str(capfirst(self.model._meta.verbose_name_plural))


def _statuses(name: StatusName) -> tuple[Any, ...]:
    following = ", ".join(str(one) for one in name.leads_to.all())
    return name.get_meaning_display(), name.is_default, following or _("whatever the meaning allows")


def _fields(field: Field) -> tuple[Any, ...]:
    categories = ", ".join(category.name for category in field.categories.all())
    return field.get_kind_display(), field.is_required, categories or _("all")


def _checklists(checklist: Checklist) -> tuple[Any, ...]:
    return len(checklist.steps), checklist.category or _("by hand")


def _templates(template: TicketTemplate) -> tuple[Any, ...]:
    return template.subject, template.team or "–", template.get_priority_display()


def _recurrences(recurrence: Recurrence) -> tuple[Any, ...]:
    return in_words(recurrence), recurrence.customer or "–", when(recurrence.next_at) or "–"


STATUSES = Kind(
    "status-name",
    lambda: StatusName.objects.prefetch_related("leads_to"),
    forms.StatusForm,
    _("New status"),
    (_("Meaning"), _("Default"), _("May become")),
    _statuses,
)
FIELDS = Kind(
    "own-field",
    lambda: Field.objects.prefetch_related("categories"),
    forms.FieldForm,
    _("New field"),
    (_("Kind"), _("Required"), _("Categories")),
    _fields,
)
CHECKLISTS = Kind(
    "checklist",
    lambda: Checklist.objects.select_related("category"),
    forms.ChecklistForm,
    _("New checklist"),
    (_("Steps"), _("Put in")),
    _checklists,
    can_be_removed=True,
)
TEMPLATES = Kind(
    "ticket-template",
    lambda: TicketTemplate.objects.select_related("team"),
    forms.TicketTemplateForm,
    _("New ticket template"),
    (_("Subject"), _("Team"), _("Priority")),
    _templates,
)
RECURRENCES = Kind(
    "recurrence",
    lambda: Recurrence.objects.select_related("template", "customer"),
    forms.RecurrenceForm,
    _("New recurring ticket"),
    (_("When"), _("Customer"), _("Next")),
    _recurrences,
    can_be_removed=True,
    picks_customer=True,
)


@login_required
@require_GET
def listing(request: SignedInRequest, kind: Kind) -> HttpResponse:
    require(request.user, ACT)
    rows = [
        {
            "row": row,
            "name": _name(row),
            "cells": kind.cells(row),
            "is_active": getattr(row, "is_active", True),
        }
        for row in kind.rows()
    ]
    return render(request, LIST, {"kind": kind, "rows": rows, "new_url": f"tickets:{kind.urls}-new"})


@login_required
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest, kind: Kind) -> HttpResponse:
    require(request.user, ACT)
    return _edited(request, kind, None)


@login_required
@require_http_methods(["GET", "POST", "DELETE"])
def one(request: SignedInRequest, kind: Kind, pk: int) -> HttpResponse:
    require(request.user, ACT)
    if not is_delete(request):
        return _edited(request, kind, pk)
    if not kind.can_be_removed:
        raise Http404
    return _removed(request, kind, get_object_or_404(kind.rows(), pk=pk))


def _edited(request: SignedInRequest, kind: Kind, pk: int | None) -> HttpResponse:
    subject = subject_of(request, kind.rows(), pk, blank=kind.model())
    row = subject.row
    making = partial(kind.form, now=timezone.now()) if kind is RECURRENCES else kind.form
    form = making(request.POST if request.method == "POST" else None, instance=row)
    if subject.is_saved and form.is_valid():
        with transaction.atomic():
            _tell(request, kind, form.save().pk)
        messages.success(request, _("Saved."))
        return redirect(f"tickets:{kind.urls}s")
    context = {"kind": kind, "form": form, "row": row, "name": _name(row) if row.pk else kind.new}
    context |= {"back": f"tickets:{kind.urls}s", "is_gone": subject.is_gone}
    return render(request, FORM, context, status=422 if form.errors or subject.is_gone else 200)


@transaction.atomic
def _removed(request: SignedInRequest, kind: Kind, row: Any) -> HttpResponse:
    pk = row.pk
    row.delete()
    _tell(request, kind, pk)
    messages.success(request, _("Removed."))
    return redirect(f"tickets:{kind.urls}s")


def _tell(request: SignedInRequest, kind: Kind, pk: int) -> None:
    data = {"of": kind.model._meta.label_lower, "id": pk}
    record("tickets.setup_changed", now=timezone.now(), actor=request.user, data=data)


def _name(row: Any) -> str:
    return str(row.template if isinstance(row, Recurrence) else row)
