from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import User
from hallom.tickets.models.remembered import Remembered


class Removable(Remembered):
    """The trait of being put out of sight without being lost: as spam, or deleted. Both can be taken back."""

    spam_at = models.DateTimeField(_("marked as spam"), null=True, blank=True)
    spam_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        abstract = True

    def mark_spam(self, *, by: User | None, now: datetime) -> bool:
        """Each of the four says False, and changes nothing, if it was so already."""
        return self._put("spam", out=True, told="ticket.marked_spam", by=by, now=now)

    def not_spam(self, *, by: User | None, now: datetime) -> bool:
        return self._put("spam", out=False, told="ticket.not_spam", by=by, now=now)

    def delete_softly(self, *, by: User | None, now: datetime) -> bool:
        return self._put("deleted", out=True, told="ticket.deleted", by=by, now=now)

    def restore(self, *, by: User | None, now: datetime) -> bool:
        return self._put("deleted", out=False, told="ticket.restored", by=by, now=now)

    @transaction.atomic
    def _put(self, field: str, *, out: bool, told: str, by: User | None, now: datetime) -> bool:
        values = {f"{field}_at": now if out else None, f"{field}_by": by if out else None}
        rows = type(self)._default_manager.filter(pk=self.pk, **{f"{field}_at__isnull": out})
        if rows.update(**values, updated_at=now) != 1:
            return False
        for name, value in values.items():
            setattr(self, name, value)
        self.tell(told, by=by, now=now)
        return True
