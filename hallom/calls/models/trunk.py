import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.storage.secret_field import SecretField


@pghistory.track(
    pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), exclude=["secret"]
)
class Trunk(models.Model):
    """A line to a telephone company: known by its addresses, or reached by registering there."""

    class Kind(models.TextChoices):
        ADDRESS = "address", _("known by its address")
        REGISTRATION = "registration", _("we register there")

    class Transport(models.TextChoices):
        UDP = "udp", "UDP"
        TCP = "tcp", "TCP"
        TLS = "tls", "TLS"

    name = models.SlugField(_("name"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.ADDRESS)
    addresses = ArrayField(
        models.CharField(max_length=64),
        verbose_name=_("addresses"),
        default=list,
        blank=True,
        help_text=_("networks its calls come from, such as 192.0.2.10 or 192.0.2.0/28"),
    )
    host = models.CharField(_("server"), max_length=120, blank=True, default="")
    port = models.PositiveIntegerField(
        _("port"), default=5060, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    transport = models.CharField(
        _("transport"), max_length=3, choices=Transport.choices, default=Transport.UDP
    )
    username = models.CharField(_("user name"), max_length=120, blank=True, default="")
    secret = SecretField(_("password"), blank=True, default="")
    expires_seconds = models.PositiveIntegerField(_("register again every (s)"), default=300)
    is_active = models.BooleanField(_("in use"), default=True)
    is_outgoing = models.BooleanField(_("calls go out over it"), default=False)
    rank = models.PositiveSmallIntegerField(
        _("place in the order"), default=0, help_text=_("calls go out over the lowest that works")
    )
    calls_most = models.PositiveSmallIntegerField(
        _("calls at a time"), null=True, blank=True, help_text=_("empty: no limit")
    )
    is_probed = models.BooleanField(
        _("ask it regularly whether it works"), default=True, help_text=_("SIP OPTIONS")
    )

    class Meta:
        verbose_name = _("trunk")
        verbose_name_plural = _("trunks")
        ordering = ["rank", "name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="registration", host__gt="", username__gt="")
                | models.Q(kind="address", addresses__len__gt=0),
                name="trunk_can_be_reached",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TrunkStatus(models.Model):
    """How a trunk is, folded from the journal: what the switch last heard of it."""

    trunk = models.OneToOneField(Trunk, on_delete=models.CASCADE, primary_key=True, related_name="status")
    is_registered = models.BooleanField(null=True)
    registered_status = models.PositiveSmallIntegerField(default=0)
    failed_probes = models.PositiveIntegerField(default=0)
    probe_status = models.PositiveSmallIntegerField(default=0)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.trunk_id}"
