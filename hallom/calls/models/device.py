import hashlib
import secrets

import pghistory
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

# The digests below are bound to it: another realm would need a new secret in every phone.
REALM = "hallom"


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
    exclude=["ha1_md5", "ha1_sha256"],
)
class SipDevice(models.Model):
    """A desk phone. Only digests of the secret are kept, so it can be shown once and never again."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sip_devices", verbose_name=_("user")
    )
    username = models.SlugField(_("user name of the phone"), max_length=64, unique=True)
    label = models.CharField(_("where it stands"), max_length=80, blank=True, default="")
    realm = models.CharField(max_length=120)
    ha1_md5 = models.CharField(max_length=32)
    ha1_sha256 = models.CharField(max_length=64)
    is_active = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("desk phone")
        verbose_name_plural = _("desk phones")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.username

    def renew_secret(self, realm: str = REALM) -> str:
        """Give the phone a new secret and return it; the caller saves the row and shows the secret once."""
        secret = secrets.token_urlsafe(18)
        self.realm = realm
        # RFC 7616 3.4.2: A1 = username ":" realm ":" password
        a1 = f"{self.username}:{realm}:{secret}".encode()
        self.ha1_md5 = hashlib.md5(a1, usedforsecurity=False).hexdigest()
        self.ha1_sha256 = hashlib.sha256(a1).hexdigest()
        return secret
