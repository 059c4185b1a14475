from django.db import models


class LiveQuality(models.Model):
    """How a line sounded in its last five seconds, as the media worker told; rows of lines that are gone mean nothing."""

    leg = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    mos = models.FloatField(null=True)
    jitter_ms = models.FloatField(null=True)
    loss = models.FloatField(null=True)
    round_trip_ms = models.FloatField(null=True)

    class Meta:
        verbose_name_plural = "live qualities"

    def __str__(self) -> str:
        return self.leg
