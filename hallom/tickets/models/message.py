from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.customers.models import Customer
from hallom.tickets.models.side_thread import SideThread
from hallom.tickets.models.ticket import Ticket

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from hallom.tickets.models.attachment import Attachment


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


class Delivery(models.TextChoices):
    """How far an outgoing message has got; empty for what came in and for what was said by mouth."""

    WAITING = "waiting", _("waiting to be sent")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    PARTLY = "partly", _("not delivered to everybody")
    FAILED = "failed", _("not delivered")


class Message(models.Model):
    """Something said between us and the customer, or a third party (``side``). What is said among ourselves is a Note,
    and no message.

    ``body`` and ``html`` are what was newly said, ``quoted`` and ``quoted_html`` the folded rest (history, signature);
    ``html`` is sanitised before it is stored. ``to cc bcc`` are lists of ``{"name", "address"}``.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages", db_index=False)
    channel = models.CharField(_("channel"), max_length=9, choices=Channel.choices)
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    side = models.ForeignKey(
        SideThread, null=True, blank=True, on_delete=models.CASCADE, related_name="messages"
    )
    subject = models.CharField(_("subject"), max_length=400, blank=True)
    from_name = models.CharField(max_length=200, blank=True)
    from_address = models.CharField(max_length=320, blank=True)
    to = models.JSONField(default=list, blank=True)
    cc = models.JSONField(default=list, blank=True)
    bcc = models.JSONField(default=list, blank=True)
    # Where the writer of a mail wants the answer (Reply-To), if that is elsewhere. No proof that who is there belongs here.
    reply_to = models.JSONField(null=True, blank=True)
    body = models.TextField(_("text"))
    html = models.TextField(blank=True)
    quoted = models.TextField(blank=True)
    quoted_html = models.TextField(blank=True)
    # Pictures of other servers that may be asked for, and those that only tell the sender who reads.
    remote_images = models.PositiveSmallIntegerField(default=0)
    trackers = models.PositiveSmallIntegerField(default=0)
    is_automatic = models.BooleanField(default=False)
    delivery = models.CharField(max_length=7, choices=Delivery.choices, blank=True)
    send_at = models.DateTimeField(_("send at"), null=True, blank=True)
    split_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    call = models.CharField(max_length=26, blank=True)
    at = models.DateTimeField()

    attachments: RelatedManager[Attachment]

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["ticket", "at"], name="tickets_message_at")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.channel} {self.at:%Y-%m-%d %H:%M}"
