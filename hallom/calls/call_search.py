from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from hallom.calls import call_rows
from hallom.calls.models import Call, Direction, Disposition, Leg, Outcome, Queue, Watch
from hallom.customers import lookup, phone_number
from hallom.customers.joined_rows import JoinedModels
from hallom.staff import permissions
from hallom.staff.models import Role, User

R = TypeVar("R", bound=Model)
PAGE = 50
# The last digits that are enough to look for a number.
SHORTEST_NUMBER = 3
MOST_CUSTOMERS = 200
# Who may have talked: whoever serves a queue, or has a role with a telephone.
TALKING = Q(queue_memberships__isnull=False) | Q(
    roles__role__in=(Role.AGENT, Role.ATTENDANT, Role.SUPERVISOR)
)
# A day: no conversation is longer.
LONGEST_SECONDS = 86_400
SENT = [("transferred", _("transferred")), ("returned", _("came back")), ("watched", _("with a supervisor"))]
SENT_ON = {
    "transferred": Q(transfers__gt=0),
    "returned": Q(returns__gt=0),
    "watched": Q(Exists(Watch.objects.filter(call=OuterRef("pk"), joined_at__isnull=False))),
}


@dataclass(frozen=True, slots=True)
class Page:
    calls: list[Any]
    next: str


class CallSearch(forms.Form):
    q = forms.CharField(label=_("Number, customer or call"), required=False, strip=True)
    agent = forms.ModelChoiceField(
        User.objects.filter(TALKING).distinct(),
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
    disposition = forms.ModelChoiceField(
        Disposition.objects.all(),
        label=_("How did it end?"),
        required=False,
        empty_label=_("said to have ended anyhow"),
        to_field_name="code",
    )
    direction = forms.ChoiceField(
        label=_("Direction"), required=False, choices=[("", _("any direction")), *Direction.choices]
    )
    sent = forms.ChoiceField(label=_("Sent on"), required=False, choices=[("", _("sent on or not")), *SENT])
    longer = forms.IntegerField(
        label=_("Talked at least (s)"), required=False, min_value=0, max_value=LONGEST_SECONDS
    )
    shorter = forms.IntegerField(
        label=_("Talked at most (s)"), required=False, min_value=0, max_value=LONGEST_SECONDS
    )
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    @property
    def has_more(self) -> bool:
        """Whether something is asked beyond what is always in sight."""
        return any(self.data.get(name) for name in ("disposition", "direction", "sent", "longer", "shorter"))

    def calls(self, user: User | AnonymousUser) -> QuerySet[Call]:
        """The calls the user may see that fit what was asked; newest first. Nothing for a wrong question."""
        calls = permissions.visible(user, Call.objects.all())
        if not self.is_valid():
            return calls.none()
        calls = self._fitting(calls)
        agent = self.cleaned_data["agent"]
        return (calls.filter(_with(agent)) if agent else calls).order_by("-arrived_at", "-id")

    def page(self, user: User, after: str) -> Page:
        """One page of `calls`, older than the call named by `after`."""
        if not self.is_valid():
            return Page([], "")
        sees_all = permissions.reach(user, "call.view") is permissions.Reach.ALL
        asked: User | None = self.cleaned_data["agent"]
        if sees_all and asked is None:
            is_all = not after and not any(self.data.get(name) for name in self.fields)
            return _cut(_NEWEST.objects()) if is_all else page(self.calls(user), after)
        fitting = self._fitting(Call.objects.all())
        if sees_all and asked is not None:
            ways = fitting.filter(agent=asked), _talked(asked)
        else:
            fitting = fitting.filter(_with(asked)) if asked else fitting
            ways = permissions.owned(user, fitting), permissions.by_part(user, Call, Leg.objects.all())
        is_narrowed = any(self.data.get(name) for name in self.fields if not (sees_all and name == "agent"))
        return _page_of_one(*ways, fitting if is_narrowed else None, after)

    def _fitting(self, calls: QuerySet[Call]) -> QuerySet[Call]:
        """All that is asked but with whom, which has a way of its own to the calls."""
        asked = self.cleaned_data
        if asked["q"]:
            calls = calls.filter(_about(asked["q"]))
        for field in ("queue", "outcome", "direction"):
            if asked[field]:
                calls = calls.filter(**{field: asked[field]})
        if asked["disposition"]:
            calls = calls.filter(disposed__disposition=asked["disposition"])
        if asked["sent"]:
            calls = calls.filter(SENT_ON[asked["sent"]])
        if asked["longer"] is not None:
            calls = calls.filter(talk_seconds__gte=asked["longer"])
        if asked["shorter"] is not None:
            calls = calls.filter(talk_seconds__lte=asked["shorter"])
        if asked["since"]:
            calls = calls.filter(arrived_at__gte=_midnight(asked["since"]))
        if asked["until"]:
            calls = calls.filter(arrived_at__lt=_midnight(asked["until"] + timedelta(days=1)))
        return calls


def _with(agent: User) -> Q:
    """Whoever talked in it, also if somebody else has had the call since; listening is no talking."""
    return Q(agent=agent) | Q(pk__in=_talked(agent).values("call"))


def _talked(agent: User) -> QuerySet[Leg]:
    return Leg.objects.filter(agent=agent, answered_at__isnull=False).exclude(role=Leg.Role.SUPERVISOR)


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


# What most ask for who may see all.
_NEWEST = JoinedModels(
    Call, lambda: call_rows.fetched(Call.objects.order_by("-arrived_at", "-id"))[: PAGE + 1]
)


def page(calls: QuerySet[Call], after: str) -> Page:
    """One page of calls, in their order, older than the call named by `after`."""
    moment, key = _place(after)
    if moment is not None:
        calls = _older(calls, moment, key, name="id")
    return _cut(call_rows.fetched(calls)[: PAGE + 1])


def _cut(found: Iterable[Call]) -> Page:
    rows = list(found)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return Page(rows[:PAGE], f"{last.arrived_at.isoformat()}|{last.pk}" if last else "")


def _page_of_one(
    held: QuerySet[Call], legs: QuerySet[Leg], fitting: QuerySet[Call] | None, after: str
) -> Page:
    """One page of the calls somebody has and of those he took part in: each found on its own index, which no OR is.

    `fitting` are the calls that count, None for all.
    """
    moment, key = _place(after)
    if moment is not None:
        held, legs = _older(held, moment, key, name="id"), _older(legs, moment, key, name="call_id")
    if fitting is not None:
        legs = legs.filter(call__in=fitting)
    found = {*_newest(held, "id"), *_newest(legs, "call_id")}
    newest = [key for _arrived_at, key in sorted(found, reverse=True)[: PAGE + 1]]
    return page(Call.objects.filter(pk__in=newest).order_by("-arrived_at", "-id"), "")


def _newest(rows: QuerySet[Any], name: str) -> Iterable[tuple[datetime, str]]:
    ordered = rows.order_by("-arrived_at", f"-{name}").values_list("arrived_at", name)
    return (ordered.distinct() if name != "id" else ordered)[: PAGE + 1]


def _older(rows: QuerySet[R], moment: datetime, key: str, *, name: str) -> QuerySet[R]:
    """Written so that the index over time and id is read from this very row on."""
    return rows.filter(arrived_at__lte=moment).exclude(**{"arrived_at": moment, f"{name}__gte": key})


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
