import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import Team


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Macro(models.Model):
    """Several acts under one name. ``steps`` is a list of ``{"do": …, …}``; hallom/automation/macro_steps.py has the
    acts and their values."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    team = models.ForeignKey(
        Team,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("only for the team"),
    )
    steps = models.JSONField(default=list)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("macro")
        verbose_name_plural = _("macros")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name
