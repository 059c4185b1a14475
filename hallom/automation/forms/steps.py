"""One small form for each kind of step of a macro; its values are what `macro_steps` reads."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hallom.automation.macro_steps import LONGEST_NOTE, ME, MOST_HOURS, NOBODY
from hallom.automation.models import TextTemplate
from hallom.staff.models import Team, User
from hallom.tickets.category_tree import choices
from hallom.tickets.models import Category, Checklist, Field, Priority, Status, StatusName
from hallom.tickets.tags import normalised


class StepForm(forms.Form):
    """``kind`` is the step's ``do``; ``initial_of`` turns a kept step into the form's fields, ``step`` back."""

    kind = ""
    label: Any = ""

    @classmethod
    def initial_of(cls, step: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in step.items() if name != "do"}

    def step(self) -> dict[str, Any]:
        return {"do": self.kind, **{name: _key(value) for name, value in self.cleaned_data.items()}}


def _key(value: Any) -> Any:
    return getattr(value, "pk", value)


class ReplyStep(StepForm):
    kind, label = "reply", _("Answer with a text template")
    template = forms.ModelChoiceField(TextTemplate.objects.filter(is_active=True), label=_("Text template"))


class NoteStep(StepForm):
    kind, label = "note", _("Write an internal note")
    text = forms.CharField(
        label=_("Text of the note"), max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 2})
    )


class StatusStep(StepForm):
    kind, label = "status", _("Set the status")
    to = forms.ChoiceField(label=_("Status"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        named = [(f"name:{row.pk}", row.name) for row in StatusName.objects.filter(is_active=True)]
        meanings = [(f"meaning:{one.value}", str(one.label)) for one in Status if one is not Status.NEW]
        field: Any = self.fields["to"]
        field.choices = [*meanings, *named]

    @classmethod
    def initial_of(cls, step: dict[str, Any]) -> dict[str, Any]:
        return {"to": f"name:{step['name']}" if "name" in step else f"meaning:{step['meaning']}"}

    def step(self) -> dict[str, Any]:
        kind, _colon, value = self.cleaned_data["to"].partition(":")
        return {"do": self.kind, kind: int(value) if kind == "name" else value}


class OwnerStep(StepForm):
    kind, label = "owner", _("Set the owner")
    to = forms.ChoiceField(label=_("Owner"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        people = User.objects.filter(is_active=True).order_by("full_name")
        field: Any = self.fields["to"]
        field.choices = [
            (ME, _("who uses the macro")),
            (NOBODY, _("nobody: back to the team")),
            *((str(user.pk), user.full_name) for user in people),
        ]

    def step(self) -> dict[str, Any]:
        to = self.cleaned_data["to"]
        return {"do": self.kind, "to": to if to in (ME, NOBODY) else int(to)}


class TeamStep(StepForm):
    kind, label = "team", _("Set the team")
    team = forms.ModelChoiceField(Team.objects.filter(is_active=True), label=_("Team"))


class PriorityStep(StepForm):
    kind, label = "priority", _("Set the priority")
    priority = forms.TypedChoiceField(label=_("Priority"), choices=Priority.choices, coerce=int)


class CategoryStep(StepForm):
    kind, label = "category", _("Set the category")
    category = forms.TypedChoiceField(label=_("Category"), coerce=int)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["category"]
        field.choices = choices(Category.objects.filter(is_active=True))


class TagsStep(StepForm):
    kind, label = "tags", _("Add or remove tags")
    add = forms.CharField(label=_("Tags to add"), required=False, help_text=_("Separated by commas."))
    remove = forms.CharField(label=_("Tags to remove"), required=False)

    @classmethod
    def initial_of(cls, step: dict[str, Any]) -> dict[str, Any]:
        return {name: ", ".join(step.get(name) or ()) for name in ("add", "remove")}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not (cleaned.get("add") or cleaned.get("remove")):
            raise forms.ValidationError(_("Name a tag to add or to remove."))
        return cleaned

    def step(self) -> dict[str, Any]:
        tags = {name: normalised(self.cleaned_data[name].split(",")) for name in ("add", "remove")}
        return {"do": self.kind, **tags}


class SnoozeStep(StepForm):
    kind, label = "snooze", _("Snooze")
    hours = forms.IntegerField(label=_("for so many hours"), min_value=1, max_value=MOST_HOURS)


class FieldStep(StepForm):
    kind, label = "field", _("Fill in a field")
    key = forms.ChoiceField(label=_("Field"))
    value = forms.CharField(label=_("Value"), required=False, help_text=_("Empty clears the field."))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["key"]
        field.choices = [(row.key, row.label) for row in Field.objects.filter(is_active=True)]


class ChecklistStep(StepForm):
    kind, label = "checklist", _("Add a checklist")
    checklist = forms.ModelChoiceField(Checklist.objects.all(), label=_("Checklist"))


class WatchStep(StepForm):
    kind, label = "watch", _("Watch the ticket")


FORMS: dict[str, type[StepForm]] = {
    each.kind: each
    for each in (
        ReplyStep, NoteStep, StatusStep, OwnerStep, TeamStep, PriorityStep, CategoryStep, TagsStep, SnoozeStep,
        FieldStep, ChecklistStep, WatchStep,
    )
}  # fmt: skip
