from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hallom.tickets.models.side_thread import SideThread
from hallom.tickets.models.ticket import Ticket

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from hallom.tickets.models.attachment import Attachment


class DraftKind(models.TextChoices):
    REPLY = "reply", pgettext_lazy("noun", "reply")
    NOTE = "note", _("internal note")
    FORWARD = "forward", _("to a third party")
    CALL = "call", _("what was said on the telephone")


class Draft(models.Model):
    """What somebody is writing and has not sent: kept on the server, one for each ticket, author and kind.

    ``values`` are the other fields of the form (to, cc, bcc, subject, macro, status…); ``revision`` grows with every
    save, so that a second device notices that the first has written; ``seen`` is the newest entry the author saw.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="drafts", db_index=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    kind = models.CharField(max_length=7, choices=DraftKind.choices)
    side = models.ForeignKey(
        SideThread, null=True, blank=True, on_delete=models.CASCADE, related_name="drafts"
    )
    html = models.TextField(blank=True)
    values = models.JSONField(default=dict, blank=True)
    seen = models.CharField(max_length=40, blank=True)
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()

    attachments: RelatedManager[Attachment]

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        ordering = ["-saved_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "author", "kind", "side"], nulls_distinct=False, name="tickets_draft_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.author_id} {self.kind}"
