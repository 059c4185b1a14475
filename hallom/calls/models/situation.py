from django.conf import settings
from django.db import models

from hallom.calls.models.call import Call


class CallSituation(models.Model):
    """What is being done with a call that goes on: `hallom.calls.situation.Situation`, kept until it is over."""

    call = models.OneToOneField(Call, on_delete=models.CASCADE, primary_key=True, related_name="situation")
    doing = models.CharField(max_length=12, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    to = models.CharField(max_length=48, default="")
    place = models.PositiveSmallIntegerField(null=True)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    # Whoever was asked and has answered; nobody, with `leg`, is somebody outside.
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    leg = models.CharField(max_length=40, default="")
    answered_at = models.DateTimeField(null=True)
    is_facing_customer = models.BooleanField(default=False)
    # Why the telephone of `rung` rings, when no queue chose it.
    purpose = models.CharField(max_length=12, default="")
    rung = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    returned_to = models.CharField(max_length=48, default="")
    returned_reason = models.CharField(max_length=40, default="")
    returned_seconds = models.FloatField(null=True)
    returns = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["since"]
        indexes = [
            models.Index(fields=["place"], name="call_parked", condition=models.Q(place__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.doing}"
