from django.conf import settings
from django.db import models


class QuickButton(models.Model):
    """One of the places an attendant sends most callers to; `to` is a destination of the switch."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quick_buttons", db_index=False
    )
    to = models.CharField(max_length=48)
    rank = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["rank", "id"]
        constraints = [models.UniqueConstraint(fields=["user", "to"], name="quick_button_once")]

    def __str__(self) -> str:
        return self.to
