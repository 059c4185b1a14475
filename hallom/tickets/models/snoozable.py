from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import User
from hallom.tickets.models.remembered import Remembered

# Longer is a typing error in the year, and nobody would ever see the ticket again.
LONGEST_SNOOZE = timedelta(days=730)


class WrongTime(ValueError):
    """A ticket is snoozed until a time to come, at most LONGEST_SNOOZE away."""


class Waking(models.TextChoices):
    TIME = "time", _("its time has come")
    MESSAGE = "message", _("a message came in")
    HAND = "hand", _("woken by hand")


class Snoozable(Remembered):
    """The trait of leaving the work list until a time, or until something happens."""

    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    snoozed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        abstract = True

    @transaction.atomic
    def snooze(self, *, until: datetime, by: User | None, now: datetime) -> None:
        """Out of the work list until then, or until the customer writes; raises WrongTime."""
        if not now < until <= now + LONGEST_SNOOZE:
            raise WrongTime(until.isoformat())
        old = self.snoozed_until.isoformat() if self.snoozed_until else None
        self.snoozed_until, self.snoozed_by = until, by
        self.save_changed("snoozed_until", "snoozed_by", now=now)
        self.tell("ticket.snoozed", by=by, now=now, old=old, until=until.isoformat())

    def wake(self, *, by: User | None, now: datetime, reason: str = Waking.HAND) -> bool:
        """Back into the work list; False if it was awake already or somebody was faster."""
        return self.snoozed_until is not None and self._wake(by=by, now=now, reason=reason)

    @transaction.atomic
    def _wake(self, *, by: User | None, now: datetime, reason: str) -> bool:
        rows = type(self)._default_manager.filter(pk=self.pk, snoozed_until=self.snoozed_until)
        if rows.update(snoozed_until=None, snoozed_by=None, updated_at=now) != 1:
            return False
        sleeper = self.snoozed_by
        self.snoozed_until, self.snoozed_by = None, None
        self.tell("ticket.woken", by=by, now=now, reason=str(reason))
        self.tell_of_waking(sleeper, by=by, now=now)
        return True

    def tell_of_waking(self, sleeper: User | None, *, by: User | None, now: datetime) -> None:
        """A notice to whose work it is."""
        raise NotImplementedError
