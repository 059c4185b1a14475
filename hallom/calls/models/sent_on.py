from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.calls.models.call import Call


class SentOn(models.Model):
    """A caller who was transferred or parked, or waited while somebody else was asked; `entry` is where it began."""

    class Kind(models.TextChoices):
        TRANSFER = "transfer", _("transfer")
        CONSULT = "consult", _("consultation")
        PARK = "park", _("parked")

    class Result(models.TextChoices):
        OPEN = "open", _("under way")
        COMPLETED = "completed", _("taken")
        RETURNED = "returned", _("came back")
        SENT_ON = "sent_on", _("sent on while it rang")
        ENDED = "ended", _("ended")
        HUNG_UP = "hung_up", _("caller hung up")

    entry = models.BigIntegerField(primary_key=True)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="sent_on")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    to = models.CharField(max_length=80)
    via = models.JSONField(default=list)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=10, choices=Result.choices, default=Result.OPEN)
    reason = models.CharField(max_length=64, default="")
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    times = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["entry"]

    def __str__(self) -> str:
        return f"{self.call_id} {self.kind} {self.to}"


class Watch(models.Model):
    """Who listened to whom; `modes` are `[mode, epoch seconds]` in the order they were chosen, `leg` the listener's."""

    leg = models.CharField(max_length=40, primary_key=True)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="watches")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    of = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    modes = models.JSONField(default=list)
    started_at = models.DateTimeField()
    joined_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=64, default="")

    class Meta:
        ordering = ["started_at", "leg"]
        verbose_name_plural = "watches"

    def __str__(self) -> str:
        return self.leg

    @property
    def mode(self) -> str:
        return str(self.modes[-1][0]) if self.modes else ""

    @property
    def seconds(self) -> float | None:
        if self.joined_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.joined_at).total_seconds()
