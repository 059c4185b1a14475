from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.mail.models.mailbox import Mailbox
from hallom.storage.models import Blob
from hallom.tickets.models import Message, Ticket


class Progress(models.TextChoices):
    STORED = "stored", _("stored, not read yet")
    IMPORTED = "imported", _("in a ticket")
    STRANGER = "stranger", _("a stranger writes about a ticket")
    NOTED = "noted", _("attached to what it is about")  # bounces, automatic answers
    IGNORED = "ignored", _("left aside")  # loops, our own mail, doubles
    REFUSED = "refused", _("could not be read")


class IncomingMail(models.Model):
    """A mail as it came: its raw bytes are kept before anybody looks into them. The row says what became of it."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="incoming", db_index=False)
    raw = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    uid_validity = models.BigIntegerField(null=True, blank=True)
    uid = models.BigIntegerField(null=True, blank=True)
    envelope_from = models.CharField(max_length=320, blank=True)
    envelope_to = models.CharField(max_length=320, blank=True)
    received_at = models.DateTimeField()
    identifier = models.CharField(max_length=400, blank=True)
    from_address = models.CharField(max_length=320, blank=True)
    from_name = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=400, blank=True)
    # Of a stranger's mail, the first words, for whoever decides about it.
    excerpt = models.CharField(max_length=600, blank=True)
    progress = models.CharField(max_length=8, choices=Progress.choices, default=Progress.STORED)
    reason = models.CharField(max_length=60, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    is_automatic = models.BooleanField(default=False)
    ticket = models.ForeignKey(Ticket, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="mails"
    )
    decided_by = models.ForeignKey(
        "staff.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("incoming mail")
        verbose_name_plural = _("incoming mail")
        ordering = ["-received_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "uid_validity", "uid"], name="mail_fetched_once")
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(progress="stored"), name="mail_to_import"),
            models.Index(fields=["identifier"], name="mail_by_identifier"),
            models.Index(fields=["from_address", "-received_at"], name="mail_by_sender"),
            models.Index(fields=["ticket"], condition=models.Q(progress="stranger"), name="mail_strangers"),
        ]

    def __str__(self) -> str:
        return f"{self.mailbox_id} {self.pk} {self.progress}"


class KnownId(models.Model):
    """A Message-ID that leads to a ticket: of a mail of ours or theirs, or only named in the References of one."""

    class Kind(models.TextChoices):
        OURS = "ours", _("ours")
        THEIRS = "theirs", _("theirs")
        NAMED = "named", _("named by another")

    identifier = models.CharField(max_length=400)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    side = models.ForeignKey(
        "tickets.SideThread", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("known Message-ID")
        verbose_name_plural = _("known Message-IDs")
        constraints = [models.UniqueConstraint(fields=["identifier", "ticket"], name="mail_known_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.ticket_id}"
