from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hallom.customers.models import Customer
from hallom.staff.models import Team, User
from hallom.tickets.models.category import Category
from hallom.tickets.models.checklist import Checklist
from hallom.tickets.models.ticket import Priority, Ticket
from hallom.tickets.recurrence import Rule, next_at


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

    @transaction.atomic
    def open_ticket(
        self, *, by: User | None, now: datetime, customer: Customer | None = None, owner: User | None = None
    ) -> Ticket:
        """A ticket filled in as this one says, with its note and its steps."""
        due = timedelta(hours=self.due_hours) if self.due_hours else None
        ticket = Ticket.open(
            self.subject,
            by=by,
            now=now,
            customer=customer,
            owner=owner,
            team=self.team,
            category=self.category,
            priority=self.priority,
            tags=self.tags,
            deadline=now + due if due else None,
            told={"template": self.pk},
        )
        self.put_steps(ticket, by=by, now=now)
        if self.note:
            ticket.add_note(self.note, by=by, now=now)
        return ticket

    def put_steps(self, ticket: Ticket, *, by: User | None, now: datetime) -> None:
        """The template's own checklist, unless the ticket's category has brought it along already."""
        checklist = self.checklist
        if (
            checklist
            and checklist.steps
            and (not checklist.category_id or checklist.category_id != ticket.category_id)
        ):
            ticket.add_steps(checklist.steps, by=by, now=now)


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

    @property
    def rule(self) -> Rule:
        return Rule(
            every=self.every,
            at=self.at,
            starts_on=self.starts_on,
            interval=self.interval,
            weekdays=tuple(self.weekdays),
            month_day=self.month_day,
        )

    def plan(self, now: datetime) -> None:
        """Reckon anew when it is due next; nothing while it is not in use. Not saved yet."""
        self.next_at = self._next(now) if self.is_active else None

    @transaction.atomic
    def open_due(self, now: datetime) -> Ticket | None:
        """Open the ticket if it is due and nobody else has: one, however often it should have been meanwhile."""
        if self.next_at is None or self.next_at > now:
            return None
        rows = type(self).objects.filter(pk=self.pk, next_at=self.next_at, is_active=True)
        following = self._next(now)
        if rows.update(next_at=following) != 1:
            return None
        self.next_at = following
        return self.template.open_ticket(by=None, now=now, customer=self.customer)

    def _next(self, now: datetime) -> datetime | None:
        try:
            return next_at(self.rule, now, ZoneInfo(settings.TIME_ZONE))
        except OverflowError:
            return None
