from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Sum

from hallom.staff.models import User
from hallom.tickets.models.remembered import Remembered

if TYPE_CHECKING:
    from hallom.tickets.models.time_spent import TimeSpent

# Nobody works longer on one thing at a stretch than a day.
MOST_SECONDS = 24 * 3600


class WrongDuration(ValueError):
    """Time spent is more than nothing and at most MOST_SECONDS."""


class Timed(Remembered):
    """The trait of costing working time."""

    class Meta:
        abstract = True

    @transaction.atomic
    def spend(self, seconds: int, *, by: User | None, now: datetime, on: str = "") -> TimeSpent:
        """Write down that the person worked so long, on what; raises WrongDuration."""
        from hallom.tickets.models.time_spent import TimeSpent

        if not 0 < seconds <= MOST_SECONDS:
            raise WrongDuration(seconds)
        row = TimeSpent.objects.create(ticket_id=self.pk, user=by, seconds=seconds, on=on[:120], at=now)
        self.tell("ticket.time_spent", by=by, now=now, seconds=seconds)
        return row

    @transaction.atomic
    def take_back_time(self, row: TimeSpent, *, by: User | None, now: datetime) -> bool:
        """It was written down by mistake; False if it is gone already or another ticket's."""
        from hallom.tickets.models.time_spent import TimeSpent

        this: Any = self
        gone, _kinds = TimeSpent.objects.filter(pk=row.pk, ticket__in=this.family_ids()).delete()
        if gone:
            self.tell("ticket.time_taken_back", by=by, now=now, seconds=row.seconds)
        return bool(gone)

    def seconds_spent(self) -> int:
        """The working time of the ticket and of all that was merged into it."""
        from hallom.tickets.models.time_spent import TimeSpent

        this: Any = self
        rows = TimeSpent.objects.filter(ticket__in=this.family_ids())
        return rows.aggregate(total=Sum("seconds"))["total"] or 0
