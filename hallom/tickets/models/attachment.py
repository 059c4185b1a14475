from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.storage.models import Blob
from hallom.tickets.models.draft import Draft
from hallom.tickets.models.message import Message
from hallom.tickets.models.note import Note


class Attachment(models.Model):
    """A file of a message, of a note or still of a draft: exactly one of them, and it decides who may see it."""

    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(max_length=120)
    content_id = models.CharField(max_length=250, blank=True)
    is_inline = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.CASCADE, related_name="attachments"
    )
    note = models.ForeignKey(
        Note, null=True, blank=True, on_delete=models.CASCADE, related_name="attachments"
    )
    draft = models.ForeignKey(
        Draft, null=True, blank=True, on_delete=models.CASCADE, related_name="attachments"
    )

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    models.Q(message__isnull=False, note__isnull=True, draft__isnull=True)
                    | models.Q(message__isnull=True, note__isnull=False, draft__isnull=True)
                    | models.Q(message__isnull=True, note__isnull=True, draft__isnull=False)
                ),
                name="tickets_attachment_of_one",
            )
        ]

    def __str__(self) -> str:
        return self.name
