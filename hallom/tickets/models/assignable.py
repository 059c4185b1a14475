from __future__ import annotations

from datetime import datetime
from enum import Enum

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import Team, User
from hallom.tickets.models.remembered import Remembered


class Unchanged(Enum):
    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


class Assignable(Remembered):
    """The trait of being somebody's work: a team's, and of one person in it."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="owned_tickets",
        verbose_name=_("owner"),
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="tickets", verbose_name=_("team")
    )

    class Meta:
        abstract = True

    @transaction.atomic
    def assign(
        self, to: User | None, *, by: User | None, now: datetime, team: Team | Unchanged | None = UNCHANGED
    ) -> None:
        """Give the ticket to somebody or to nobody; and to a team, or None for no team, if one is named."""
        before = {"owner": self.owner_id, "team": self.team_id}
        self.owner = to
        if not isinstance(team, Unchanged):
            self.team = team
        self.save_changed("owner", "team", now=now)
        after = {"owner": self.owner_id, "team": self.team_id}
        if after != before:
            topics = {f"desk-{user}" for user in (before["owner"], self.owner_id) if user}
            self.tell("ticket.assigned", by=by, now=now, topics=topics, old=before, new=after)
        if self.owner_id != before["owner"]:
            self.tell_of_assignment(by=by, now=now)

    @transaction.atomic
    def claim(self, *, by: User, now: datetime) -> bool:
        """Take a ticket that is nobody's. Of two who reach for it at once one gets it, the other hears False."""
        rows = type(self)._default_manager.filter(pk=self.pk, owner=None)
        if rows.update(owner=by, updated_at=now) != 1:
            return False
        self.owner = by
        old = {"owner": None, "team": self.team_id}
        self.tell("ticket.claimed", by=by, now=now, topics={f"desk-{by.pk}"}, old=old)
        return True

    def tell_of_assignment(self, *, by: User | None, now: datetime) -> None:
        """A notice to whose work it has become."""
        raise NotImplementedError
