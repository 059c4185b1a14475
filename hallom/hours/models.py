from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

import pghistory
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from hallom.hours import clock
from hallom.hours.holidays import Country, holidays_of
from hallom.timeline.journal import Row, record

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


def known_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("There is no time zone of this name; write for example Europe/Budapest."))


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Calendar(models.Model):
    name = models.CharField(_("name"), max_length=80, unique=True)
    zone = models.CharField(_("time zone"), max_length=64, default="Europe/Budapest", validators=[known_zone])
    country = models.CharField(
        _("public holidays of"), max_length=2, choices=Country.choices, blank=True, default=Country.HUNGARY
    )

    openings: RelatedManager[Opening]
    exceptions: RelatedManager[DayException]

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def hours(self, now: datetime) -> clock.Hours:
        """The calendar as a value, with the holidays of last, this and next year of ``now``."""
        weekly: list[list[clock.Opening]] = [[] for _day in range(7)]
        for opening in self.openings.all():
            weekly[opening.weekday].append(clock.Opening(opening.opens, opening.closes))
        days: dict[date, tuple[clock.Opening, ...]] = dict.fromkeys(
            holidays_of(self.country, (now.year - 1, now.year, now.year + 1)), ()
        )
        for exception in self.exceptions.all():
            days[exception.day] = exception.stretch()
        return clock.Hours(
            zone=self.zone,
            weekly=tuple(tuple(sorted(day, key=lambda one: one.opens)) for day in weekly),
            days=tuple(sorted(days.items())),
        )

    @transaction.atomic
    def changed(self, *, by: Row, now: datetime) -> None:
        """Tell the house; the switch takes its hours anew from this."""
        record("hours.changed", now=now, actor=by, data={"calendar": self.pk}, topics=["calls"])


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Opening(models.Model):
    """One stretch of a weekday; a lunch break makes two. Closing at or before opening runs past midnight."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="openings", db_index=False)
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday.choices)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    class Meta:
        verbose_name = _("opening")
        verbose_name_plural = _("openings")
        ordering = ["weekday", "opens"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "weekday", "opens"], name="hours_opening_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class DayException(models.Model):
    """A single date that differs from its weekday: closed, or open at other times. It wins over a holiday."""

    calendar = models.ForeignKey(
        Calendar, on_delete=models.CASCADE, related_name="exceptions", db_index=False
    )
    day = models.DateField(_("date"))
    opens = models.TimeField(_("opens"), null=True, blank=True)
    closes = models.TimeField(_("closes"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("exception")
        verbose_name_plural = _("exceptions")
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "day"], name="hours_exception_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.reason}"

    def clean(self) -> None:
        if (self.opens is None) != (self.closes is None):
            raise ValidationError(_("Give both times, or neither if it is closed all day."))

    def stretch(self) -> tuple[clock.Opening, ...]:
        if self.opens is None or self.closes is None:
            return ()
        return (clock.Opening(self.opens, self.closes),)
