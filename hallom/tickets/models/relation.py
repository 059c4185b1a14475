from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.tickets.models.ticket import Ticket


class LinkKind(models.TextChoices):
    CHILD = "child", _("part of")
    RELATED = "related", _("related to")


class Link(models.Model):
    """Two tickets that belong together: ``ticket`` is part of, or related to, ``other``."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links", db_index=False)
    other = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="linked_from")
    kind = models.CharField(max_length=7, choices=LinkKind.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "other", "kind"], name="tickets_link_once"),
            models.CheckConstraint(
                condition=~models.Q(ticket=models.F("other")), name="tickets_link_to_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind} {self.other_id}"


class Merge(models.Model):
    """One ticket became part of another. Nothing is moved: the target shows what its sources hold, so that undoing
    is only to let go. ``before`` is what the source was, by field."""

    source = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="merges")
    target = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="merged_from")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    before = models.JSONField(default=dict)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                condition=models.Q(undone_at__isnull=True),
                name="tickets_merged_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.source_id} → {self.target_id}"
