import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hallom.calls.models.number import digits
from hallom.calls.models.queue import Queue

# Shorter is too easily dialled by mistake, longer is a number of the public network.
is_short_number = RegexValidator(r"^[0-9]{2,6}\Z", _("Two to six digits."))


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Extension(models.Model):
    """A short number of the house: somebody's, or a queue's."""

    number = models.CharField(
        _("extension"), max_length=6, unique=True, validators=[is_short_number], help_text=_("2 to 6 digits")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="extensions",
        verbose_name=_("person"),
    )
    queue = models.ForeignKey(
        Queue,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="extensions",
        verbose_name=_("queue"),
    )
    label = models.CharField(
        _("what is done there"), max_length=80, blank=True, default="", help_text=_("as in: network planner")
    )
    department = models.CharField(_("department"), max_length=80, blank=True, default="")
    ring_seconds = models.PositiveSmallIntegerField(
        _("rings for (s)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(5), MaxValueValidator(300)],
        help_text=_("then the caller comes back; empty: as the switchboard says"),
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, queue__isnull=True)
                | Q(user__isnull=True, queue__isnull=False),
                name="extension_of_one",
                violation_error_message=_("Say whose it is: a person's or a queue's, not both."),
            )
        ]

    def __str__(self) -> str:
        return self.number


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class OutsideContact(models.Model):
    """Somebody outside of the house to whom attendants send callers: a partner, a branch office, a mobile."""

    name = models.CharField(_("name"), max_length=120)
    number = models.CharField(_("number"), max_length=32, help_text=_("as in +36 1 555 0100"))
    dialled = models.CharField(max_length=32, editable=False)
    label = models.CharField(_("who they are"), max_length=80, blank=True, default="")
    department = models.CharField(_("department or company"), max_length=80, blank=True, default="")
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("outside contact")
        verbose_name_plural = _("outside contacts")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **options: object) -> None:
        self.dialled = digits(self.number)
        super().save(*args, **options)  # type: ignore[arg-type]
