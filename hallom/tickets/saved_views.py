"""Searches among the tickets under a name, with how many each finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from hallom.customers.joined_rows import JoinedModels
from hallom.staff.models import Team, User
from hallom.staff.permissions import can, require, visible
from hallom.tickets.by_rights import ByRights
from hallom.tickets.field_filters import in_use
from hallom.tickets.filters import TicketFilter, known
from hallom.tickets.models import SavedView, Ticket
from hallom.timeline.journal import record
from hallom.ui.typed_search import address_of, is_typed

# Each view shown is a count to be made.
MOST_SHOWN = 16
MOST_OF_ONE = 30
# Where the filters of a view hold a text its address names the view instead.
IN_ADDRESS = "view"
# More than so many are not counted one by one: nobody acts on the difference.
MOST_COUNTED = 1_000

# What every house has from the first day on.
BUILT_IN: tuple[tuple[str, dict[str, str]], ...] = (
    (gettext_noop("My tickets"), {"owner": "me", "order": "deadline"}),
    (gettext_noop("Nobody's yet"), {"owner": "nobody", "order": "waiting"}),
    (gettext_noop("Deadline over"), {"due": "over", "order": "deadline"}),
    (gettext_noop("Waiting for our answer"), {"waiting": "1", "order": "waiting"}),
)


class TooMany(Exception):
    """The person keeps MOST_OF_ONE views already."""


@dataclass(frozen=True, slots=True)
class Named:
    """``pk`` is None for the views that cannot be removed; ``whose`` is mine, a team's name or empty."""

    name: str
    url: str
    filters: dict[str, str]
    pk: int | None = None
    whose: str = ""
    is_removable: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    view: Named
    number: int
    is_more: bool
    is_current: bool


def views_of(user: User) -> list[Named]:
    """The built-in ones, then everybody's, the user's teams' and the user's own."""
    address = reverse("tickets:tickets")
    shown = [Named(_(name), f"{address}?{urlencode(given)}", given) for name, given in BUILT_IN]
    shown.extend(_named(row, user, address) for row in _KEPT(user).objects())
    return shown


def _kept(user: User) -> JoinedModels[SavedView]:
    seen = Q(owner=user) | Q(owner=None, team=None) | Q(owner=None, team__in=user.team_ids)
    rows = SavedView.objects.filter(seen).select_related("team")[: MOST_SHOWN - len(BUILT_IN)]
    return JoinedModels(SavedView, lambda: rows)


_KEPT = ByRights(_kept)


def named(user: User, key: str) -> Named | None:
    """The view of this key, if the user is shown it."""
    return next((one for one in views_of(user) if str(one.pk) == key), None) if key else None


def counted(views: Sequence[Named], user: User, *, now: datetime, current: str = "") -> list[Counted]:
    """How many tickets each finds, in one query; ``current`` is the query string of the page."""
    numbers = _count(views, user, now)
    return [
        Counted(view, min(number, MOST_COUNTED), number > MOST_COUNTED, urlencode(view.filters) == current)
        for view, number in zip(views, numbers, strict=True)
    ]


@transaction.atomic
def keep(
    name: str, filters: dict[str, str], *, by: User, now: datetime, team: Team | None, shared: bool
) -> SavedView:
    """A new view: of one's own, of a team (``team``), or of everybody (``shared``); raises TooMany, PermissionDenied."""
    if shared or team is not None:
        require(by, "settings.tickets")
    if SavedView.objects.filter(owner=by).count() >= MOST_OF_ONE:
        raise TooMany
    owner = None if shared or team is not None else by
    view = SavedView.objects.create(name=name, owner=owner, team=team, filters=known(filters))
    record("view.saved", now=now, actor=by, data={"view": view.pk, "name": name}, topics=["tickets"])
    return view


@transaction.atomic
def remove(view: SavedView, *, by: User, now: datetime) -> None:
    record("view.removed", now=now, actor=by, data={"view": view.pk, "name": view.name}, topics=["tickets"])
    view.delete()


def may_remove(user: User, view: SavedView) -> bool:
    return view.owner_id == user.pk or (view.owner_id is None and can(user, "settings.tickets"))


def _named(row: SavedView, user: User, address: str) -> Named:
    filters = known(row.filters)
    whose = str(row.team) if row.team else ""
    url = address_of(address, filters)
    if any(is_typed(name) for name in filters):
        url = address_of(address, {IN_ADDRESS: row.pk})
    return Named(row.name, url, filters, row.pk, whose, may_remove(user, row))


def _count(views: Sequence[Named], user: User, now: datetime) -> list[int]:
    if not views:
        return []
    pieces: list[str] = []
    parameters: list[Any] = []
    seen = visible(user, Ticket.objects.all())
    fields = in_use()
    for view in views:
        found = TicketFilter(view.filters, user=user, now=now, fields=fields).narrow(seen)
        sql, given = found.order_by().values("pk")[: MOST_COUNTED + 1].query.sql_with_params()
        pieces.append(f"(SELECT count(*) FROM ({sql}) AS found)")
        parameters.extend(given)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(pieces)}", parameters)
        return list(cursor.fetchone() or ())
