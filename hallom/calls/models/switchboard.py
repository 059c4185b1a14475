import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from hallom.calls.models.queue import Queue

_PATIENCE = [MinValueValidator(5), MaxValueValidator(3600)]


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Switchboard(models.Model):
    """How the house sends callers on, and where those come back whom nobody takes. There is one."""

    queue = models.ForeignKey(
        Queue,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("queue of the switchboard"),
        help_text=_("callers come back here when nobody takes them; empty: to the queue they came from"),
    )
    person_seconds = models.PositiveSmallIntegerField(
        _("a colleague has (s)"), default=20, validators=_PATIENCE
    )
    outside_seconds = models.PositiveSmallIntegerField(
        _("a number outside has (s)"), default=40, validators=_PATIENCE
    )
    queue_seconds = models.PositiveSmallIntegerField(_("a queue has (s)"), default=300, validators=_PATIENCE)
    place_seconds = models.PositiveSmallIntegerField(
        _("a parked caller comes back after (s)"), default=120, validators=_PATIENCE
    )
    return_seconds = models.PositiveSmallIntegerField(
        _("whoever sent the caller is rung for (s)"), default=20, validators=_PATIENCE
    )
    hold_seconds = models.PositiveSmallIntegerField(
        _("hold rings back after (s)"),
        default=120,
        validators=[MaxValueValidator(3600)],
        help_text=_("0: never"),
    )
    places = models.PositiveSmallIntegerField(
        _("parking places"), default=20, validators=[MinValueValidator(1), MaxValueValidator(99)]
    )
    promise_minutes = models.PositiveIntegerField(
        _("a promise without a time is for (minutes)"),
        default=480,
        validators=[MinValueValidator(5), MaxValueValidator(43200)],
    )

    class Meta:
        verbose_name = _("switchboard")
        verbose_name_plural = _("switchboard")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_switchboard")]

    def __str__(self) -> str:
        return str(_("Switchboard"))

    @classmethod
    def of_house(cls) -> "Switchboard":
        """The one there is; before anybody has set it up, one that has not been saved."""
        return cls.objects.select_related("queue").filter(pk=1).first() or cls(pk=1)
