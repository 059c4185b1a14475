from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.tickets.models.remembered import Remembered


class Snoozable(Remembered):
    """The trait of leaving the work list until a time, or until something happens."""

    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    snoozed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        abstract = True
