"""The filters of the ticket list, out of its query string; what it does not understand it leaves out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from hallom.customers.folding import fold
from hallom.staff.models import Team, User
from hallom.tickets import field_filters
from hallom.tickets.category_tree import choices
from hallom.tickets.forms.assignment import workers
from hallom.tickets.models import Category, Channel, Field, Priority, Status, StatusName, Ticket
from hallom.tickets.sight import CURRENT
from hallom.tickets.status import UNFINISHED
from hallom.timeline.prepared import PreparedModels, PreparedRows

ORDERS: dict[str, list[Any]] = {
    "changed": ["-updated_at"],
    "deadline": [F("deadline").asc(nulls_last=True), "-priority", "id"],
    "waiting": [F("waiting_since").asc(nulls_last=True), "-id"],
    "number": ["-number"],
    "priority": ["-priority", F("deadline").asc(nulls_last=True)],
}
# A ticket's number has at least this many digits; shorter digits are words to look for.
NUMBER_DIGITS = 4
LONGEST_TEXT = 100
OWN_NAME = "name-"
PERSON = "person-"
# What may stand in a query string, and so in a saved view.
NAMES = (
    "q",
    "status",
    "owner",
    "team",
    "category",
    "priority",
    "channel",
    "due",
    "tag",
    "waiting",
    "sight",
    "order",
)
_TEAMS = PreparedRows(lambda: Team.objects.filter(is_active=True).values_list("pk", "name"))
_CATEGORIES = PreparedModels(Category, lambda: Category.objects.filter(is_active=True))
_WORKERS = PreparedRows(lambda: workers().values_list("pk", "full_name"))
_STATUS_NAMES = PreparedRows(lambda: StatusName.objects.filter(is_active=True).values_list("pk", "name"))


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    is_chosen: bool


def known(query: Mapping[str, Any]) -> dict[str, str]:
    """What of a query string is a filter, in an order of its own."""
    named = {name: str(query[name]) for name in NAMES if query.get(name)}
    return named | field_filters.given(query)


class TicketFilter:
    """``fields`` are the house's own, for whoever has them already."""

    def __init__(
        self, query: Mapping[str, Any], *, user: User, now: datetime, fields: list[Field] | None = None
    ) -> None:
        self.user, self.now, self._fields = user, now, fields
        given = {name: str(query.get(name, "")).strip()[:LONGEST_TEXT] for name in NAMES}
        self.text = given["q"]
        self.own = field_filters.given(query)
        self.given = {name: value for name, value in given.items() if value} | self.own

    def __getattr__(self, name: str) -> str:
        if name in NAMES:
            return self.given.get(name, "")
        raise AttributeError(name)

    @cached_property
    def active_teams(self) -> list[tuple[int, str]]:
        return [(key, name) for key, name in _TEAMS()]

    @cached_property
    def workers(self) -> list[tuple[int, str]]:
        """Whom tickets may be given to."""
        return [(key, name) for key, name in _WORKERS()]

    @cached_property
    def kinds(self) -> list[tuple[str, str]]:
        """The categories in use, by their full names."""
        return [(str(key), name) for key, name in choices(_CATEGORIES.objects())[1:]]

    @cached_property
    def own_names(self) -> list[tuple[int, str]]:
        """The statuses under names of one's own."""
        return [(key, name) for key, name in _STATUS_NAMES()]

    @cached_property
    def fields(self) -> list[Field]:
        return field_filters.in_use() if self._fields is None else self._fields

    def own_fields(self) -> list[field_filters.Asked]:
        return field_filters.asked(self.fields, self.own)

    @property
    def is_narrow(self) -> bool:
        """Whether something beyond the first row of filters is chosen."""
        return bool(self.own) or any(
            self.given.get(name) for name in ("priority", "channel", "due", "tag", "waiting", "sight")
        )

    def apply(self, tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
        return self.narrow(tickets).order_by(*ORDERS.get(self.order, ORDERS["changed"]))

    def narrow(self, tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
        return tickets.filter(
            self._sight(),
            self._status(),
            self._whose(),
            self._what(),
            self._when(),
            self._text(),
            self._own(),
        )

    def statuses(self) -> list[Choice]:
        each = [(str(status), str(status.label)) for status in Status]
        named = [(f"{OWN_NAME}{key}", str(name)) for key, name in self.own_names]
        pairs = [("unfinished", _("unfinished")), *each, *named, ("all", _("all"))]
        return choices_of(pairs, self.status or "unfinished")

    def owners(self) -> list[Choice]:
        pairs = [
            ("", _("anybody's")),
            ("me", _("mine")),
            ("nobody", _("nobody's")),
            ("watched", _("watched by me")),
            *((f"{PERSON}{key}", name) for key, name in self.workers if key != self.user.pk),
        ]
        return choices_of(pairs, self.owner)

    def teams(self) -> list[Choice]:
        pairs = ((str(key), name) for key, name in self.active_teams)
        return choices_of([("", _("all teams")), *pairs], self.team)

    def categories(self) -> list[Choice]:
        return choices_of([("", _("all categories")), *self.kinds], self.category)

    def priorities(self) -> list[Choice]:
        pairs = [(str(one.value), str(one.label)) for one in Priority]
        return choices_of([("", _("any priority")), *pairs], self.priority)

    def channels(self) -> list[Choice]:
        pairs = [(str(one.value), str(one.label)) for one in Channel]
        return choices_of([("", _("all channels")), *pairs], self.channel)

    def dues(self) -> list[Choice]:
        pairs = [
            ("", _("any deadline")),
            ("over", _("deadline over")),
            ("today", _("due today")),
            ("week", _("due within a week")),
            ("none", _("no deadline")),
        ]
        return choices_of(pairs, self.due)

    def sights(self) -> list[Choice]:
        pairs = [
            ("", _("current")),
            ("snoozed", _("snoozed")),
            ("merged", _("merged into another")),
            ("spam", _("spam")),
            ("deleted", _("deleted")),
        ]
        return choices_of(pairs, self.sight)

    def orders(self) -> list[Choice]:
        labels = {
            "changed": _("last changed first"),
            "deadline": _("by deadline"),
            "waiting": _("longest waiting first"),
            "number": _("newest first"),
            "priority": _("by priority"),
        }
        return choices_of(list(labels.items()), self.order)

    def _sight(self) -> Q:
        return _SIGHTS.get(self.sight, CURRENT)

    def _status(self) -> Q:
        if self.status == "all":
            return Q()
        if self.status.startswith(OWN_NAME):
            return _key("status_name", self.status.removeprefix(OWN_NAME))
        if self.status in Status.values:
            return Q(status=self.status)
        return Q() if self.sight in ("merged", "spam", "deleted") else Q(status__in=UNFINISHED)

    def _whose(self) -> Q:
        owned = {
            "me": Q(owner=self.user),
            "nobody": Q(owner=None),
            "watched": Q(watchers__user=self.user),
        }
        person = _key("owner", self.owner.removeprefix(PERSON)) if self.owner.startswith(PERSON) else Q()
        return owned.get(self.owner, person) & _key("team", self.team)

    def _what(self) -> Q:
        # As deep as the tree may be, see CategoryForm.
        levels = ("category", "category__parent", "category__parent__parent")
        category = reduce(or_, (_key(level, self.category) for level in levels))
        channel = Q(channel=self.channel) if self.channel in Channel.values else Q()
        tag = Q(tags__contains=[self.tag.casefold()]) if self.tag else Q()
        return category & channel & tag & _key("priority", self.priority)

    def _when(self) -> Q:
        due = _DUES[self.due](self.now) if self.due in _DUES else Q()
        return due & (Q(waiting_since__isnull=False) if self.waiting else Q())

    def _own(self) -> Q:
        return field_filters.narrowing(self.fields, self.own) if self.own else Q()

    def _text(self) -> Q:
        if not self.text:
            return Q()
        number = self.text.removeprefix("#")
        if number.isascii() and number.isdigit() and NUMBER_DIGITS <= len(number) < 19:
            return Q(number=int(number))
        return Q(subject__icontains=self.text) | Q(customer__name_folded__contains=fold(self.text))


def _today_ends(now: datetime) -> datetime:
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


_DUES: dict[str, Callable[[datetime], Q]] = {
    "over": lambda now: Q(deadline__lt=now),
    "today": lambda now: Q(deadline__gte=now, deadline__lt=_today_ends(now)),
    "week": lambda now: Q(deadline__gte=now, deadline__lt=now + timedelta(days=7)),
    "none": lambda now: Q(deadline=None),
}
_SIGHTS: dict[str, Q] = {
    "snoozed": CURRENT & Q(snoozed_until__isnull=False),
    "merged": Q(merged_into__isnull=False, deleted_at=None),
    "spam": Q(spam_at__isnull=False, deleted_at=None),
    "deleted": Q(deleted_at__isnull=False),
}


def _key(field: str, value: str) -> Q:
    is_key = value.isascii() and value.isdigit() and len(value) < 19
    return Q(**{field: int(value)}) if is_key else Q()


def choices_of(pairs: Iterable[tuple[str, Any]], chosen: str) -> list[Choice]:
    return [Choice(value, str(label), value == chosen) for value, label in pairs]
