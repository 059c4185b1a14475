from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.models import ModelChoiceIterator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import User
from hallom.tickets.category_tree import choices
from hallom.tickets.forms.as_shown import AsShown
from hallom.tickets.models import Category, Priority, Ticket
from hallom.tickets.tags import normalised

if TYPE_CHECKING:
    Choices = ModelChoiceIterator[Category]
    Field = forms.ModelChoiceField[Category]
else:
    Choices, Field = ModelChoiceIterator, forms.ModelChoiceField

DEADLINE_FORMAT = "%Y-%m-%dT%H:%M"


class CategoryChoices(Choices):
    """The tree in reading order, each category by its full name."""

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        yield from choices(Category.objects.filter(is_active=True))


class CategoryChoiceField(Field):
    iterator = CategoryChoices

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Category.objects.filter(is_active=True), **kwargs)


class TagsField(forms.CharField):
    """Tags as people type them: with commas between."""

    def clean(self, value: Any) -> Any:
        return normalised(str(value or "").split(","))

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class FactFields(forms.Form):
    subject = forms.CharField(label=_("Subject"), max_length=200)
    category = CategoryChoiceField(label=_("Category"), required=False)
    priority = forms.TypedChoiceField(
        label=_("Priority"), choices=Priority.choices, coerce=int, initial=Priority.NORMAL
    )
    deadline = forms.DateTimeField(
        label=_("Deadline"),
        required=False,
        input_formats=[DEADLINE_FORMAT],
        widget=forms.DateTimeInput({"type": "datetime-local"}, DEADLINE_FORMAT),
    )
    tags = TagsField(label=_("Tags"), required=False, help_text=_("With commas between them."))


class FactsForm(AsShown, FactFields):
    @classmethod
    def of(cls, ticket: Ticket, data: QueryDict | None = None) -> FactsForm:
        form = cls(data, initial={name: getattr(ticket, name) for name in FactFields.base_fields})
        form.initial["category"] = ticket.category_id
        form.remember()
        return form

    def keep(self, ticket: Ticket, *, by: User, now: datetime) -> None:
        ticket.change(by=by, now=now, **self.altered())
