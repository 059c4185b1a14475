import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.automation.models.text_template import TextTemplate
from hallom.mail.models import Mailbox


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Acknowledgement(models.Model):
    """The mailbox answers a customer's first mail by itself: we have got it, this is its number."""

    mailbox = models.OneToOneField(
        Mailbox, on_delete=models.CASCADE, related_name="acknowledgement", verbose_name=_("mailbox")
    )
    template = models.ForeignKey(
        TextTemplate, on_delete=models.PROTECT, related_name="+", verbose_name=_("text template")
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")

    def __str__(self) -> str:
        return f"{self.mailbox_id}"
