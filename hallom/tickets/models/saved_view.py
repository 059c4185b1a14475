from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import Team


class SavedView(models.Model):
    """A search among the tickets under a name: one's own, a team's, or everybody's (neither owner nor team)."""

    name = models.CharField(_("name"), max_length=60)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="saved_views"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="saved_views"
    )
    filters = models.JSONField(default=dict)
    order = models.CharField(max_length=20, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name
