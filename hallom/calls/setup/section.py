"""The pages of one kind of thing an administrator sets up: list, new, change, removal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import models, transaction
from django.db.models import ProtectedError
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hallom.calls import configuration
from hallom.staff import permissions
from hallom.staff.models import User
from hallom.ui.removed import subject_of

Cell = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Section:
    """`name` is in the URLs and URL names; `new` is what a further one is called before it has a name; `columns` are heading and content of the list beside the name."""

    name: str
    one: Any
    many: Any
    new: Any
    explanation: Any
    model: type[models.Model]
    form: type[ModelForm[Any]]
    columns: Sequence[tuple[Any, Cell]]
    related: tuple[str, ...] = ()

    @property
    def list_url(self) -> str:
        return f"calls:{self.name}"

    def urls(self) -> list[URLPattern]:
        return [
            path(f"settings/{self.name}/", self.show_list, name=self.name),
            path(f"settings/{self.name}/new/", self.add, name=f"{self.name}-new"),
            path(f"settings/{self.name}/<int:pk>/", self.change, name=f"{self.name}-change"),
            path(f"settings/{self.name}/<int:pk>/removal/", self.remove, name=f"{self.name}-removal"),
        ]

    @property
    def show_list(self) -> Callable[..., HttpResponse]:
        return _guarded(self._list, ["GET", "HEAD"])

    @property
    def add(self) -> Callable[..., HttpResponse]:
        return _guarded(self._edit, ["GET", "HEAD", "POST"])

    @property
    def change(self) -> Callable[..., HttpResponse]:
        return _guarded(self._edit, ["GET", "HEAD", "POST"])

    @property
    def remove(self) -> Callable[..., HttpResponse]:
        return _guarded(self._remove, ["POST"])

    def _list(self, request: HttpRequest) -> HttpResponse:
        found = self.model._default_manager.select_related(*self.related)
        rows = [(row, [cell(row) for _heading, cell in self.columns]) for row in found]
        context = {"section": self, "rows": rows, "headings": [heading for heading, _cell in self.columns]}
        return render(request, "calls/setup_list.html", context)

    def _edit(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        subject = subject_of(request, self.model._default_manager.all(), pk, blank=self.model())
        form = self.form(request.POST or None, request.FILES or None, instance=subject.row)
        if subject.is_saved and form.is_valid():
            save(form, by=cast(User, request.user))
            messages.success(request, _("Saved."))
            return redirect(self.list_url)
        context = {"section": self, "form": form, "row": subject.row, "is_gone": subject.is_gone}
        return render(request, "calls/setup_form.html", context)

    def _remove(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(self.model._default_manager, pk=pk)
        try:
            with transaction.atomic():
                configuration.changed(row, "removed", by=cast(User, request.user), now=timezone.now())
                row.delete()
        except ProtectedError:
            messages.error(request, _("It is still used elsewhere; take it out of use instead."))
            return redirect(f"{self.list_url}-change", pk)
        messages.success(request, _("Removed."))
        return redirect(self.list_url)


def _guarded(view: Callable[..., HttpResponse], methods: list[str]) -> Callable[..., HttpResponse]:
    @login_required
    @require_http_methods(methods)
    def guarded(request: HttpRequest, **arguments: Any) -> HttpResponse:
        permissions.require(request.user, "settings.calls")
        return view(request, **arguments)

    return guarded


@transaction.atomic
def save(form: ModelForm[Any], *, by: User) -> Any:
    act = "changed" if form.instance.pk else "added"
    row = form.save()
    configuration.changed(row, act, by=by, now=timezone.now())
    return row
