from __future__ import annotations

from typing import TYPE_CHECKING

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.calls.models.trunk import Trunk
from hallom.staff.models import Role

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class KindOfNumber(models.TextChoices):
    """The kinds a policy can allow as such; premium and satellite numbers must be listed one by one."""

    FIXED = "fixed", _("fixed line")
    MOBILE = "mobile", _("mobile")
    TOLL_FREE = "toll_free", _("free of charge")
    SHARED = "shared", _("shared cost")
    SHORT = "short", _("short number")


class WayOut(models.TextChoices):
    DIAL = "dial", _("dialled by hand")
    TRANSFER = "transfer", _("transfer to an outside number")
    DIVERSION = "diversion", _("diversion of an extension")
    PROMISE = "promise", _("promised callback")
    API = "api", _("program (API)")


def _audited() -> tuple[pghistory.Tracker, ...]:
    return pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent()


@pghistory.track(*_audited())
class AllowedNumber(models.Model):
    """A number of the house that may be shown to whom we call."""

    number = models.CharField(_("number"), max_length=16, unique=True, help_text=_("as in +36 1 555 0100"))
    name = models.CharField(_("name"), max_length=80, blank=True, default="")
    rank = models.PositiveSmallIntegerField(_("place in lists"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("number to show")
        verbose_name_plural = _("numbers to show")
        ordering = ["rank", "number"]

    def __str__(self) -> str:
        return f"{self.number} {self.name}".strip()


@pghistory.track(*_audited())
class TollPolicy(models.Model):
    """Who may call out, where to, how much; whoever has no policy may call nobody but for help.

    One policy counts for a user: one that names him, else his teams', else his roles'; of several the first in the list.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    rank = models.PositiveSmallIntegerField(_("place in lists"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)
    users = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="toll_policies", verbose_name=_("users")
    )
    teams = models.ManyToManyField(
        "staff.Team", blank=True, related_name="toll_policies", verbose_name=_("teams")
    )
    roles = ArrayField(
        models.CharField(max_length=16, choices=Role.choices),
        verbose_name=_("roles"),
        default=list,
        blank=True,
    )
    countries = ArrayField(
        models.CharField(max_length=2), verbose_name=_("countries"), default=list, blank=True
    )
    kinds = ArrayField(
        models.CharField(max_length=10, choices=KindOfNumber.choices),
        verbose_name=_("kinds of numbers"),
        default=list,
        blank=True,
    )
    listed = ArrayField(
        models.CharField(max_length=16), verbose_name=_("also allowed"), default=list, blank=True
    )
    refused = ArrayField(
        models.CharField(max_length=16), verbose_name=_("never allowed"), default=list, blank=True
    )
    calendar = models.ForeignKey(
        "hours.Calendar",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="toll_policies",
        verbose_name=_("only in these hours"),
        help_text=_("empty: at any time"),
    )
    joins_trunks = models.BooleanField(
        _("outside callers may be passed on to outside numbers"),
        default=False,
        help_text=_("The house then pays for the conversation of two strangers; fraudsters look for this."),
    )
    calls_most = models.PositiveSmallIntegerField(
        _("calls at a time"), null=True, blank=True, default=2, help_text=_("empty: no limit")
    )
    minutes_a_day = models.PositiveIntegerField(
        _("minutes a day"), null=True, blank=True, default=240, help_text=_("empty: no limit")
    )
    money_a_day = models.DecimalField(
        _("money a day"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("empty: no limit; with a limit, a number without a price is not dialled"),
    )
    currency = models.CharField(_("currency"), max_length=3, default="HUF")
    attempts_most = models.PositiveSmallIntegerField(
        _("attempts"), default=10, validators=[MinValueValidator(1)]
    )
    attempts_seconds = models.PositiveSmallIntegerField(
        _("within (s)"), default=60, validators=[MinValueValidator(1)]
    )
    caller_numbers = models.ManyToManyField(
        AllowedNumber, blank=True, related_name="policies", verbose_name=_("numbers to show")
    )
    trunks = models.ManyToManyField(
        Trunk,
        blank=True,
        related_name="policies",
        verbose_name=_("trunks"),
        help_text=_("none chosen: all that calls go out over"),
    )

    ways: RelatedManager[TollWay]

    class Meta:
        verbose_name = _("toll policy")
        verbose_name_plural = _("toll policies")
        ordering = ["rank", "name"]

    def __str__(self) -> str:
        return self.name


@pghistory.track(*_audited())
class TollWay(models.Model):
    """A way out that its policy leaves open; countries and kinds can be fewer than the policy's (empty: as many)."""

    policy = models.ForeignKey(TollPolicy, on_delete=models.CASCADE, related_name="ways", db_index=False)
    way = models.CharField(max_length=10, choices=WayOut.choices)
    countries = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    kinds = ArrayField(
        models.CharField(max_length=10, choices=KindOfNumber.choices), default=list, blank=True
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "way"], name="toll_way_once")]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.way}"


class TollPrice(models.Model):
    """What a minute costs to numbers that begin so. Replaced as a whole; that it was is on the timeline."""

    prefix = models.CharField(_("beginning of the number"), max_length=16, unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True, default="")
    per_minute = models.DecimalField(_("price a minute"), max_digits=10, decimal_places=4)
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        ordering = ["prefix"]
        constraints = [
            models.CheckConstraint(condition=models.Q(per_minute__gte=0), name="toll_price_not_negative")
        ]

    def __str__(self) -> str:
        return f"{self.prefix} {self.shown}"

    @property
    def shown(self) -> str:
        """Without the zeros that the column keeps behind the last digit."""
        return f"{self.per_minute.normalize():f} {self.currency}"
