"""Saving a form about something that somebody else has removed meanwhile: what was typed can become a new one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Subject(Generic[M]):
    """What a form is about. ``is_gone``: it was there when the form was opened, and `ui/_removed.html` says so in the
    form; ``is_saved``: the form was sent, and by somebody who knows."""

    row: M
    is_gone: bool
    is_saved: bool

    @property
    def act(self) -> str:
        """What saving it is on the timeline; to be asked before it is saved."""
        return "changed" if self.row.pk else "added"


def subject_of(request: HttpRequest, rows: QuerySet[M], pk: int | None, *, blank: M) -> Subject[M]:
    """The row, or ``blank`` without ``pk`` and in the place of one that is gone; raises Http404 when nothing was typed."""
    found = rows.filter(pk=pk).first() if pk else None
    is_sent, is_gone = request.method == "POST", bool(pk) and found is None
    if is_gone and not is_sent:
        raise Http404
    return Subject(found or blank, is_gone, is_sent and (not is_gone or "anew" in request.POST))
