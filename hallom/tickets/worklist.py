"""What to do next: an agent's open tickets by deadline, each with the reason why it stands where it stands."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from hallom.staff.models import User
from hallom.staff.names import name_of
from hallom.staff.permissions import can, visible
from hallom.tickets.by_rights import ByRights
from hallom.tickets.contacts import contacts_about
from hallom.tickets.due import due
from hallom.tickets.models import Priority, Status, Ticket
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
)
WAITING = (Status.PENDING, Status.ON_HOLD)
MINE, TEAM = "mine", "team"
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


def worklist(
    user: User, now: datetime, *, tab: str = MINE, current: int | None = None, page: str = ""
) -> Worklist:
    """The work list of the user. ``page`` is the URL the tabs lead to; the list itself refreshes from its own."""
    tab = tab if tab in (MINE, TEAM) else MINE
    rows = _mine(user) if tab == MINE else _teams(user)
    groups = _groups(rows, now, tab)
    address = reverse("tickets:worklist")
    return Worklist(
        tabs=_tabs(user, tab, page or address, shown=len(rows)),
        groups=tuple(_marked(group, current) for group in groups),
        topic=f"desk-{user.pk}" if tab == MINE else "tickets",
        url=f"{address}?tab={tab}&current={current or ''}&page={page}",
    )


def open_count(user: User) -> int:
    """How many open tickets are the user's: the number in the rail. A page that shows the list has counted already."""
    if "open_tickets" not in user.__dict__:
        user.__dict__["open_tickets"] = next((number for (number,) in _COUNT(user.pk)), 0)
    known: int = user.__dict__["open_tickets"]
    return known


def _in_order(tickets: QuerySet[Ticket]) -> QuerySet[Ticket, tuple[Any, ...]]:
    ordered = tickets.filter(status__in=UNFINISHED).order_by(
        F("deadline").asc(nulls_last=True), "-priority", "id"
    )
    return ordered.annotate(contacts=contacts_about()).values_list(*COLUMNS)[:MOST]


_OWNED = PreparedRows(lambda owner: _in_order(Ticket.objects.filter(owner=owner)))


_COUNT = PreparedRows(
    lambda owner: (
        Ticket.objects.filter(owner=owner, status__in=UNFINISHED)
        .order_by()
        .values("owner")
        .annotate(number=Count("pk"))
        .values_list("number")
    )
)


def _mine(user: User) -> list[Row]:
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in _OWNED(user.pk)]
    if len(rows) < MOST:
        user.__dict__["open_tickets"] = len(rows)
    return rows


@dataclass(frozen=True, slots=True)
class OfTeams:
    rows: PreparedRows
    counts: PreparedRows


def _composed(user: User) -> OfTeams:
    seen = visible(user, Ticket.objects.filter(Q(team__in=user.team_ids) | Q(team=None)))
    counted = seen.filter(status__in=UNFINISHED).order_by().values("status").annotate(number=Count("pk"))
    return OfTeams(PreparedRows(lambda: _in_order(seen)), PreparedRows(lambda: counted.values_list("number")))


# What the user's teams work on, as far as the user may see it.
_of_teams = ByRights(_composed)


def _teams(user: User) -> list[Row]:
    if not can(user, "ticket.view"):
        return []
    return [dict(zip(COLUMNS, row, strict=True)) for row in _of_teams(user).rows()]


def _teams_count(user: User) -> int:
    if not can(user, "ticket.view"):
        return 0
    return sum(number for (number,) in _of_teams(user).counts())


def _tabs(user: User, chosen: str, page: str, *, shown: int) -> tuple[Tab, ...]:
    whole_team = chosen == TEAM and shown < MOST
    counts = {MINE: open_count(user), TEAM: shown if whole_team else _teams_count(user)}
    labels = ((MINE, _("Mine")), (TEAM, _("Team")))
    return tuple(
        Tab(name, label, f"{page}?tab={name}", counts[name], name == chosen) for name, label in labels
    )


def _groups(tickets: list[Row], now: datetime, tab: str) -> tuple[Group, ...]:
    pairs = [(ticket, _item(ticket, now, tab)) for ticket in tickets]
    working = [item for ticket, item in pairs if ticket["status"] not in WAITING]
    urgent = tuple(item for item in working if item.urgency)
    later = tuple(item for item in working if not item.urgency)
    waiting = tuple(item for ticket, item in pairs if ticket["status"] in WAITING)
    labelled = ((_("Now"), urgent), (_("Next, by deadline"), later), (_("Waiting for others"), waiting))
    return tuple(Group(label, items) for label, items in labelled if items)


def _item(ticket: Row, now: datetime, tab: str) -> Item:
    moment = due(ticket["deadline"], now)
    return Item(
        number=ticket["number"],
        url=reverse("tickets:ticket", args=[ticket["number"]]),
        channel=CHANNELS.get(str(ticket["channel"]), str(ticket["channel"])),
        title=ticket["subject"],
        who=ticket["customer__name"] or _("no customer"),
        due=moment.text,
        urgency=moment.urgency,
        hint=_hint(ticket, tab),
        chips=tuple(_chips(ticket)),
        is_read=not moment.urgency and ticket["status"] != Status.NEW,
    )


def _hint(ticket: Row, tab: str) -> str:
    """Why the ticket stands here and what it waits for."""
    if ticket["status"] == Status.PENDING:
        return _("the customer's turn")
    if ticket["status"] == Status.ON_HOLD and ticket["team__name"]:
        return str(ticket["team__name"])
    if tab == TEAM:
        return name_of(ticket["owner_id"]) if ticket["owner_id"] else _("nobody's yet")
    return ""


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
