from __future__ import annotations

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hallom.staff.models import Language, Team
from hallom.storage.secret_field import SecretField
from hallom.tickets.models import Category


class Security(models.TextChoices):
    TLS = "tls", _("TLS from the start")
    STARTTLS = "starttls", _("STARTTLS")
    NONE = "none", _("none (only within one's own network)")


class Intake(models.TextChoices):
    IMAP = "imap", _("we fetch it by IMAP")
    SMTP = "smtp", _("it is handed to us by SMTP")
    NONE = "none", _("nothing comes in")


class Provider(models.TextChoices):
    PASSWORD = "password", _("password")
    MICROSOFT = "microsoft", _("Microsoft 365 (OAuth 2)")
    GOOGLE = "google", _("Google (OAuth 2)")


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
    exclude=["imap_password", "smtp_password", "oauth_secret", "oauth_refresh_token"],
)
class Mailbox(models.Model):
    """An address customers write to and answers come from. Empty SMTP user and password mean those of IMAP."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    address = models.EmailField(_("e-mail address"), unique=True)
    display_name = models.CharField(_("name shown to customers"), max_length=120, blank=True)
    aliases = models.TextField(_("further addresses, one a line"), blank=True)
    team = models.ForeignKey(
        Team,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="mailboxes",
        verbose_name=_("team"),
    )
    category = models.ForeignKey(
        Category,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("category"),
    )
    language = models.CharField(
        _("language"), max_length=5, choices=Language.choices, default=Language.HUNGARIAN
    )
    is_active = models.BooleanField(_("in use"), default=True)
    is_default = models.BooleanField(_("answers come from here when nothing else is said"), default=False)
    has_plus_addresses = models.BooleanField(
        _("the server also takes mail for address+sign@domain"),
        default=False,
        help_text=_("Answers then carry a signed reply address and find their ticket whatever else is lost."),
    )
    subject_tag = models.CharField(_("sign before the number in subjects"), max_length=20, default="#")
    follow_up_days = models.PositiveSmallIntegerField(
        _("days after which a reply to a closed ticket opens a new one"), default=30
    )

    intake = models.CharField(_("incoming mail"), max_length=4, choices=Intake.choices, default=Intake.IMAP)
    provider = models.CharField(
        pgettext_lazy("mailbox", "signs in with"),
        max_length=9,
        choices=Provider.choices,
        default=Provider.PASSWORD,
    )
    imap_host = models.CharField(_("IMAP server"), max_length=200, blank=True)
    imap_port = models.PositiveIntegerField(_("IMAP port"), default=993)
    imap_security = models.CharField(
        _("IMAP security"), max_length=8, choices=Security.choices, default=Security.TLS
    )
    imap_user = models.CharField(_("IMAP user name"), max_length=200, blank=True)
    imap_password = SecretField(_("IMAP password"), blank=True, default="")
    imap_folder = models.CharField(_("folder"), max_length=200, default="INBOX")

    smtp_host = models.CharField(_("SMTP server"), max_length=200, blank=True)
    smtp_port = models.PositiveIntegerField(_("SMTP port"), default=587)
    smtp_security = models.CharField(
        _("SMTP security"), max_length=8, choices=Security.choices, default=Security.STARTTLS
    )
    smtp_user = models.CharField(_("SMTP user name"), max_length=200, blank=True)
    smtp_password = SecretField(_("SMTP password"), blank=True, default="")

    oauth_client = models.CharField(_("OAuth client id"), max_length=200, blank=True)
    oauth_tenant = models.CharField(_("OAuth tenant"), max_length=200, blank=True)
    oauth_secret = SecretField(_("OAuth client secret"), blank=True, default="")
    oauth_refresh_token = SecretField(blank=True, default="", editable=False)

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="mail_one_default_mailbox",
                violation_error_message=_("Another mailbox is the default."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class MailboxState(models.Model):
    """How far the fetching of a mailbox has come and how it fares; apart from Mailbox, as it changes all the time."""

    mailbox = models.OneToOneField(Mailbox, on_delete=models.CASCADE, related_name="state", primary_key=True)
    uid_validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    fetched_at = models.DateTimeField(null=True, blank=True)
    fetch_problem = models.CharField(max_length=400, blank=True)
    fetch_problem_since = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    send_problem = models.CharField(max_length=400, blank=True)
    send_problem_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("state of a mailbox")
        verbose_name_plural = _("states of mailboxes")

    def __str__(self) -> str:
        return f"{self.mailbox_id} {self.last_uid}"
