import pghistory
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.calls.models.number import Number


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent())
class Closure(models.Model):
    """Somebody closed a number by hand: it says its closed greeting until it is opened, or `until` has come."""

    number = models.ForeignKey(Number, on_delete=models.CASCADE, related_name="closures")
    closed_at = models.DateTimeField()
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    until = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("closure by hand")
        verbose_name_plural = _("closures by hand")
        ordering = ["-closed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["number"], condition=models.Q(opened_at=None), name="one_closure_a_number"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number_id} {self.closed_at}"
