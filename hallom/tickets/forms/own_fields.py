from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import User
from hallom.tickets.fields import LONGEST
from hallom.tickets.forms.as_shown import AsShown
from hallom.tickets.models import Field, FieldKind, Ticket, WrongValue

WHY = {
    "too_long": _("This is too long."),
    "not_a_number": _("Write a number, such as 12 or 3.5."),
    "not_a_date": _("Write a date."),
    "not_yes_or_no": _("Choose yes or no."),
    "not_a_choice": _("Choose one of the values offered."),
    "unknown": _("This field is not in use any more."),
    "unknown_kind": _("This field is not in use any more."),
}
PREFIX = "field-"


class OwnFieldsForm(AsShown):
    """The house's own fields of one ticket. What a value must be is said by the field itself, not by the form."""

    @classmethod
    def of(cls, ticket: Ticket, data: Mapping[str, Any] | None = None) -> OwnFieldsForm:
        form = cls(data)
        form.asked = ticket.asked_fields()
        for field in form.asked:
            form.fields[f"{PREFIX}{field.key}"] = _input(field, ticket.fields.get(field.key))
        form.remember()
        return form

    asked: Iterable[Field] = ()

    def keep(self, ticket: Ticket, *, by: User, now: datetime) -> bool:
        """False if a value was refused; the form then says which and why."""
        try:
            given = {name.removeprefix(PREFIX): value for name, value in self.altered().items()}
            ticket.set_fields(given, by=by, now=now)
        except WrongValue as problem:
            self.add_error(f"{PREFIX}{problem.key}", WHY[problem.code])
            return False
        return True


def _input(field: Field, value: Any) -> forms.Field:
    given: dict[str, Any] = {
        "label": field.label,
        "help_text": field.help,
        "required": False,
        "initial": value,
    }
    choices = [(choice, choice) for choice in field.choices]
    if field.kind == FieldKind.CHOICES:
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **given)
    if field.kind == FieldKind.CHOICE:
        return forms.ChoiceField(choices=[("", "–"), *choices], **given)
    if field.kind == FieldKind.YES_NO:
        given["initial"] = "" if value is None else "yes" if value else "no"
        return forms.ChoiceField(choices=[("", "–"), ("yes", _("yes")), ("no", _("no"))], **given)
    if field.kind == FieldKind.DATE:
        return forms.CharField(widget=forms.TextInput({"type": "date"}), max_length=10, **given)
    if field.kind == FieldKind.NUMBER:
        return forms.CharField(widget=forms.TextInput({"inputmode": "decimal"}), max_length=60, **given)
    if field.kind == FieldKind.LONG_TEXT:
        return forms.CharField(widget=forms.Textarea({"rows": 3}), max_length=LONGEST["long_text"], **given)
    return forms.CharField(max_length=LONGEST["text"], **given)
