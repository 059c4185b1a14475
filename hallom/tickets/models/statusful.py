from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import User
from hallom.tickets.models.naming import StatusName, default_names, default_names_for
from hallom.tickets.models.removable import Removable
from hallom.tickets.status import FINISHED, IllegalTransition, Move, Status, move_between, target

# What else a move writes beside the status.
STAMPS: dict[Status, str] = {Status.SOLVED: "solved_at", Status.CLOSED: "closed_at"}


TONES: dict[str, str] = {
    Status.NEW: "sky",
    Status.OPEN: "pine",
    Status.PENDING: "honey",
    Status.ON_HOLD: "slate",
    Status.SOLVED: "out",
    Status.CLOSED: "out",
}


class Statusful(Removable):
    """The trait of moving through TRANSITIONS, each move a compare-and-set.

    A move says the meaning; under which of the house's names is said, or the default of that meaning.
    """

    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.NEW)
    status_name = models.ForeignKey(
        StatusName,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("status"),
    )
    solved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def tone(self) -> str:
        """The colour class of the status on the pages."""
        return TONES[self.status]

    @property
    def status_label(self) -> str:
        """The house's name of the status, or that of its meaning."""
        return self.status_name.name if self.status_name else str(Status(self.status).label)

    def advance(self, move: Move | str, *, by: User | None, now: datetime) -> None:
        """Make the move, or raise IllegalTransition: the table or the house's names have no such move, somebody was
        faster, or (FieldsMissing) fields must be filled in first."""
        meaning = target(self.status, move)
        self._become(meaning, self._allowed_name(meaning), by=by, now=now)

    def set_status(self, name: StatusName, *, by: User | None, now: datetime) -> None:
        """Give it this status of the house's own; raises IllegalTransition like ``advance``."""
        if name.pk == self.status_name_id and name.meaning == self.status:
            return
        meaning = Status(name.meaning)
        if meaning != self.status:
            move_between(self.status, meaning)
        following = self.following_names()
        if not name.is_active or (following and name.pk not in following):
            raise IllegalTransition(f"{self.status_name_id} -> {name.pk}")
        self._become(meaning, name, by=by, now=now)

    def following_names(self) -> set[int]:
        """Ids of the only names its status may become; empty if the meaning alone decides."""
        if self.status_name is None:
            return set()
        return set(self.status_name.leads_to.values_list("pk", flat=True))

    def solve(self, *, by: User | None, now: datetime) -> None:
        self.advance(Move.SOLVE, by=by, now=now)

    def close(self, *, by: User | None, now: datetime) -> None:
        self.advance(Move.CLOSE, by=by, now=now)

    def reopen(self, *, by: User | None, now: datetime) -> None:
        self.advance(Move.REOPEN, by=by, now=now)

    def await_customer(self, *, by: User | None, now: datetime) -> None:
        self.advance(Move.AWAIT_CUSTOMER, by=by, now=now)

    def hold(self, *, by: User | None, now: datetime) -> None:
        self.advance(Move.HOLD, by=by, now=now)

    def resume(
        self, *, by: User | None, now: datetime, unless_set: Mapping[str, datetime] | None = None
    ) -> None:
        """Open again because of something that happened; the house's narrowing of moves is for people and not asked.

        ``unless_set``: times that are filled in with it where there are none.
        """
        name = default_names_for(self).get(Status.OPEN)
        self._become(Status.OPEN, name, by=by, now=now, unless_set=unless_set)

    def must_be_known(self) -> None:
        """Raises FieldsMissing if something must be filled in before the ticket is finished."""

    def news_for_watchers(self, *, by: User | None, now: datetime, besides: Iterable[int] = ()) -> None:
        """Tell who watches; the trait of being watched does."""

    def _allowed_name(self, meaning: Status) -> StatusName | None:
        """The name under which the meaning is reached from here: the default, else the first that is allowed."""
        default = default_names().get(meaning)
        following = self.following_names()
        if not following or (default is not None and default.pk in following):
            return default
        name = StatusName.objects.filter(pk__in=following, meaning=meaning, is_active=True).first()
        if name is None:
            raise IllegalTransition(f"{self.status_name_id} -> {meaning}")
        return name

    @transaction.atomic
    def _become(
        self,
        meaning: Status,
        name: StatusName | None,
        *,
        by: User | None,
        now: datetime,
        unless_set: Mapping[str, datetime] | None = None,
    ) -> None:
        old, old_name = Status(self.status), self.status_name
        if meaning in FINISHED and old not in FINISHED:
            self.must_be_known()
        stamps = _stamps(old, meaning, now)
        values = {
            "status": str(meaning),
            "status_name_id": name.pk if name else None,
            "updated_at": now,
            **stamps,
        }
        if not self._written_from(old, values, unless_set or {}):
            raise IllegalTransition(f"{self.pk} is no longer {old}")
        self.status, self.status_name = meaning, name
        for field, value in stamps.items():
            setattr(self, field, value)
        told: dict[str, Any] = {"old": str(old), "new": str(meaning)}
        if name or old_name:
            told |= {"old_name": old_name.name if old_name else "", "new_name": name.name if name else ""}
        kind = "status_named" if meaning is old else _PAST[move_between(old, meaning)]
        self.tell(f"ticket.{kind}", by=by, now=now, **told)
        self.news_for_watchers(by=by, now=now)

    def _written_from(
        self, old: Status, values: Mapping[str, Any], unless_set: Mapping[str, datetime]
    ) -> bool:
        """Composed by hand: every mail that opens a ticket again asks it, and composing took longer than asking."""
        columns = [f"{name} = %s" for name in values]
        columns += [f"{name} = COALESCE({name}, %s)" for name in unless_set]
        statement = (
            f"UPDATE {self._meta.db_table} SET {', '.join(columns)}"
            " WHERE id = %s AND status = %s AND status_name_id IS NOT DISTINCT FROM %s AND (deleted_at IS NULL) = %s"
        )
        with connection.cursor() as cursor:
            known = (self.pk, str(old), self.status_name_id, self.deleted_at is None)
            cursor.execute(statement, [*values.values(), *unless_set.values(), *known])
            return bool(cursor.rowcount == 1)


def _stamps(old: Status, meaning: Status, now: datetime) -> dict[str, datetime | None]:
    if meaning is old:
        return {}
    if meaning in STAMPS:
        return {STAMPS[meaning]: now}
    return {"solved_at": None, "closed_at": None} if old in STAMPS else {}


_PAST = {
    Move.START: "started",
    Move.AWAIT_CUSTOMER: "awaits_customer",
    Move.HOLD: "held",
    Move.SOLVE: "solved",
    Move.CLOSE: "closed",
    Move.REOPEN: "reopened",
}
