from __future__ import annotations

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import User
from hallom.tickets.models.naming import StatusName
from hallom.tickets.models.remembered import Remembered
from hallom.tickets.status import IllegalTransition, Move, Status, target

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


class Statusful(Remembered):
    """The trait of moving through TRANSITIONS, each move a compare-and-set."""

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

    @transaction.atomic
    def advance(self, move: Move | str, *, by: User | None, now: datetime) -> None:
        """Make the move, or raise IllegalTransition if the table has none or somebody was faster."""
        old = Status(self.status)
        new = target(old, move)
        stamps: dict[str, datetime | None] = {}
        if new in STAMPS:
            stamps[STAMPS[new]] = now
        elif old in STAMPS:
            stamps = {"solved_at": None, "closed_at": None}
        rows = type(self)._default_manager.filter(pk=self.pk, status=old)
        if rows.update(status=new, updated_at=now, **stamps) != 1:
            raise IllegalTransition(f"{self.pk} is no longer {old}")
        self.status = new
        for field, value in stamps.items():
            setattr(self, field, value)
        self.tell(f"ticket.{_PAST[Move(move)]}", by=by, now=now, old=str(old), new=str(new))

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


_PAST = {
    Move.START: "started",
    Move.AWAIT_CUSTOMER: "awaits_customer",
    Move.HOLD: "held",
    Move.SOLVE: "solved",
    Move.CLOSE: "closed",
    Move.REOPEN: "reopened",
}
