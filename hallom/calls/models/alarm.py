import pghistory
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class AlarmRules(models.Model):
    """When the supervisor's view and the wallboard raise an alarm: one row, or none for the defaults."""

    break_seconds = models.PositiveSmallIntegerField(
        _("break over its plan by (s)"),
        default=0,
        validators=[MaxValueValidator(3600)],
        help_text=_("0: as soon as the planned length is over"),
    )
    wrap_up_seconds = models.PositiveSmallIntegerField(
        _("wrap-up over its time by (s)"), default=0, validators=[MaxValueValidator(3600)]
    )
    waiting_seconds = models.PositiveSmallIntegerField(
        _("caller waits longer than the service level by (s)"),
        default=0,
        validators=[MaxValueValidator(3600)],
        help_text=_("0: as soon as the seconds of the queue's service level are over"),
    )
    promise_seconds = models.PositiveSmallIntegerField(
        _("promise overdue by (s)"), default=0, validators=[MaxValueValidator(3600)]
    )
    hold_seconds = models.PositiveSmallIntegerField(
        _("caller on hold longer than (s)"), default=120, validators=[MaxValueValidator(3600)]
    )
    mos = models.FloatField(
        _("voice quality (MOS) below"),
        default=3.1,
        validators=[MaxValueValidator(4.5)],
        help_text=_("0: never"),
    )
    trunk = models.BooleanField(_("a trunk is down"), default=True)
    nobody = models.BooleanField(_("nobody is signed in at an open queue"), default=True)

    class Meta:
        verbose_name = _("alarms")
        verbose_name_plural = _("alarms")

    def __str__(self) -> str:
        return "alarms"

    @classmethod
    def current(cls) -> "AlarmRules":
        return cls.objects.order_by("pk").first() or cls()
