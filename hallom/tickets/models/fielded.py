from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import User
from hallom.tickets.fields import Definition, WrongValue, clean
from hallom.tickets.models.statusful import Statusful
from hallom.tickets.status import FieldsMissing

if TYPE_CHECKING:
    from hallom.tickets.models.field import Field


class Fielded(Statusful):
    """The trait of keeping facts that the house has thought of itself: values by the key of a Field."""

    fields = models.JSONField(_("fields"), default=dict, blank=True)

    class Meta:
        abstract = True

    def set_field(self, key: str, value: Any, *, by: User | None, now: datetime) -> None:
        self.set_fields({key: value}, by=by, now=now)

    @transaction.atomic
    def set_fields(self, values: Mapping[str, Any], *, by: User | None, now: datetime) -> None:
        """Set what is given and leave the rest; None or nothing empties a field. Raises WrongValue (also
        ``code="unknown"`` for a key nobody has made), and then nothing is changed."""
        cleaned = cleaned_fields(values)
        # Two who set different fields at once must both be heard.
        held = (
            type(self)._default_manager.select_for_update().values_list("fields", flat=True).get(pk=self.pk)
        )
        kept = {**held, **cleaned}
        self.fields = {key: value for key, value in kept.items() if value is not None}
        changed = sorted(key for key in cleaned if held.get(key) != cleaned[key])
        if not changed:
            return
        self.save_changed("fields", now=now)
        old = {key: held.get(key) for key in changed}
        new = {key: cleaned[key] for key in changed}
        self.tell("ticket.fields_set", by=by, now=now, old=old, new=new)

    def asked_fields(self) -> list[Field]:
        """The fields in use for a ticket of this category; a field of a category is one of all below it too."""
        from hallom.tickets.models.field import Field

        above = set(_upwards(self.category))  # type: ignore[attr-defined]
        active = Field.objects.filter(is_active=True).prefetch_related("categories")
        return [field for field in active if _is_asked(field, above)]

    def missing_fields(self) -> list[Field]:
        return [field for field in self.asked_fields() if field.is_required and field.key not in self.fields]

    def must_be_known(self) -> None:
        missing = self.missing_fields()
        if missing:
            raise FieldsMissing([field.label for field in missing])


def cleaned_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are kept, None for what is to be emptied; raises WrongValue."""
    from hallom.tickets.models.field import Field

    known = Field.objects.filter(is_active=True).in_bulk(list(values), field_name="key")
    cleaned = {}
    for key, raw in values.items():
        if key not in known:
            raise WrongValue(key, "unknown")
        field = known[key]
        cleaned[key] = clean(Definition(key, field.kind, field.choices), raw)
    return cleaned


def _upwards(category: Any) -> list[int]:
    found = []
    while category is not None:
        found.append(category.pk)
        category = category.parent
    return found


def _is_asked(field: Field, above: set[int]) -> bool:
    wanted = {category.pk for category in field.categories.all()}
    return not wanted or bool(wanted & above)
