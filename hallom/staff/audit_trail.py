"""Who changed what: the rows that the audit triggers wrote, with what they were before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from hallom.staff import audit_words
from hallom.staff.models import User
from hallom.timeline.models import Event

# What people did without changing a row that is tracked: signing in, listening, exporting.
ACTS = "acts"
ACT_KINDS = (
    "staff.",
    "recording.",
    "calls.exported",
    "calls.setup_changed",
    "calls.source_banned",
    "calls.source_released",
    "audit.",
)
HIDDEN_FIELDS = (
    "id",
    "is_staff",
    "is_superuser",
    "session_epoch",
    "name_folded",
    "title_folded",
    "text_folded",
    "reversed_digits",
    "normalised",
    "pgh_id",
    "pgh_created_at",
    "pgh_label",
    "pgh_obj",
    "pgh_context",
    "pgh_context_id",
)


@dataclass(frozen=True, slots=True)
class Change:
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    who: str
    what: str
    label: str
    changes: tuple[Change, ...]
    code: str = ""


def tracked() -> dict[str, type[Model]]:
    """The audit tables, by the label of what they watch."""
    models = [model for model in apps.get_models() if getattr(model, "pgh_tracked_model", None)]
    return {model.pgh_tracked_model._meta.label_lower: model for model in models}  # type: ignore[attr-defined]


def subjects() -> list[tuple[str, str]]:
    """What can be looked at, by label and name."""
    named = [
        (label, capfirst(str(model.pgh_tracked_model._meta.verbose_name_plural)))  # type: ignore[attr-defined]
        for label, model in tracked().items()
    ]
    return sorted(named, key=lambda pair: pair[1])


def rows_of(label: str, obj: int | None = None) -> QuerySet[Any]:
    """Audit rows of one kind of object, or of one object, newest first."""
    model: Any = tracked()[label]
    earlier = model.objects.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id"))
    rows = model.objects.select_related("pgh_context").annotate(
        earlier=Subquery(earlier.order_by("-pgh_id").values("pgh_id")[:1])
    )
    if obj is not None:
        rows = rows.filter(pgh_obj_id=obj)
    ordered: QuerySet[Any] = rows.order_by("-pgh_id")
    return ordered


def acts() -> QuerySet[Event]:
    kinds = [kind for kind in ACT_KINDS if kind.endswith(".")]
    wanted = Event.objects.filter(kind__in=[kind for kind in ACT_KINDS if not kind.endswith(".")])
    for prefix in kinds:
        wanted |= Event.objects.filter(kind__startswith=prefix)
    return wanted.order_by("-id")


def lines(label: str, page: list[Any]) -> list[Line]:
    """A page of audit rows in words; every row says what differs from the one before it."""
    model: Any = tracked()[label]
    before = model.objects.in_bulk([row.earlier for row in page if row.earlier])
    names = _names({_actor(row) for row in page})
    return [
        Line(
            at=row.pgh_created_at,
            who=names.get(_actor(row) or 0, "Hallom"),
            what=_title(row),
            label=_label(row.pgh_label),
            changes=tuple(_changes(row, before.get(row.earlier))),
        )
        for row in page
    ]


def act_lines(page: list[Event]) -> list[Line]:
    names = _names({event.actor_id for event in page} | {event.data.get("user") for event in page})
    return [
        Line(
            at=event.at,
            who=names.get(event.actor_id or 0, "Hallom"),
            what=names.get(event.data.get("user", 0), event.call or ""),
            label=str(audit_words.ACTS.get(event.kind, event.kind)),
            changes=tuple(
                Change(key, "", str(value)) for key, value in sorted(event.data.items()) if key != "user"
            ),
            code=event.kind,
        )
        for event in page
    ]


def _title(row: Any) -> str:
    """What the row is called; its id tells apart what bears the same name."""
    names = (getattr(row, field, "") for field in ("full_name", "subject", "title", "name", "value"))
    name = next((str(name) for name in names if name), "")
    return f"{name} ({row.pgh_obj_id})" if name else str(row.pgh_obj_id)


def _label(label: str) -> str:
    words = {"insert": _("made"), "update": _("changed"), "delete": _("deleted")}
    return words.get(label, label)


def _actor(row: Any) -> int | None:
    metadata = row.pgh_context.metadata if row.pgh_context else {}
    actor: int | None = metadata.get("user")
    return actor


def _names(people: set[Any]) -> dict[int, str]:
    known = [person for person in people if isinstance(person, int)]
    return dict(User.objects.filter(pk__in=known).values_list("pk", "full_name"))


def _changes(row: Any, before: Any) -> Iterator[Change]:
    for field in row._meta.concrete_fields:
        if field.name in HIDDEN_FIELDS:
            continue
        new = getattr(row, field.attname)
        old = getattr(before, field.attname) if before is not None else None
        if row.pgh_label == "delete" or new == old or (before is None and new in (None, "", [], {})):
            continue
        yield Change(
            audit_words.name_of(field), audit_words.value_of(field, old), audit_words.value_of(field, new)
        )
