"""What an attendant takes down for a colleague: a promised call, or a complaint or data kept as a ticket."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hallom.calls import closing, linking, promises
from hallom.calls.models import AgentStatus, Call, Number
from hallom.calls.orders import Outcome
from hallom.customers.models import Customer
from hallom.desk.destinations import reachable
from hallom.hours import clock
from hallom.staff.models import User
from hallom.tickets.models import Channel, Ticket

PROMISE, TICKET = "promise", "ticket"
HOUR, TODAY, TOMORROW, AT = "hour", "today", "tomorrow", "at"
# When a day's work ends where no calendar says so, and when the next one begins.
EVENING, MORNING = time(18), time(9)
LONGEST_SUBJECT = 200


class TakingDownForm(forms.Form):
    """`call` and `customer` are those of the caller it is taken down for, if he is on the line."""

    call = forms.CharField(required=False, max_length=26, widget=forms.HiddenInput)
    customer = forms.ModelChoiceField(Customer.objects.all(), required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=gettext_lazy("Who"), required=False, max_length=120)
    number = forms.CharField(
        label=gettext_lazy("Number"),
        required=False,
        max_length=32,
        widget=forms.TextInput({"placeholder": gettext_lazy("Number")}),
    )
    owner = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("Who calls back"))
    when = forms.ChoiceField(
        label=gettext_lazy("By when"),
        choices=[
            (HOUR, gettext_lazy("within 1 hour")),
            (TODAY, gettext_lazy("today")),
            (TOMORROW, gettext_lazy("tomorrow at 9")),
            (AT, gettext_lazy("another time")),
        ],
        widget=forms.RadioSelect,
        initial=HOUR,
    )
    at = forms.DateTimeField(
        label=gettext_lazy("Day and time"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    why = forms.CharField(label=gettext_lazy("Why"), max_length=300)

    def __init__(self, *args: Any, numbers: Sequence[Number] = (), now: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        self.now = now
        self.evening = _evening(numbers, now)
        owner: Any = self.fields["owner"]
        owner.queryset = reachable().order_by("full_name")
        when: Any = self.fields["when"]
        if self.evening <= now:
            when.choices = [choice for choice in when.choices if choice[0] != TODAY]

    @property
    def what(self) -> str:
        """Which of its two buttons was pressed; Enter is the first."""
        return TICKET if self.data.get("what") == TICKET else PROMISE

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("when") == AT and not given.get("at") and "at" not in self.errors:
            self.add_error("at", ValidationError(_("Say when.")))
        if self.what == PROMISE and not given.get("number") and not given.get("call"):
            self.add_error("number", ValidationError(_("Without a number nobody can call back.")))
        return given

    def deadline(self) -> datetime:
        match self.cleaned_data["when"]:
            case "today":
                return self.evening
            case "tomorrow":
                return _local(self.now + timedelta(days=1), MORNING)
            case "at":
                at: datetime = self.cleaned_data["at"]
                return at
        return self.now + timedelta(hours=1)

    def promise(self, *, by: User) -> Outcome:
        given = self.cleaned_data
        call = _call_of(given["call"], by)
        about = promises.About(
            number=given["number"],
            name=given["name"],
            why=given["why"],
            call=call.pk if call else "",
            customer=given["customer"],
            ticket=call.ticket if call else None,
        )
        return promises.give(by, given["owner"], about, deadline=self.deadline(), now=self.now)

    @transaction.atomic
    def open_ticket(self, *, by: User) -> Ticket:
        """The call is about this ticket from here on; the empty one that was opened for it is closed."""
        given = self.cleaned_data
        owner: User = given["owner"]
        call = _call_of(given["call"], by)
        membership = owner.memberships.select_related("team").first()
        ticket = Ticket.open(
            given["why"][:LONGEST_SUBJECT],
            by=by,
            now=self.now,
            customer=given["customer"] or (call.customer if call else None),
            owner=owner,
            team=membership.team if membership else None,
            deadline=self.deadline(),
            channel=Channel.PHONE,
        )
        ticket.add_note(self._noted(), by=by, now=self.now, call=call.pk if call else "")
        if call is not None:
            linking.link_ticket(call.pk, ticket, by=by, now=self.now)
        return ticket

    def _noted(self) -> str:
        who = " ".join(filter(None, (self.cleaned_data["name"], self.cleaned_data["number"])))
        return "\n".join(filter(None, (self.cleaned_data["why"], who)))


def _call_of(key: str, user: User) -> Call | None:
    """Only the call that the attendant is in, or has been in."""
    if not key:
        return None
    call = Call.objects.filter(pk=key).select_related("customer", "ticket").first()
    if call is None:
        return None
    is_hers = call.agent_id == user.pk or call.legs.filter(agent=user, bridged_at__isnull=False).exists()
    return call if is_hers or AgentStatus.objects.filter(agent=user, call=key).exists() else None


def _evening(numbers: Sequence[Number], now: datetime) -> datetime:
    """When the house closes today, as far as its calendar says so."""
    change = clock.next_change(closing.hours_of(numbers[0], now), now) if numbers else None
    is_today = change is not None and timezone.localdate(change) == timezone.localdate(now)
    if change is not None and is_today and clock.is_open(closing.hours_of(numbers[0], now), now):
        return change
    return _local(now, EVENING)


def _local(day: datetime, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(timezone.localdate(day), hour))
