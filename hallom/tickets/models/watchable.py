from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from hallom.staff.models import User
from hallom.tickets.models.statusful import Statusful

if TYPE_CHECKING:
    from hallom.tickets.models.ticket import Ticket


class Watchable(Statusful):
    """The trait of being watched by colleagues whose work it is not."""

    class Meta:
        abstract = True

    @transaction.atomic
    def watch(self, user: User, *, by: User | None, now: datetime) -> bool:
        """The user is told what happens from now on; False if he was already."""
        from hallom.tickets.models.following import Watcher

        _row, made = Watcher.objects.get_or_create(ticket_id=self.pk, user=user, defaults={"since": now})
        if made:
            self.tell("ticket.watched", by=by, now=now, user=user.pk)
        return made

    @transaction.atomic
    def unwatch(self, user: User, *, by: User | None, now: datetime) -> bool:
        """No longer; False if he was not told anyway. Counts for all that was merged into the ticket."""
        from hallom.tickets.models.following import Watcher

        this: Any = self
        gone, _kinds = Watcher.objects.filter(ticket__in=this.family_ids(), user=user).delete()
        if gone:
            self.tell("ticket.unwatched", by=by, now=now, user=user.pk)
        return bool(gone)

    def watching(self) -> list[User]:
        """Who watches the ticket or one that was merged into it."""
        this: Any = self
        return list(
            User.objects.filter(is_active=True, watched__ticket__in=this.family_ids())
            .distinct()
            .order_by("full_name")
        )

    def news_for_watchers(self, *, by: User | None, now: datetime, besides: Iterable[int] = ()) -> None:
        from hallom.tickets.notices import news

        this: Any = self
        ticket: Ticket = this
        news(ticket, now=now, actor=by, besides=besides)
