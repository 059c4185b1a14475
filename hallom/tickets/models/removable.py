from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.tickets.models.remembered import Remembered


class Removable(Remembered):
    """The trait of being put out of sight without being lost: as spam, or deleted. Both can be taken back."""

    spam_at = models.DateTimeField(_("marked as spam"), null=True, blank=True)
    spam_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        abstract = True
