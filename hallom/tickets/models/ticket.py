from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models, transaction
from django.db.models import Func, Q, Value
from django.utils.translation import gettext_lazy as _

from hallom.customers.models import Customer
from hallom.staff.models import Team, User
from hallom.tickets.addresses import page_of
from hallom.tickets.models.assignable import Assignable
from hallom.tickets.models.category import Category
from hallom.tickets.models.checkable import Checkable
from hallom.tickets.models.fielded import Fielded, cleaned_fields
from hallom.tickets.models.mergeable import Mergeable
from hallom.tickets.models.naming import StatusName, default_names
from hallom.tickets.models.removable import Removable
from hallom.tickets.models.snoozable import Snoozable
from hallom.tickets.models.splittable import Splittable
from hallom.tickets.models.talkable import Talkable
from hallom.tickets.models.timed import Timed
from hallom.tickets.models.watchable import Watchable
from hallom.tickets.sight import CURRENT
from hallom.tickets.status import TRANSITIONS, UNFINISHED, Move, Status
from hallom.tickets.tags import normalised
from hallom.timeline.journal import record
from hallom.timeline.prepared import PreparedInsert

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from hallom.tickets.models.message import Message
    from hallom.tickets.models.note import Note

NUMBERS = "tickets_number"


class Priority(models.IntegerChoices):
    LOW = 1, _("low")
    NORMAL = 2, _("normal")
    HIGH = 3, _("high")
    URGENT = 4, _("urgent")


