"""Callers whom an attendant can take: who it may be, how long each has waited, and those who came back, with the reason."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hallom.calls import linking
from hallom.calls.models import Call, CallSituation, Offer, Queue, QueueWait, Switchboard
from hallom.calls.situation import Doing
from hallom.customers import phone_number
from hallom.desk.situations import returned_words
from hallom.staff.models import User
from hallom.staff.names import name_of
from hallom.tickets.models import Ticket
from hallom.tickets.status import UNFINISHED

# There are nine keys, and whoever looks for a caller further down has lost the others already.
KEYS = 9
MOST = 60
# Of what the queue promises its callers: then red.
LATE_AFTER = 2.0


@dataclass(frozen=True, slots=True)
class Incoming:
    """`hot_at` and `late_at`: when the row turns yellow and red. `key` takes the call; empty beyond the ninth."""

    call: str
    name: str
    detail: str
    since: datetime
    hot_at: datetime
    late_at: datetime
    rings_at: str = ""
    is_mine: bool = False
    is_returned: bool = False
    key: str = ""


_OPEN = (
    Ticket.objects.current()
    .filter(customer=OuterRef("call__customer"), status__in=UNFINISHED)
    .order_by()
    .values("customer")
    .annotate(n=Count("pk"))
    .values("n")
)
_LAST = Call.objects.filter(customer=OuterRef("call__customer"), ended_at__isnull=False).order_by(
    "-arrived_at"
)
_RUNG = Offer.objects.filter(call=OuterRef("call"), result=Offer.Result.RINGING)
# What is known of the customer, and at whose telephone the call rings, asked along with the rows.
GUESSES = {
    "open_tickets": Subquery(_OPEN),
    "last_call": Subquery(_LAST.values("arrived_at")[:1]),
    "rung_agent": Subquery(_RUNG.values("agent")[:1]),
}


def incoming(user: User, board: Switchboard, now: datetime) -> list[Incoming]:
    """New ones first, each in the order they came; then those who came back. Two queries, whatever their number."""
    waits = list(_waiting(user, board))
    known = {wait.call_id for wait in waits}
    rows = [_row(wait, wait.call, user, (wait.entered_at, wait.queue)) for wait in waits]
    back = [one for one in _coming_back(user) if one.pk not in known]
    rows += [_row(one, one.call, user, (one.since or now, one.call.queue)) for one in back]
    rung = {one.call_id: one.rung_agent for one in [*waits, *back]}
    rows = [_with_telephone(row, rung.get(row.call), user) for row in rows]
    ordered = sorted(rows, key=lambda row: row.is_returned)
    return [replace(row, key=str(place) if place <= KEYS else "") for place, row in enumerate(ordered, 1)]


def _waiting(user: User, board: Switchboard) -> Iterable[Any]:
    """In the switchboard's queue and in her own."""
    hers = Q(queue__in=user.queue_memberships.filter(queue__is_active=True).values("queue"))
    waits = QueueWait.objects.filter(hers | Q(queue=board.queue_id), left_at=None, call__ended_at=None)
    waits = waits.select_related("queue", "call__customer", "call__number", "call__situation")
    return waits.annotate(**GUESSES).order_by("entered_at", "entry")[:MOST]


def _coming_back(user: User) -> Iterable[Any]:
    """Those who ring for the attendant herself because nobody took them where she had sent them."""
    found = CallSituation.objects.filter(doing=Doing.RETURNING, by=user, call__ended_at=None)
    found = found.select_related("call__customer", "call__number", "call__queue")
    return found.annotate(**GUESSES).order_by("since")


def _row(asked: Any, call: Call, user: User, waiting: tuple[datetime, Queue | None]) -> Incoming:
    """`asked` is the row that the guesses came with; `waiting` since when, and where."""
    since, queue = waiting
    situation = getattr(call, "situation", None)
    returned = returned_words(situation, user) if situation else ""
    seconds = queue.service_level_seconds if queue else 20
    return Incoming(
        call=call.pk,
        name=linking.caller_name(call),
        detail=returned or _who(call, asked),
        since=since,
        hot_at=since + timedelta(seconds=seconds),
        late_at=since + timedelta(seconds=seconds * LATE_AFTER),
        is_returned=bool(returned),
    )


def _who(call: Call, asked: Any) -> str:
    """The number that was dialled, and what is known of who dialled it."""
    dialled = " ".join(filter(None, (call.number.number, call.number.name))) if call.number else call.dialled
    parts = [dialled]
    if call.customer is None:
        parts.append("" if phone_number.is_hidden(call.caller) else _("unknown number"))
    elif n := asked.open_tickets:
        parts.append(ngettext("%(n)s open ticket", "%(n)s open tickets", n) % {"n": n})
    if asked.last_call:
        parts.append(_last_call(asked.last_call))
    return " · ".join(filter(None, parts))


def _last_call(at: datetime) -> str:
    day, today = timezone.localdate(at), timezone.localdate()
    if day == today:
        return _("called today, too")
    if day == today - timedelta(days=1):
        return _("called yesterday, too")
    return _("last called on %(day)s") % {"day": date_format(day, "SHORT_DATE_FORMAT")}


def _with_telephone(row: Incoming, agent: int | None, user: User) -> Incoming:
    if agent is None:
        return row
    return replace(row, rings_at="" if agent == user.pk else name_of(agent), is_mine=agent == user.pk)
