from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from hallom.calls import recorded
from hallom.calls.models import Call, Outcome, Queue
from hallom.customers import lookup, phone_number
from hallom.staff import permissions
from hallom.staff.models import User

PAGE = 50
# The last digits that are enough to look for a number.
SHORTEST_NUMBER = 3
MOST_CUSTOMERS = 200


class CallSearch(forms.Form):
    q = forms.CharField(label=_("Number, customer or call"), required=False, strip=True)
    agent = forms.ModelChoiceField(
        User.objects.filter(queue_memberships__isnull=False).distinct(),
        label=_("Agent"),
        required=False,
        empty_label=_("any agent"),
    )
    queue = forms.ModelChoiceField(
        Queue.objects.all(), label=_("Queue"), required=False, empty_label=_("any queue")
    )
    outcome = forms.ChoiceField(
        label=_("Outcome"), required=False, choices=[("", _("any outcome")), *Outcome.choices]
    )
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def calls(self, user: User | AnonymousUser) -> QuerySet[Call]:
        """The calls the user may see that fit what was asked; newest first. Nothing for a wrong question."""
        calls = permissions.visible(user, Call.objects.all())
        if not self.is_valid():
            return calls.none()
        asked = self.cleaned_data
        if asked["q"]:
            calls = calls.filter(_about(asked["q"]))
        for field in ("agent", "queue", "outcome"):
            if asked[field]:
                calls = calls.filter(**{field: asked[field]})
        if asked["since"]:
            calls = calls.filter(arrived_at__gte=_midnight(asked["since"]))
        if asked["until"]:
            calls = calls.filter(arrived_at__lt=_midnight(asked["until"] + timedelta(days=1)))
        return calls.order_by("-arrived_at", "-id")


def _about(text: str) -> Q:
    digits = phone_number.digits_of(text)
    if len(digits) >= SHORTEST_NUMBER and len(digits) * 2 >= len(text.replace(" ", "")):
        ending = digits.removeprefix("00").removeprefix("06").lstrip("0") or digits
        return Q(caller_reversed__startswith=ending[::-1]) | _of_customers(text) | Q(id=text)
    return _of_customers(text) | Q(caller_name__icontains=text) | Q(id=text)


def _of_customers(text: str) -> Q:
    return Q(customer__in=[customer.pk for customer in lookup.by_text(text)[:MOST_CUSTOMERS]])


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True, slots=True)
class Page:
    calls: list[Any]
    next: str


def page(calls: QuerySet[Call], after: str) -> Page:
    """One page of calls older than the call named by `after`."""
    moment, key = _place(after)
    if moment is not None:
        # Written so that the index over time and id is read from this very row on.
        calls = calls.filter(arrived_at__lte=moment).exclude(arrived_at=moment, id__gte=key)
    shown = calls.select_related("customer", "agent", "queue", "ticket").annotate(**recorded.PARTS)
    rows = list(shown[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return Page(rows[:PAGE], f"{last.arrived_at.isoformat()}|{last.pk}" if last else "")


def _place(after: str) -> tuple[datetime | None, str]:
    """None for what no page of ours has written."""
    at, _bar, key = after.partition("|")
    if not key.isalnum():
        return None, ""
    try:
        moment = parse_datetime(at)
    except ValueError:
        return None, ""
    return (moment, key) if moment is not None and timezone.is_aware(moment) else (None, "")
