from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.mail.models.mailbox import Mailbox
from hallom.storage.models import Blob
from hallom.tickets.models import Message


class SendState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("being sent")
    HANDING_OVER = "handing", _("being handed over")
    SENT = "sent", _("sent")
    FAILED = "failed", _("given up")
    RECALLED = "recalled", _("taken back")


class OutgoingMail(models.Model):
    """A message on its way out. ``raw`` is composed once, with one Message-ID, however often it is tried.

    Found in ``sending`` after a crash it is simply tried again; found in ``handing`` nobody knows whether the server
    took it: it is tried again and ``maybe_twice`` says so.
    """

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="outgoing")
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="outgoing")
    identifier = models.CharField(max_length=200, unique=True)
    envelope_from = models.CharField(max_length=320, blank=True)
    raw = models.ForeignKey(Blob, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=SendState.choices, default=SendState.WAITING)
    send_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=400, blank=True)
    maybe_twice = models.BooleanField(default=False)
    is_automatic = models.BooleanField(default=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    # Somebody has seen that it was not delivered and leaves it at that.
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        "staff.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mail")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=models.Q(state__in=["waiting", "sending", "handing"]),
                name="mail_to_send",
            ),
            models.Index(fields=["-created_at"], condition=models.Q(state="failed"), name="mail_given_up"),
        ]

    def __str__(self) -> str:
        return f"{self.identifier} {self.state}"


class RecipientState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    ACCEPTED = "accepted", _("taken by the server")
    DEFERRED = "deferred", _("to be tried again")
    REFUSED = "refused", _("refused")
    BOUNCED = "bounced", _("came back")


class Recipient(models.Model):
    """What became of one address of an outgoing mail."""

    class Kind(models.TextChoices):
        TO = "to", _("to")
        CC = "cc", _("copy")
        BCC = "bcc", _("blind copy")

    mail = models.ForeignKey(
        OutgoingMail, on_delete=models.CASCADE, related_name="recipients", db_index=False
    )
    address = models.CharField(max_length=320)
    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=3, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=RecipientState.choices, default=RecipientState.WAITING)
    status = models.CharField(max_length=20, blank=True)
    diagnostic = models.CharField(max_length=400, blank=True)
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["mail", "address"], name="mail_recipient_once")]
        indexes = [
            models.Index(fields=["address", "-at"], name="mail_by_recipient"),
            models.Index(
                fields=["mail"],
                condition=models.Q(state__in=["refused", "bounced"]),
                name="mail_not_reached",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mail_id} {self.state}"
