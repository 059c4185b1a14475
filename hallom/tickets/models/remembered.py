from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import User


class Remembered(models.Model):
    """The trait the others stand on: when it last changed, and how every change is told."""

    updated_at = models.DateTimeField(_("last change"))

    class Meta:
        abstract = True

    def save_changed(self, *fields: str, now: datetime) -> None:
        self.updated_at = now
        self.save(update_fields=[*fields, "updated_at"])

    def touch(self, now: datetime) -> None:
        self.save_changed(now=now)

    def tell(
        self,
        kind: str,
        *,
        by: User | None,
        now: datetime,
        call: str = "",
        topics: Iterable[str] = (),
        **data: Any,
    ) -> None:
        raise NotImplementedError
