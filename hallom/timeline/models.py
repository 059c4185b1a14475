import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """Something that happened, written in the transaction of the verb that made it happen."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(_("kind"), max_length=64)
    at = models.DateTimeField(_("time"))
    # Numbers, not foreign keys: the timeline stands below the rooms that own these rows, and an event outlives them.
    actor_id = models.BigIntegerField(null=True)
    customer_id = models.BigIntegerField(null=True)
    ticket_id = models.BigIntegerField(null=True)
    call = models.CharField(max_length=26, blank=True, default="")
    data = models.JSONField(default=dict)
    topics = ArrayField(models.CharField(max_length=64), default=list)
    relayed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["id"], name="timeline_unrelayed", condition=Q(relayed_at=None)),
            models.Index(
                fields=["customer_id", "-at"], name="timeline_customer", condition=~Q(customer_id=None)
            ),
            models.Index(fields=["ticket_id", "at"], name="timeline_ticket", condition=~Q(ticket_id=None)),
            models.Index(
                fields=["actor_id", "-id"],
                name="timeline_own_work",
                condition=~Q(actor_id=None) & ~Q(ticket_id=None),
            ),
            models.Index(fields=["call"], name="timeline_call", condition=~Q(call="")),
            # Asked before each call out: how often has he tried lately?
            models.Index(
                fields=["actor_id", "at"], name="timeline_refused", condition=Q(kind="call.refused")
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="keep", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="append_only", exclude=["relayed_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.kind}"


class Delivery(models.Model):
    """An event that a subscriber failed to take; tried again until it succeeds."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, db_index=False)
    subscriber = models.CharField(max_length=100)
    tries = models.PositiveIntegerField(default=1)
    next_try_at = models.DateTimeField(db_index=True)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["event", "subscriber"], name="timeline_one_delivery"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.subscriber}"
