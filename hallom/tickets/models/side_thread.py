from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.tickets.models.ticket import Ticket

if TYPE_CHECKING:
    from hallom.tickets.models.message import Message


class SideThread(models.Model):
    """A conversation about the ticket with somebody who is not the customer: a supplier, an office, an expert.
    What is said in it is never quoted or sent to the customer."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="side_threads")
    subject = models.CharField(_("subject"), max_length=200)
    name = models.CharField(_("name"), max_length=160, blank=True)
    address = models.EmailField(_("e-mail address"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    opened_at = models.DateTimeField()

    class Meta:
        verbose_name = _("conversation with a third party")
        verbose_name_plural = _("conversations with third parties")
        ordering = ["opened_at", "id"]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.address}"

    def outlives(self, message: Message) -> bool:
        """Whether anything of it is left when this message is called back."""
        return self.messages.exclude(pk=message.pk).exists() or self.drafts.exists()
