"""The filters of the ticket list, out of its query string; what it does not understand it leaves out."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from hallom.customers.folding import fold
from hallom.staff.models import Team, User
from hallom.tickets.category_tree import choices
from hallom.tickets.models import Category, Status, Ticket
from hallom.tickets.status import UNFINISHED
from hallom.timeline.prepared import PreparedModels, PreparedRows

ORDERS: dict[str, list[Any]] = {
    "changed": ["-updated_at"],
    "deadline": [F("deadline").asc(nulls_last=True), "-priority", "id"],
    "number": ["-number"],
    "priority": ["-priority", F("deadline").asc(nulls_last=True)],
}
# A ticket's number has at least this many digits; shorter digits are words to look for.
NUMBER_DIGITS = 4
_TEAMS = PreparedRows(lambda: Team.objects.filter(is_active=True).values_list("pk", "name"))
_CATEGORIES = PreparedModels(Category, lambda: Category.objects.filter(is_active=True))


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    is_chosen: bool


class TicketFilter:
    def __init__(self, query: QueryDict, *, user: User) -> None:
        self.user = user
        self.text = query.get("q", "").strip()[:100]
        self.status = query.get("status", "unfinished")
        self.owner = query.get("owner", "")
        self.team = query.get("team", "")
        self.category = query.get("category", "")
        self.order = query.get("order", "changed")

    def apply(self, tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
        return tickets.filter(
            self._status(), self._owner(), _key("team", self.team), self._category(), self._text()
        ).order_by(*ORDERS.get(self.order, ORDERS["changed"]))

    def statuses(self) -> list[Choice]:
        each = [(str(status), str(status.label)) for status in Status]
        pairs = [("unfinished", _("unfinished")), *each, ("all", _("all"))]
        return _choices(pairs, self.status)

    def owners(self) -> list[Choice]:
        return _choices([("", _("anybody's")), ("me", _("mine")), ("nobody", _("nobody's"))], self.owner)

    def teams(self) -> list[Choice]:
        pairs = ((str(key), name) for key, name in _TEAMS())
        return _choices([("", _("all teams")), *pairs], self.team)

    def categories(self) -> list[Choice]:
        pairs = choices(_CATEGORIES.objects())[1:]
        return _choices(
            [("", _("all categories")), *((str(key), name) for key, name in pairs)], self.category
        )

    def orders(self) -> list[Choice]:
        labels = {
            "changed": _("last changed first"),
            "deadline": _("by deadline"),
            "number": _("newest first"),
            "priority": _("by priority"),
        }
        return _choices(list(labels.items()), self.order)

    def _status(self) -> Q:
        if self.status == "all":
            return Q()
        return Q(status=self.status) if self.status in Status.values else Q(status__in=UNFINISHED)

    def _owner(self) -> Q:
        return {"me": Q(owner=self.user), "nobody": Q(owner=None)}.get(self.owner, Q())

    def _category(self) -> Q:
        if not _is_key(self.category):
            return Q()
        return Q(category=self.category) | Q(category__parent=self.category)

    def _text(self) -> Q:
        if not self.text:
            return Q()
        number = self.text.removeprefix("#")
        if number.isascii() and number.isdigit() and NUMBER_DIGITS <= len(number) < 19:
            return Q(number=int(number))
        return Q(subject__icontains=self.text) | Q(customer__name_folded__contains=fold(self.text))


def _is_key(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 19


def _key(field: str, value: str) -> Q:
    return Q(**{field: int(value)}) if _is_key(value) else Q()


def _choices(pairs: list[tuple[str, str]], chosen: str) -> list[Choice]:
    return [Choice(value, str(label), value == chosen) for value, label in pairs]
