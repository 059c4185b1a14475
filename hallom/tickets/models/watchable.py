from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from hallom.staff.models import User
from hallom.staff.permissions import can
from hallom.tickets.models.statusful import Statusful

if TYPE_CHECKING:
    from hallom.tickets.models.ticket import Ticket


class MayNotSee(Exception):
    """Nobody is told of what he may not look at."""


class Watchable(Statusful):
    """The trait of being watched by colleagues whose work it is not."""

    class Meta:
        abstract = True

    @transaction.atomic
    def watch(self, user: User, *, by: User | None, now: datetime) -> bool:
        """The user is told what happens from now on, and that it is so if somebody else has wished it; False if he was
        told already. Raises MayNotSee."""
        from hallom.tickets.models.following import NoticeKind, Watcher
        from hallom.tickets.notices import notify

        this: Any = self
        if not can(user, "ticket.view", this):
            raise MayNotSee
        if Watcher.objects.filter(ticket__in=this.family_ids(), user=user).exists():
            return False
        _row, made = Watcher.objects.get_or_create(ticket_id=self.pk, user=user, defaults={"since": now})
        if made:
            self.tell("ticket.watched", by=by, now=now, user=user.pk)
            if by is not None:
                notify(user, NoticeKind.WATCHER, this, now=now, actor=by)
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
