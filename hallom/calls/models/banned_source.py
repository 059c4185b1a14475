from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class BanReason(models.TextChoices):
    AUTHENTICATION = "authentication", _("wrong passwords")
    MALFORMED = "malformed", _("malformed messages")
    FLOOD = "flood", _("too many requests")


class BannedSource(models.Model):
    """An address whose SIP messages the switch does not read for a time; the newest row of an address counts."""

    entry = models.BigIntegerField(primary_key=True)
    address = models.GenericIPAddressField(unpack_ipv4=True)
    reason = models.CharField(max_length=20, choices=BanReason.choices)
    times = models.PositiveIntegerField(default=1)
    since = models.DateTimeField()
    until = models.DateTimeField(db_index=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-since", "-entry"]

    def __str__(self) -> str:
        return f"{self.address} {self.reason}"
