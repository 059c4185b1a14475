"""What to do next: an agent's open tickets by deadline, each with the reason why it stands where it stands."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, reduce
from operator import or_
from typing import Any

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, Q, QuerySet, Subquery, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hallom.staff.models import User
from hallom.staff.names import name_of
from hallom.staff.permissions import can, visible
from hallom.tickets import notices
from hallom.tickets.addresses import page_of
from hallom.tickets.by_rights import ByRights
from hallom.tickets.contacts import contacts_about
from hallom.tickets.due import Due, due, moment_in_full, moment_of
from hallom.tickets.models import Priority, Status, Ticket
from hallom.tickets.sight import CURRENT
from hallom.tickets.status import UNFINISHED
from hallom.timeline.prepared import PreparedRows

MOST = 60
COLUMNS = (
    "number",
    "subject",
    "status",
    "priority",
    "deadline",
    "channel",
    "owner_id",
    "customer__name",
    "team__name",
    "contacts",
    "waiting_since",
    "snoozed_until",
)
WAITING = (Status.PENDING, Status.ON_HOLD)
MINE, TEAM, SNOOZED = "mine", "team", "snoozed"
_WAIT = "others_wait"
_OPEN = "open_tickets"
CHANNELS = {"email": "mail", "web": "mail", "in_person": "ticket"}


Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chip:
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class Item:
    number: int
    url: str
    channel: str
    title: str
    who: str
    due: str
    urgency: str
    hint: str
    why: str
    chips: tuple[Chip, ...]
    is_read: bool
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    label: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    label: str
    url: str
    count: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class Worklist:
    tabs: tuple[Tab, ...]
    groups: tuple[Group, ...]
    topic: str
    url: str


Loader = Callable[[User, datetime], Iterable[Item]]
Rows = Callable[[int], QuerySet[Any, Any]]
_others: dict[str, tuple[Any, Loader, Rows]] = {}


def register(name: str, label: Any, loader: Loader, rows: Rows) -> None:
    """A room above hands in what else waits for a user; it stands above his tickets, under its own heading.

    ``rows``: what the loader loads from, of the user with this key.
    """
    _others[name] = (label, loader, rows)


def others_wait(user: int) -> Any:
    """Whether there is any of it, for a query that is asked for the page anyway; then ``known_others`` spares the question."""
    waiting = [Q(Exists(rows(user))) for _label, _loader, rows in _others.values()]
    return ExpressionWrapper(reduce(or_, waiting, Q(pk=None)), output_field=BooleanField())


def known_others(user: User, wait: bool) -> None:
    user.__dict__[_WAIT] = wait


Counted = Callable[[User], QuerySet[Any, Any]]
_counted: dict[str, Counted] = {}


def register_count(name: str, rows: Counted) -> None:
    """A room above wants to know on every page how many rows there are for the user: other counts bring it along."""
    _counted[name] = rows


def count_of(user: User, name: str) -> int:
    """Of what was registered under the name."""
    if name not in user.__dict__:
        _count_for_rail(user)
    known: int = user.__dict__[name]
    return known


def _count_for_rail(user: User) -> None:
    """All that stands in the rail, in one query, where no work list on the page has counted it."""
    numbers = next(iter(_of_teams(user).rail()), ())
    names = (_OPEN, *_counted)
    *counts, unread = (number or 0 for number in numbers or (0,) * (len(names) + 1))
    user.__dict__.update(zip(names, counts, strict=True))
    notices.known_unread(user, unread)


def _number_of(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    by_one = rows.order_by().annotate(one=Value(1)).values("one")
    number: QuerySet[Any, Any] = by_one.annotate(n=Count("pk")).values_list("n")
    return number


def _from_above(user: User, now: datetime) -> tuple[Group, ...]:
    if not user.__dict__.get(_WAIT, True):
        return ()
    found = [(str(label), tuple(loader(user, now))) for label, loader, _rows in _others.values()]
    return tuple(Group(label, items) for label, items in found if items)


def worklist(
    user: User, now: datetime, *, tab: str = MINE, current: int | None = None, page: str = ""
) -> Worklist:
    """The work list of the user. ``page`` is the URL the tabs lead to; the list itself refreshes from its own."""
    tab = tab if tab in _ROWS else MINE
    rows = _ROWS[tab](user)
    groups = (*(_from_above(user, now) if tab == MINE else ()), *_groups(rows, now, tab))
    address = reverse("tickets:worklist")
    return Worklist(
        tabs=_tabs(user, tab, page or address),
        groups=tuple(_marked(group, current) for group in groups),
        topic="tickets" if tab == TEAM else f"desk-{user.pk}",
        url=f"{address}?tab={tab}&current={current or ''}&page={page}",
    )


def open_count(user: User) -> int:
    """How many open tickets are the user's: the number in the rail. A page that shows the list has counted already."""
    return count_of(user, _OPEN)


