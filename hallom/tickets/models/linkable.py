from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import connection, transaction

from hallom.staff.models import User
from hallom.tickets.models.remembered import Remembered

CHILD, PARENT, RELATED = "child", "parent", "related"
# Any number of this program's own: two links made at once must see one another, or they could close a circle.
LINKS_LOCK = 7_205_001
_ABOVE = """WITH RECURSIVE above (id) AS (
    SELECT %s::bigint
    UNION SELECT l.other_id FROM tickets_link l JOIN above a ON l.ticket_id = a.id WHERE l.kind = 'child')
    SELECT EXISTS (SELECT FROM above WHERE id = %s)"""


class CannotLink(Exception):
    """``code``: itself, cycle (a ticket would be part of itself), kind."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Linkable(Remembered):
    """The trait of belonging together with other tickets: as a part of one, the whole of one, or just related."""

    class Meta:
        abstract = True

    @transaction.atomic
    def link(self, other: Self, *, kind: str, by: User | None, now: datetime) -> bool:
        """``kind``: this ticket is a child (a part), the parent, or related. False if they are linked so already;
        raises CannotLink."""
        from hallom.tickets.models.relation import Link

        if self.pk == other.pk:
            raise CannotLink("itself")
        if kind not in (CHILD, PARENT, RELATED):
            raise CannotLink("kind")
        _alone()
        part, whole = (other, self) if kind == PARENT else (self, other)
        kept = RELATED if kind == RELATED else CHILD
        if kept == CHILD and _is_above(part.pk, whole.pk):
            raise CannotLink("cycle")
        if (
            kept == RELATED
            and Link.objects.filter(ticket_id=other.pk, other_id=self.pk, kind=RELATED).exists()
        ):
            return False
        _row, made = Link.objects.get_or_create(
            ticket_id=part.pk, other_id=whole.pk, kind=kept, defaults={"by": by, "at": now}
        )
        if made:
            self._tell_both("ticket.linked", other, kind, by=by, now=now)
        return made

    @transaction.atomic
    def unlink(self, other: Self, *, by: User | None, now: datetime) -> bool:
        """Take back whatever links the two; False if nothing did."""
        from hallom.tickets.models.relation import Link

        pair = (self.pk, other.pk)
        gone, _kinds = Link.objects.filter(ticket__in=pair, other__in=pair).delete()
        if gone:
            self._tell_both("ticket.unlinked", other, "", by=by, now=now)
        return bool(gone)

    def _tell_both(self, told: str, other: Self, kind: str, *, by: User | None, now: datetime) -> None:
        opposite = {CHILD: PARENT, PARENT: CHILD}.get(kind, kind)
        own, others = self.number, other.number  # type: ignore[attr-defined]
        self.tell(told, by=by, now=now, other=others, **({"kind_of_link": kind} if kind else {}))
        other.tell(told, by=by, now=now, other=own, **({"kind_of_link": opposite} if kind else {}))


def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LINKS_LOCK])


def _is_above(looked_for: int, start: int) -> bool:
    """Whether the ticket is found on the way up from ``start``, itself included."""
    with connection.cursor() as cursor:
        cursor.execute(_ABOVE, [start, looked_for])
        return bool(cursor.fetchone()[0])
