import pghistory
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class PauseReason(models.Model):
    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=60)
    names = models.JSONField(_("name in other languages"), default=dict, blank=True)
    icon = models.CharField(_("sign"), max_length=40, default="coffee")
    planned_seconds = models.PositiveIntegerField(
        _("planned length (s)"), null=True, blank=True, help_text=_("empty: as long as it takes")
    )
    rank = models.PositiveSmallIntegerField(_("place in lists"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("pause reason")
        verbose_name_plural = _("pause reasons")
        ordering = ["rank", "name"]

    def __str__(self) -> str:
        return str(self.names.get((get_language() or "en")[:2]) or self.name)