class Tickets(models.QuerySet["Ticket"]):
    def current(self) -> Tickets:
        """What lists and counts show: neither merged into another, nor spam, nor deleted."""
        return self.filter(CURRENT)


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
    exclude=["updated_at", "waiting_since"],
)
class Ticket(
    Fielded, Watchable, Assignable, Talkable, Snoozable, Mergeable, Removable, Splittable, Checkable, Timed
):
    objects = Tickets.as_manager()

    number = models.BigIntegerField(
        _("number"), unique=True, editable=False, db_default=Func(Value(NUMBERS), function="nextval")
    )
    subject = models.CharField(_("subject"), max_length=200)
    customer = models.ForeignKey(
        Customer,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tickets",
        verbose_name=_("customer"),
        db_index=False,
    )
    category = models.ForeignKey(
        Category,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tickets",
        verbose_name=_("category"),
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority.choices, default=Priority.NORMAL
    )
    deadline = models.DateTimeField(_("deadline"), null=True, blank=True)
    channel = models.CharField(max_length=9, default="phone")
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("tags"))
    created_at = models.DateTimeField(_("opened"))
    opened_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    messages: RelatedManager[Message]
    notes: RelatedManager[Note]

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["owner", "deadline"], name="tickets_owner_work", condition=Q(status__in=UNFINISHED)
            ),
            models.Index(
                fields=["team", "deadline"], name="tickets_team_work", condition=Q(status__in=UNFINISHED)
            ),
            models.Index(fields=["customer", "-created_at"], name="tickets_of_customer"),
            models.Index(fields=["status", "-updated_at"], name="tickets_by_status"),
            models.Index(fields=["-updated_at"], name="tickets_by_change"),
            GinIndex(fields=["tags"], name="tickets_tags"),
            GinIndex(fields=["fields"], opclasses=["jsonb_path_ops"], name="tickets_own_fields"),
            models.Index(
                fields=["snoozed_until"], name="tickets_snoozed", condition=Q(snoozed_until__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.subject}"

    def get_absolute_url(self) -> str:
        return page_of(self.number)

    @property
    def topic(self) -> str:
        return f"ticket-{self.pk}"

    @property
    def is_unfinished(self) -> bool:
        return self.status in UNFINISHED

    @property
    def moves(self) -> list[Move]:
        return list(TRANSITIONS[Status(self.status)])

    @classmethod
    @transaction.atomic
    def open(
        cls,
        subject: str,
        *,
        by: User | None,
        now: datetime,
        customer: Customer | None = None,
        owner: User | None = None,
        team: Team | None = None,
        told: Mapping[str, Any] | None = None,
        names: Mapping[str, StatusName] | None = None,
        **facts: Any,
    ) -> Ticket:
        """A new ticket with the next number, and the steps its category wants. ``facts``: category, priority, deadline,
        channel, tags, fields, waiting_since; ``told``: what the event says besides; ``names``: ``default_names()``, if they are
        at hand. Raises WrongValue for a field."""
        status = Status.OPEN if owner else Status.NEW
        ticket = cls(
            subject=subject,
            customer=customer,
            owner=owner,
            team=team,
            opened_by=by,
            status=status,
            status_name=(default_names() if names is None else names).get(status),
            created_at=now,
            updated_at=now,
            **_kept(facts),
        )
        _INSERTED(ticket)
        topics = {f"desk-{owner.pk}"} if owner else set()
        ticket.tell("ticket.opened", by=by, now=now, topics=topics, number=ticket.number, **(told or {}))
        if ticket.category_id:
            ticket._take_steps(by, now)
        if owner:
            ticket.tell_of_assignment(by=by, now=now)
        return ticket

    @transaction.atomic
    def change(self, *, by: User | None, now: datetime, **facts: Any) -> None:
        """Set subject, category, priority, deadline, tags or customer; old and new values go to the timeline."""
        facts = _kept(facts)
        changed = {name: value for name, value in facts.items() if getattr(self, name) != value}
        unknown = changed.keys() - _CHANGEABLE
        if unknown:
            raise ValueError(f"not changed this way: {sorted(unknown)}")
        if not changed:
            return
        old = {name: _plain(getattr(self, name)) for name in changed}
        for name, value in changed.items():
            setattr(self, name, value)
        self.save_changed(*changed, now=now)
        new = {name: _plain(value) for name, value in changed.items()}
        self.tell("ticket.changed", by=by, now=now, old=old, new=new)

    def tell_of_waking(self, sleeper: User | None, *, by: User | None, now: datetime) -> None:
        from hallom.tickets.models.following import NoticeKind
        from hallom.tickets.notices import notify

        worker = self.owner or sleeper
        if worker is not None and self.is_unfinished:
            notify(worker, NoticeKind.WOKEN, self, now=now, actor=by)

    def tell_of_assignment(self, *, by: User | None, now: datetime) -> None:
        from hallom.tickets.models.following import NoticeKind
        from hallom.tickets.notices import notify

        if self.owner is not None:
            notify(self.owner, NoticeKind.ASSIGNED, self, now=now, actor=by)

    def _take_steps(self, by: User | None, now: datetime) -> None:
        from hallom.tickets.models.checklist import steps_for

        steps = steps_for(self.category_id or 0)
        if steps:
            self.add_steps(steps, by=by, now=now)

    def tell(
        self,
        kind: str,
        *,
        by: User | None,
        now: datetime,
        call: str = "",
        topics: Iterable[str] = (),
        **data: Any,
    ) -> None:
        told = {self.topic, "tickets", *topics}
        if self.customer_id:
            told.add(f"customer-{self.customer_id}")
        if self.owner_id:
            told.add(f"desk-{self.owner_id}")
        record(
            kind,
            now=now,
            actor=by,
            customer=self.customer_id,
            ticket=self,
            call=call,
            data=data,
            topics=sorted(told),
        )


_INSERTED = PreparedInsert(Ticket)
_CHANGEABLE = {"subject", "category", "priority", "deadline", "tags", "customer", "channel"}


def _kept(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as they are kept: tags in one spelling, fields checked."""
    kept = dict(facts)
    if "tags" in kept:
        kept["tags"] = normalised(kept["tags"])
    if kept.get("fields"):
        values = cleaned_fields(kept["fields"])
        kept["fields"] = {key: value for key, value in values.items() if value is not None}
    return kept


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    return value.isoformat() if isinstance(value, datetime) else value
