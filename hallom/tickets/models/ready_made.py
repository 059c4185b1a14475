from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hallom.customers.models import Customer
from hallom.staff.models import Team
from hallom.tickets.models.category import Category
from hallom.tickets.models.checklist import Checklist
from hallom.tickets.models.ticket import Priority


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class TicketTemplate(models.Model):
    """A ticket that is opened again and again, filled in beforehand."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    subject = models.CharField(_("subject"), max_length=200)
    category = models.ForeignKey(
        Category,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("category"),
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("team")
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority.choices, default=Priority.NORMAL
    )
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("tags"))
    note = models.TextField(_("internal note"), blank=True)
    checklist = models.ForeignKey(
        Checklist,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("checklist"),
    )
    due_hours = models.PositiveSmallIntegerField(_("hours until the deadline"), null=True, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("ticket template")
        verbose_name_plural = _("ticket templates")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Every(models.TextChoices):
    DAY = "day", _("day")
    WEEK = "week", _("week")
    MONTH = "month", _("month")


@pghistory.track(
    pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), exclude=["next_at"]
)
class Recurrence(models.Model):
    """When a ticket is opened from its template by itself. ``weekdays``: 1 is Monday; ``month_day`` past the month's
    end means its last day; times are in the installation's time zone."""

    template = models.ForeignKey(TicketTemplate, on_delete=models.CASCADE, related_name="recurrences")
    customer = models.ForeignKey(
        Customer,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("customer"),
    )
    every = models.CharField(_("every"), max_length=5, choices=Every.choices)
    interval = models.PositiveSmallIntegerField(pgettext_lazy("recurrence", "how many"), default=1)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name=_("on"))
    month_day = models.PositiveSmallIntegerField(_("day of the month"), null=True, blank=True)
    at = models.TimeField(_("at"))
    starts_on = models.DateField(_("first on"))
    next_at = models.DateTimeField(_("next"), null=True, blank=True, db_index=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("recurring ticket")
        verbose_name_plural = _("recurring tickets")
        ordering = ["next_at", "id"]

    def __str__(self) -> str:
        return f"{self.template_id} {self.every}"
