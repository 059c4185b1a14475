import pghistory
from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from hallom.calls.models.call import Call


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Disposition(models.Model):
    """How a call ended in the agent's words, chosen in wrap-up."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=60)
    names = models.JSONField(_("name in other languages"), default=dict, blank=True)
    is_solved = models.BooleanField(_("the matter is settled"), default=False)
    rank = models.PositiveSmallIntegerField(_("place in lists"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("call outcome")
        verbose_name_plural = _("call outcomes")
        ordering = ["rank", "name"]

    def __str__(self) -> str:
        return str(self.names.get((get_language() or "en")[:2]) or self.name)


class CallDisposition(models.Model):
    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="disposed")
    disposition = models.ForeignKey(Disposition, on_delete=models.PROTECT, related_name="uses")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"{self.call_id} {self.disposition_id}"
