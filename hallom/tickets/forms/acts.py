"""The small forms of what is done to one ticket."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import User
from hallom.tickets.forms.facts import DEADLINE_FORMAT
from hallom.tickets.models import Checklist, LinkKind, Ticket
from hallom.tickets.models.checkable import LONGEST_STEP
from hallom.tickets.models.snoozable import LONGEST_SNOOZE
from hallom.tickets.models.timed import MOST_SECONDS

MORNING = time(8)
FEW_HOURS = timedelta(hours=3)


def moments(now: datetime) -> dict[str, tuple[Any, datetime]]:
    """Times one snoozes until most often: label and moment, by the name a form sends."""
    today = timezone.localdate(now)
    zone = timezone.get_current_timezone()

    def morning(days: int) -> datetime:
        return datetime.combine(today + timedelta(days=days), MORNING, tzinfo=zone)

    return {
        "hours": (_("In three hours"), now + FEW_HOURS),
        "tomorrow": (_("Tomorrow morning"), morning(1)),
        "monday": (_("Next Monday"), morning(7 - today.weekday())),
        "week": (_("In a week"), morning(7)),
    }


class SnoozeForm(forms.Form):
    until = forms.DateTimeField(
        label=_("Until"),
        input_formats=[DEADLINE_FORMAT],
        widget=forms.DateTimeInput({"type": "datetime-local"}, DEADLINE_FORMAT),
        help_text=_("The ticket leaves the work list until then, or until the customer writes."),
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_until(self) -> datetime:
        until: datetime = self.cleaned_data["until"]
        if not self.now < until <= self.now + LONGEST_SNOOZE:
            raise forms.ValidationError(_("Choose a time to come, within two years."))
        return until


class StepForm(forms.Form):
    text = forms.CharField(label=_("Next step"), max_length=LONGEST_STEP)


class ChecklistForm(forms.Form):
    checklist = forms.ModelChoiceField(Checklist.objects.all(), label=_("Checklist"))


class TimeForm(forms.Form):
    minutes = forms.IntegerField(
        label=_("Minutes"),
        min_value=1,
        max_value=MOST_SECONDS // 60,
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )
    on = forms.CharField(label=_("On what"), max_length=120, required=False)


class LinkForm(forms.Form):
    KINDS = (
        (str(LinkKind.RELATED.value), _("is related to")),
        ("child", _("is part of")),
        ("parent", _("consists of, among others,")),
    )
    kind = forms.ChoiceField(label=_("This ticket"), choices=KINDS)
    other = forms.CharField(
        label=_("Number"), max_length=20, widget=forms.TextInput({"inputmode": "numeric"})
    )

    def clean_other(self) -> Ticket:
        number = str(self.cleaned_data["other"]).strip().lstrip("#")
        found = (
            Ticket.objects.filter(number=int(number)).first()
            if number.isascii() and number.isdigit() and len(number) < 19
            else None
        )
        if found is None or not self.user.can("ticket.view", found):
            raise forms.ValidationError(_("There is no ticket with this number."))
        return found

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user


class SplitForm(forms.Form):
    subject = forms.CharField(label=_("Subject of the new ticket"), max_length=200)
