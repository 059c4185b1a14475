from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.tickets.models.ticket import Ticket


class TimeSpent(models.Model):
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="time_spent")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    seconds = models.PositiveIntegerField(_("time spent"))
    on = models.CharField(_("on what"), max_length=120, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("time spent")
        verbose_name_plural = _("time spent")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.seconds} s"
