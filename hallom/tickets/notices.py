"""What colleagues are told inside the house. A notice points at what happened and never carries its words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, transaction
from django.db.models import BigIntegerField, IntegerField, QuerySet
from django.db.models.expressions import RawSQL

from hallom.staff.models import User
from hallom.staff.permissions import can, visible
from hallom.tickets.models.following import Notice, NoticeKind
from hallom.tickets.models.message import Direction, Message
from hallom.tickets.models.note import Note
from hallom.tickets.models.ticket import Ticket
from hallom.timeline.journal import record

# Of several that nobody has read yet one is enough: they say the same.
GATHERED = (NoticeKind.WATCHED, NoticeKind.ANSWERED, NoticeKind.THIRD)
# The badge says no more than this.
MOST_COUNTED = 99

_WATCHERS = """WITH RECURSIVE family (id) AS (
    SELECT {ticket}::bigint UNION SELECT t.id FROM tickets_ticket t JOIN family f ON t.merged_into_id = f.id)
    SELECT DISTINCT w.user_id FROM tickets_watcher w JOIN family f ON w.ticket_id = f.id ORDER BY 1"""


def notify(
    user: User,
    kind: NoticeKind | str,
    ticket: Ticket,
    *,
    now: datetime,
    actor: User | None = None,
    note: Note | None = None,
) -> None:
    """Tell one colleague; what somebody did himself is no news to him."""
    tell_all([user.pk], kind, ticket, now=now, actor=actor, note=note)


def tell_all(
    users: Iterable[int],
    kind: NoticeKind | str,
    ticket: Ticket,
    *,
    now: datetime,
    actor: User | None = None,
    note: Note | None = None,
) -> None:
    """The same to several, by id, each once."""
    told = sorted({user for user in users if actor is None or user != actor.pk})
    if told:
        _give(told, Notice(kind=kind, ticket=ticket, note=note, actor=actor, at=now))


def news(
    ticket: Ticket,
    *,
    now: datetime,
    actor: User | None,
    besides: Iterable[int] = (),
    kind: NoticeKind = NoticeKind.WATCHED,
) -> None:
    """Tell who watches the ticket, besides those who are told another way."""
    watching = set(_watchers(ticket)) - set(besides)
    if watching:
        tell_all(watching, kind, ticket, now=now, actor=actor)


def told_of_message(ticket: Ticket, message: Message, *, now: datetime, actor: User | None) -> None:
    """The owner hears of what came in from outside, the watchers of everything that was no machine's."""
    if message.is_automatic:
        return
    shown = ticket.root()
    owner = [shown.owner_id] if shown.owner_id and message.direction == Direction.IN else []
    kind = NoticeKind.THIRD if message.side_id else NoticeKind.ANSWERED
    tell_all(owner, kind, shown, now=now, actor=actor)
    news(shown, now=now, actor=actor, besides=owner)


def told_of_note(
    ticket: Ticket, note: Note, mentioned: Sequence[User], *, now: datetime, actor: User | None
) -> None:
    """Who is mentioned, if he may see the ticket; the others who watch it hear that there is something new."""
    shown = ticket.root()
    named = [user.pk for user in mentioned if can(user, "ticket.view", shown)]
    tell_all(named, NoticeKind.MENTION, shown, now=now, actor=actor, note=note)
    news(shown, now=now, actor=actor, besides=named)


def unread(user: User) -> int:
    """How many notices wait for the user, for the badge: at most MOST_COUNTED."""
    if _KNOWN in user.__dict__:
        return int(user.__dict__[_KNOWN])
    with connection.cursor() as cursor:
        cursor.execute(_UNREAD, [user.pk, MOST_COUNTED])
        return int(cursor.fetchone()[0])


def unread_count(user: int) -> RawSQL:
    """The same as an expression, for a query that is asked for the page anyway; then ``known_unread`` tells the rail."""
    return RawSQL(f"({_UNREAD})", [user, MOST_COUNTED], output_field=IntegerField())


def known_unread(user: User, count: int) -> None:
    user.__dict__[_KNOWN] = count


def of(user: User) -> QuerySet[Notice]:
    """The user's notices of tickets he may see today, newest first."""
    rows = Notice.objects.filter(user=user, ticket__in=visible(user, Ticket.objects.all()))
    return rows.select_related("ticket", "actor").order_by("-at", "-id")


@transaction.atomic
def read(user: User, *, now: datetime, notice: int | None = None, ticket: Ticket | None = None) -> int:
    """Mark one, those of a ticket or all as read; how many were not yet."""
    rows = Notice.objects.filter(user=user, read_at=None)
    if notice is not None:
        rows = rows.filter(pk=notice)
    if ticket is not None:
        rows = rows.filter(ticket=ticket)
    count = rows.update(read_at=now)
    user.__dict__.pop(_KNOWN, None)
    if count:
        record("notice.read", now=now, actor=user, data={"count": count}, topics=[f"desk-{user.pk}"])
    return count


@transaction.atomic
def _give(users: Sequence[int], said: Notice) -> None:
    values: dict[str, Any] = {
        "users": list(users),
        "kind": str(said.kind),
        "ticket": said.ticket_id,
        "note": said.note_id,
        "actor": said.actor_id,
        "at": said.at,
        "gathers": said.kind in GATHERED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_GIVE, values)
    record(
        "notice.given",
        now=said.at,
        actor=said.actor_id,
        ticket=said.ticket_id,
        data={"kind": values["kind"], "users": list(users)},
        topics=[f"desk-{user}" for user in users],
    )


# An unread notice that says the same becomes the newest instead.
_GIVE = """WITH known AS (
      UPDATE tickets_notice SET at = %(at)s, actor_id = %(actor)s
      WHERE %(gathers)s AND user_id = ANY(%(users)s::bigint[]) AND kind = %(kind)s AND ticket_id = %(ticket)s
        AND read_at IS NULL RETURNING user_id)
    INSERT INTO tickets_notice (user_id, kind, ticket_id, note_id, actor_id, at)
    SELECT one, %(kind)s, %(ticket)s, %(note)s::bigint, %(actor)s::bigint, %(at)s FROM unnest(%(users)s::bigint[]) AS one
    WHERE one NOT IN (SELECT user_id FROM known)"""


def watchers_column() -> RawSQL:
    """The same as an expression on tickets, for a query that is asked for the ticket anyway."""
    array = f"ARRAY({_WATCHERS.format(ticket='tickets_ticket.id')})"
    return RawSQL(array, [], output_field=ArrayField(BigIntegerField()))


def known_watchers(ticket: Ticket, users: Sequence[int]) -> None:
    """Who watches it, for whoever has just asked and now writes there."""
    ticket.__dict__[_WATCHED_BY] = list(users)


def _watchers(ticket: Ticket) -> list[int]:
    if _WATCHED_BY in ticket.__dict__:
        return list(ticket.__dict__[_WATCHED_BY])
    with connection.cursor() as cursor:
        cursor.execute(_WATCHERS.format(ticket="%s"), [ticket.pk])
        return [row[0] for row in cursor.fetchall()]


_KNOWN, _WATCHED_BY = "unread_notices", "known_watchers"
# In SQL as it is: it is asked for every page.
_UNREAD = "SELECT count(*) FROM (SELECT FROM tickets_notice WHERE user_id = %s AND read_at IS NULL LIMIT %s) AS waiting"
