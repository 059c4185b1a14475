from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.tickets.models.remembered import Remembered


class Mergeable(Remembered):
    """The trait of becoming part of another ticket, and of being let go again."""

    merged_into = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="sources",
        verbose_name=_("merged into"),
    )

    class Meta:
        abstract = True
