from __future__ import annotations

import re
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models, transaction
from django.forms import inlineformset_factory
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hallom.hours.models import Calendar, DayException, Opening, Weekday

if TYPE_CHECKING:
    Base = forms.ModelForm[Calendar]
else:
    Base = forms.ModelForm

TIMES = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*[-–—]\s*(\d{1,2})(?:[:.](\d{2}))?")
Stretch = tuple[time, time]


def parse_stretches(text: str) -> list[Stretch]:
    """``8:00–12:00, 13–17`` as times; 24:00 is midnight. ValueError for anything else."""
    found = []
    for part in (part.strip() for part in text.split(",") if part.strip()):
        match = TIMES.fullmatch(part)
        if match is None:
            raise ValueError(part)
        from_hour, from_minute, to_hour, to_minute = (int(group or 0) for group in match.groups())
        found.append((time(from_hour % 24, from_minute), time(to_hour % 24, to_minute)))
    return sorted(found)


class StretchesField(forms.CharField):
    """A day's opening times as one types them."""

    def clean(self, value: Any) -> Any:
        try:
            return parse_stretches(super().clean(value))
        except ValueError:
            raise forms.ValidationError(_("Write the times like 8:00–12:00, 13:00–17:00.")) from None

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in value)


class CalendarForm(Base):
    class Meta:
        model = Calendar
        fields = ["name", "zone", "country"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        openings = list(self.instance.openings.all()) if self.instance.pk else []
        for day in Weekday:
            self.fields[f"day-{day}"] = StretchesField(
                label=day.label,
                required=False,
                initial=[(one.opens, one.closes) for one in openings if one.weekday == day],
                widget=forms.TextInput({"placeholder": pgettext_lazy("hours", "closed")}),
            )

    def day_fields(self) -> list[forms.BoundField]:
        return [self[f"day-{day}"] for day in Weekday]

    @transaction.atomic
    def keep(self, exceptions: Any, *, by: models.Model, now: datetime) -> Calendar:
        calendar: Calendar = self.save()
        for day in Weekday:
            self._set_day(calendar, day, self.cleaned_data[f"day-{day}"])
        exceptions.instance = calendar
        exceptions.save()
        calendar.changed(by=by, now=now)
        return calendar

    def _set_day(self, calendar: Calendar, day: Weekday, stretches: list[Stretch]) -> None:
        held = calendar.openings.filter(weekday=day)
        if stretches == [(one.opens, one.closes) for one in held]:
            return
        held.delete()
        Opening.objects.bulk_create(
            Opening(calendar=calendar, weekday=day, opens=opens, closes=closes) for opens, closes in stretches
        )


ExceptionForms = inlineformset_factory(
    Calendar,
    DayException,
    fields=["day", "opens", "closes", "reason"],
    extra=1,
    widgets={
        "day": forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        "opens": forms.TimeInput({"type": "time"}, "%H:%M"),
        "closes": forms.TimeInput({"type": "time"}, "%H:%M"),
    },
)
