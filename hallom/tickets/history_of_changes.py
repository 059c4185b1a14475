"""Who changed what on a ticket, when, from what to what: in words, from the rows the audit triggers wrote and the timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from hallom.customers.models import Customer
from hallom.staff.models import Team
from hallom.staff.names import name_of
from hallom.tickets import fields as field_values
from hallom.tickets.changes_beside import Change, changes_beside
from hallom.tickets.models import Category, Field, Priority, Status, StatusName, Ticket
from hallom.ui.templatetags.ui import when

# More is no page any more; the oldest are left out.
MOST = 1000
# Each of these is said by the field beside it.
UNSAID = {
    "snoozed_by",
    "spam_by",
    "deleted_by",
    "solved_at",
    "closed_at",
    "created_at",
    "opened_by",
    "number",
}
STATUS = ("status", "status_name")


def changes(ticket: Ticket) -> list[Change]:
    """Newest first. What nobody did, or no request, the house did."""
    model: Any = apps.get_model("tickets", "TicketEvent")
    newest = model.objects.filter(pgh_obj_id=ticket.pk).select_related("pgh_context").order_by("-pgh_id")
    rows = list(newest[:MOST])[::-1]
    words = _Words(rows)
    found: list[Change] = []
    for before, row in zip([None, *rows], rows, strict=False):
        if before is None and row.pgh_label != "insert":
            continue
        found += _of_row(row, before, words)
    together = [*found[::-1], *changes_beside(ticket, MOST)]
    return sorted(together, key=lambda change: change.at, reverse=True)[:MOST]


class _Words:
    """The names behind the ids of a ticket's rows, read together."""

    def __init__(self, rows: Iterable[Any]) -> None:
        rows = list(rows)
        self._names: dict[str, dict[int, str]] = {
            "customer": _named(Customer, "name", {row.customer_id for row in rows}),
            "team": _named(Team, "name", {row.team_id for row in rows}),
            "category": _named(Category, "name", {row.category_id for row in rows}),
            "status_name": _named(StatusName, "name", {row.status_name_id for row in rows}),
            "merged_into": _named(Ticket, "number", {row.merged_into_id for row in rows}, "#%s"),
        }
        self.fields = {field.key: field for field in Field.objects.all()}

    def of(self, name: str, value: Any) -> str:
        if value is None or value == "" or value == []:
            return ""
        if name in self._names:
            return self._names[name].get(value) or _("gone since")
        return _PLAIN.get(name, _as_it_is)(value)

    def status(self, row: Any) -> str:
        return self.of("status_name", row.status_name_id) or str(Status(row.status).label)


def _of_row(row: Any, before: Any, words: _Words) -> Iterator[Change]:
    metadata = row.pgh_context.metadata if row.pgh_context else {}
    who = name_of(metadata.get("user"))
    if before is None:
        yield Change(row.created_at, who, _("Opened"), "", row.subject)
        return
    for field, old, new in _differences(row, before, words):
        yield Change(row.pgh_created_at, who, field, old, new)


def _differences(row: Any, before: Any, words: _Words) -> Iterator[tuple[str, str, str]]:
    if words.status(row) != words.status(before):
        yield _("Status"), words.status(before), words.status(row)
    for field in Ticket._meta.concrete_fields:
        if field.name in UNSAID or field.name in STATUS or not hasattr(row, field.attname):
            continue
        old, new = getattr(before, field.attname), getattr(row, field.attname)
        if field.name == "fields":
            yield from _own_fields(old, new, words)
        elif old != new and field.name != "id":
            yield capfirst(str(field.verbose_name)), words.of(field.name, old), words.of(field.name, new)


def _own_fields(old: dict[str, Any], new: dict[str, Any], words: _Words) -> Iterator[tuple[str, str, str]]:
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) == new.get(key):
            continue
        field = words.fields.get(key)
        kind = field.kind if field else ""
        label = field.label if field else key
        yield label, field_values.in_words(kind, old.get(key)), field_values.in_words(kind, new.get(key))


def _named(model: Any, column: str, keys: set[int | None], form: str = "%s") -> dict[int, str]:
    wanted = [key for key in keys if key is not None]
    if not wanted:
        return {}
    return {pk: form % name for pk, name in model.objects.filter(pk__in=wanted).values_list("pk", column)}


def _moment(value: datetime) -> str:
    return when(value)


def _as_it_is(value: Any) -> str:
    return _moment(value) if isinstance(value, datetime) else str(value)


_PLAIN: dict[str, Callable[[Any], str]] = {
    "owner": name_of,
    "priority": lambda value: str(Priority(value).label),
    "tags": ", ".join,
}