def _awake(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    return tickets.filter(CURRENT, status__in=UNFINISHED, snoozed_until=None)


def _in_order(tickets: QuerySet[Ticket], *order: Any) -> QuerySet[Ticket, tuple[Any, ...]]:
    order = order or (F("deadline").asc(nulls_last=True), "-priority", "id")
    return tickets.order_by(*order).annotate(contacts=contacts_about()).values_list(*COLUMNS)[:MOST]


_OWNED = PreparedRows(lambda owner: _in_order(_awake(Ticket.objects.filter(owner=owner))))
_ASLEEP = PreparedRows(
    lambda owner: _in_order(
        Ticket.objects.filter(CURRENT, owner=owner, snoozed_until__isnull=False), "snoozed_until", "id"
    )
)


def _mine(user: User) -> list[Row]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in _OWNED(user.pk)]


@dataclass(frozen=True, slots=True)
class OfTeams:
    rows: PreparedRows
    counts: PreparedRows
    rail: PreparedRows


def _composed(user: User) -> OfTeams:
    theirs = Q(team__in=user.team_ids) | Q(team=None)
    seen = visible(user, Ticket.objects.filter(theirs))
    within = visible(user, Ticket.objects.filter(theirs | Q(owner=user), CURRENT, status__in=UNFINISHED))
    asleep = Q(snoozed_until__isnull=False)
    beside = {name: _number_of(rows(user)) for name, rows in _counted.items()}
    counted = (
        within.order_by()
        .annotate(all=Value(1), **{name: Subquery(rows) for name, rows in beside.items()})
        .values("all", *beside)
        .annotate(
            mine_count=Count("pk", filter=Q(owner=user) & ~asleep),
            team_count=Count("pk", filter=theirs & ~asleep),
            asleep_count=Count("pk", filter=Q(owner=user) & asleep),
        )
        .values_list("mine_count", "team_count", "asleep_count", *beside)
    )
    mine = _number_of(_awake(Ticket.objects.filter(owner=user)))
    numbers: dict[str, Any] = {name: Subquery(rows) for name, rows in {_OPEN: mine, **beside}.items()}
    numbers["unread"] = notices.unread_count(user.pk)
    rail = User.objects.filter(pk=user.pk).order_by().annotate(**numbers).values_list(*numbers)
    return OfTeams(
        PreparedRows(lambda: _in_order(_awake(seen))),
        PreparedRows(lambda: counted),
        PreparedRows(lambda: rail),
    )


# What the user's teams work on, as far as the user may see it.
_of_teams = ByRights(_composed)


def _teams(user: User) -> list[Row]:
    if not can(user, "ticket.view"):
        return []
    return [dict(zip(COLUMNS, row, strict=True)) for row in _of_teams(user).rows()]


def _snoozed(user: User) -> list[Row]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in _ASLEEP(user.pk)]


_ROWS: dict[str, Callable[[User], list[Row]]] = {MINE: _mine, TEAM: _teams, SNOOZED: _snoozed}


def _counts(user: User) -> dict[str, int]:
    """How many stand in each tab; in one query, as every page with a list asks."""
    if not can(user, "ticket.view"):
        return {MINE: 0, TEAM: 0, SNOOZED: 0}
    mine, team, asleep, *beside = next(iter(_of_teams(user).counts()), (0, 0, 0))
    user.__dict__[_OPEN] = mine
    user.__dict__.update(zip(_counted, (number or 0 for number in beside), strict=False))
    return {MINE: mine, TEAM: team, SNOOZED: asleep}


def _tabs(user: User, chosen: str, page: str) -> tuple[Tab, ...]:
    counts = _counts(user)
    labels = ((MINE, _("Mine")), (TEAM, _("Team")), (SNOOZED, _("Snoozed")))
    return tuple(
        Tab(name, label, f"{page}?tab={name}", counts[name], name == chosen) for name, label in labels
    )


