from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.customers.models import Customer
from hallom.tickets.models.ticket import Ticket


class Channel(models.TextChoices):
    PHONE = "phone", _("telephone")
    EMAIL = "email", _("e-mail")
    CHAT = "chat", _("chat")
    SMS = "sms", _("SMS")
    WEB = "web", _("web form")
    IN_PERSON = "in_person", _("in person")


class Direction(models.TextChoices):
    IN = "in", _("from the customer")
    OUT = "out", _("to the customer")


class Message(models.Model):
    """Something said between us and the customer. What is said among ourselves is a Note, and no message."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages")
    channel = models.CharField(_("channel"), max_length=9, choices=Channel.choices)
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    body = models.TextField(_("text"))
    call = models.CharField(max_length=26, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["ticket", "at"], name="tickets_message_at")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.channel} {self.at:%Y-%m-%d %H:%M}"
