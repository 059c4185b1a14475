"""The forms of what the house prepares for its tickets."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from hallom.customers.models import Customer
from hallom.tickets.category_tree import choices
from hallom.tickets.forms.facts import CategoryChoiceField, TagsField
from hallom.tickets.models import (
    TRANSITIONS,
    Category,
    Checklist,
    Field,
    FieldKind,
    Recurrence,
    Status,
    StatusName,
    TicketTemplate,
)
from hallom.tickets.models.checkable import LONGEST_STEP, MOST_STEPS

if TYPE_CHECKING:
    StatusBase = forms.ModelForm[StatusName]
    FieldBase = forms.ModelForm[Field]
    ChecklistBase = forms.ModelForm[Checklist]
    TemplateBase = forms.ModelForm[TicketTemplate]
    RecurrenceBase = forms.ModelForm[Recurrence]
else:
    StatusBase = FieldBase = ChecklistBase = TemplateBase = RecurrenceBase = forms.ModelForm

MOST_CHOICES, LONGEST_CHOICE = 200, 80
DATE_FORMAT, TIME_FORMAT = "%Y-%m-%d", "%H:%M"


class LinesField(forms.CharField):
    """A list, one entry on each line."""

    def __init__(self, *, most: int, longest: int, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea({"rows": 6}), **kwargs)
        self.most, self.longest = most, longest

    def clean(self, value: Any) -> Any:
        lines = (" ".join(line.split()) for line in str(super().clean(value)).splitlines())
        found = list(dict.fromkeys(line for line in lines if line))
        if len(found) > self.most:
            raise forms.ValidationError(_("No more than %(most)d lines."), params={"most": self.most})
        if any(len(line) > self.longest for line in found):
            raise forms.ValidationError(
                _("A line has no more than %(most)d characters."), params={"most": self.longest}
            )
        return found

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value


class StatusForm(StatusBase):
    class Meta:
        model = StatusName
        fields = ["name", "meaning", "position", "is_default", "is_active", "leads_to"]
        widgets = {"leads_to": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        leads_to: Any = self.fields["leads_to"]
        leads_to.queryset = StatusName.objects.exclude(pk=self.instance.pk)
        leads_to.help_text = _("Nothing chosen: whatever the meaning allows.")
        if self.instance.pk:
            # Tickets that have the name have its meaning too.
            self.fields["meaning"].disabled = True

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("is_default") and not cleaned.get("is_active"):
            self.add_error("is_default", _("What is not in use cannot be taken by default."))
        meaning = cleaned.get("meaning")
        reached = {*TRANSITIONS[Status(meaning)].values(), meaning} if meaning else set()
        for name in cleaned.get("leads_to") or ():
            if meaning and name.meaning not in reached:
                said = {"old": Status(meaning).label, "new": name.name}
                problem = _("What is “%(old)s” cannot become “%(new)s” at once.")
                self.add_error("leads_to", forms.ValidationError(problem, params=said))
        return cleaned


class FieldForm(FieldBase):
    choices = LinesField(
        most=MOST_CHOICES,
        longest=LONGEST_CHOICE,
        label=_("Values to choose from"),
        required=False,
        help_text=_("One on each line."),
    )

    class Meta:
        model = Field
        fields = [
            "label",
            "key",
            "kind",
            "choices",
            "help",
            "is_required",
            "position",
            "is_active",
            "categories",
        ]
        widgets = {"categories": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].required = False
        self.fields["key"].help_text = _(
            "Used in templates: {{ field.key }}. Made from the name if left empty."
        )
        categories: Any = self.fields["categories"]
        categories.choices = choices(Category.objects.filter(is_active=True))[1:]
        categories.help_text = _("None chosen: for all tickets. Those below a category belong to it.")
        if self.instance.pk:
            # What is kept already was kept under this key, as this kind.
            self.fields["key"].disabled = self.fields["kind"].disabled = True

    def clean_key(self) -> str:
        key = self.cleaned_data["key"] or slugify(self.data.get("label", "")).replace("-", "_")[:40]
        if not key:
            raise forms.ValidationError(_("Write a key of letters, numbers and underscores."))
        return str(key)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        chosen_from = cleaned.get("kind") in (FieldKind.CHOICE, FieldKind.CHOICES)
        if chosen_from and not cleaned.get("choices"):
            self.add_error("choices", _("Write at least one value."))
        return cleaned


class ChecklistForm(ChecklistBase):
    steps = LinesField(
        most=MOST_STEPS, longest=LONGEST_STEP, label=_("Steps"), help_text=_("One on each line.")
    )
    category = CategoryChoiceField(
        label=_("For tickets of this category"),
        required=False,
        help_text=_("Put in by itself when such a ticket is opened; otherwise by hand."),
    )

    class Meta:
        model = Checklist
        fields = ["name", "steps", "category"]


class TicketTemplateForm(TemplateBase):
    category = CategoryChoiceField(label=_("Category"), required=False)
    tags = TagsField(label=_("Tags"), required=False, help_text=_("With commas between them."))

    class Meta:
        model = TicketTemplate
        fields = [
            "name",
            "subject",
            "category",
            "team",
            "priority",
            "tags",
            "due_hours",
            "checklist",
            "note",
            "is_active",
        ]


class RecurrenceForm(RecurrenceBase):
    customer = forms.ModelChoiceField(
        Customer.objects.all(), label=_("Customer"), required=False, widget=forms.HiddenInput
    )
    interval = forms.IntegerField(label=_("Every how many"), min_value=1, max_value=400, initial=1)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On"),
        required=False,
        coerce=int,
        choices=[(number + 1, name) for number, name in WEEKDAYS.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("For weeks. None chosen: the weekday of the first one."),
    )
    month_day = forms.IntegerField(
        label=_("Day of the month"),
        required=False,
        min_value=1,
        max_value=31,
        help_text=_("For months. Where the month is shorter, its last day."),
    )

    class Meta:
        model = Recurrence
        fields = [
            "template",
            "customer",
            "interval",
            "every",
            "weekdays",
            "month_day",
            "at",
            "starts_on",
            "is_active",
        ]
        labels = {"template": _("Ticket template")}
        widgets = {
            "at": forms.TimeInput({"type": "time"}, TIME_FORMAT),
            "starts_on": forms.DateInput({"type": "date"}, DATE_FORMAT),
        }

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        template: Any = self.fields["template"]
        template.queryset = TicketTemplate.objects.filter(is_active=True)

    def save(self, commit: bool = True) -> Recurrence:
        self.instance.plan(self.now)
        kept: Recurrence = super().save(commit)
        return kept