def _groups(tickets: list[Row], now: datetime, tab: str) -> tuple[Group, ...]:
    pairs = [(ticket, _item(ticket, now, tab)) for ticket in tickets]
    if tab == SNOOZED:
        items = tuple(item for _ticket, item in pairs)
        return (Group(_("By the time they come back"), items),) if items else ()
    working = [item for ticket, item in pairs if ticket["status"] not in WAITING]
    urgent = tuple(item for item in working if item.urgency)
    later = tuple(item for item in working if not item.urgency)
    waiting = tuple(item for ticket, item in pairs if ticket["status"] in WAITING)
    labelled = ((_("Now"), urgent), (_("Next, by deadline"), later), (_("Waiting for others"), waiting))
    return tuple(Group(label, items) for label, items in labelled if items)


def _item(ticket: Row, now: datetime, tab: str) -> Item:
    moment = due(ticket["deadline"] if tab != SNOOZED else ticket["snoozed_until"], now)
    urgency = moment.urgency if tab != SNOOZED else due(ticket["deadline"], now).urgency
    owner = name_of(ticket["owner_id"]) if tab == TEAM and ticket["owner_id"] else ""
    url = page_of(ticket["number"])
    return _drawn(tuple(ticket.values()), url, tab, moment, urgency, owner, _noon(now), get_language())


# One moment for all lines of a page.
@lru_cache(maxsize=8)
def _noon(now: datetime) -> datetime:
    """Stands for its day: nothing but how much time is left depends on more."""
    return timezone.localtime(now).replace(hour=12, minute=0, second=0, microsecond=0)


# To find the words of sixty tickets anew took a tenth of each page that shows the list; most are as they were last time.
@lru_cache(maxsize=4000)
def _drawn(
    row: tuple[Any, ...],
    url: str,
    tab: str,
    moment: Due,
    urgency: str,
    owner: str,
    noon: datetime,
    _language: str | None,
) -> Item:
    ticket = dict(zip(COLUMNS, row, strict=True))
    return Item(
        number=ticket["number"],
        url=url,
        channel=CHANNELS.get(str(ticket["channel"]), str(ticket["channel"])),
        title=ticket["subject"],
        who=ticket["customer__name"] or _("no customer"),
        due=moment.text,
        urgency=moment.urgency,
        hint=_hint(ticket, tab, owner, noon),
        why=_why(ticket, urgency, noon),
        chips=tuple(_chips(ticket)),
        is_read=not moment.urgency and ticket["status"] != Status.NEW,
    )


def _hint(ticket: Row, tab: str, owner: str, now: datetime) -> str:
    """What the ticket waits for, in a word or two."""
    if ticket["status"] == Status.PENDING:
        return _("the customer's turn")
    if ticket["status"] == Status.ON_HOLD and ticket["team__name"]:
        return str(ticket["team__name"])
    if tab == TEAM:
        return owner or _("nobody's yet")
    if ticket["waiting_since"]:
        return _("waits since %(moment)s") % {"moment": moment_of(ticket["waiting_since"], now)}
    return ""


def _why(ticket: Row, urgency: str, now: datetime) -> str:
    """Why it stands where it stands: what the order looks at, in the order it looks at it."""
    reasons = []
    if ticket["snoozed_until"]:
        reasons.append(_("comes back %(moment)s") % {"moment": moment_in_full(ticket["snoozed_until"], now)})
    if urgency == "over":
        reasons.append(_("the deadline is over"))
    elif ticket["deadline"]:
        reasons.append(_("deadline %(moment)s") % {"moment": moment_in_full(ticket["deadline"], now)})
    else:
        reasons.append(_("no deadline: after those that have one"))
    if ticket["priority"] != Priority.NORMAL:
        reasons.append(_("priority: %(priority)s") % {"priority": Priority(ticket["priority"]).label})
    if ticket["waiting_since"]:
        waiting = moment_of(ticket["waiting_since"], now)
        reasons.append(_("the customer waits for an answer since %(moment)s") % {"moment": waiting})
    return " · ".join(reasons)


def _chips(ticket: Row) -> Iterable[Chip]:
    if ticket["contacts"] >= 2:
        yield Chip(f"{ticket['contacts']}×", "cherry")
    if ticket["priority"] >= Priority.HIGH:
        tone = "honey" if ticket["priority"] == Priority.HIGH else "cherry"
        yield Chip(str(Priority(ticket["priority"]).label), tone)


def _marked(group: Group, current: int | None) -> Group:
    if current is None:
        return group
    return Group(
        group.label,
        tuple(replace(item, is_current=True) if item.number == current else item for item in group.items),
    )
