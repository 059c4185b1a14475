"""What stands beside a ticket's conversation: its fields, steps, links, time spent and watchers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hallom.staff.models import User
from hallom.staff.names import name_of
from hallom.staff.permissions import can, visible
from hallom.tickets import fields as field_values
from hallom.tickets.due import effort
from hallom.tickets.forms.acts import LinkForm, StepForm, TimeForm
from hallom.tickets.forms.watching import WatcherForm
from hallom.tickets.models import Checklist, ChecklistItem, Link, LinkKind, Ticket, TimeSpent

MOST = 100


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str
    is_missing: bool


@dataclass(frozen=True, slots=True)
class Linked:
    """``how`` is what the other ticket is to this one."""

    number: int
    subject: str
    status: str
    tone: str
    is_finished: bool


@dataclass(frozen=True, slots=True)
class Spent:
    pk: int
    who: str
    seconds: int
    on: str
    at: datetime
    is_mine: bool

    @property
    def minutes(self) -> int:
        return -(-self.seconds // 60)

    @property
    def effort(self) -> str:
        return effort(self.seconds)


def aside_context(ticket: Ticket, user: User) -> dict[str, Any]:
    """Everything together; each partial needs only its own part."""
    return {
        **fields_context(ticket, user),
        **steps_context(ticket, user),
        **links_context(ticket, user),
        **time_context(ticket, user),
        **watchers_context(ticket, user),
    }


def fields_context(ticket: Ticket, user: User) -> dict[str, Any]:
    facts = [
        Fact(
            field.label,
            field_values.in_words(field.kind, ticket.fields.get(field.key)),
            field.is_required and field.key not in ticket.fields,
        )
        for field in ticket.asked_fields()
    ]
    return _base(ticket, user) | {"own_fields": facts}


def steps_context(ticket: Ticket, user: User, form: StepForm | None = None) -> dict[str, Any]:
    steps = list(ChecklistItem.objects.filter(ticket=ticket))
    return _base(ticket, user) | {
        "steps": steps,
        "steps_done": sum(step.done_at is not None for step in steps),
        "checklists": Checklist.objects.exclude(steps=[]),
        "step_form": form or StepForm(auto_id="step-%s"),
    }


def links_context(ticket: Ticket, user: User, form: LinkForm | None = None) -> dict[str, Any]:
    family = set(ticket.family_ids())
    links = list(Link.objects.filter(ticket__in=family) | Link.objects.filter(other__in=family))
    others = {link.ticket_id for link in links} | {link.other_id for link in links}
    seen = visible(user, Ticket.objects.current()).filter(pk__in=others - family)
    found = {one.pk: _linked(one) for one in seen.select_related("status_name").order_by("number")}
    groups: dict[str, list[Linked]] = {"parents": [], "children": [], "related": []}
    for link in links:
        other, place = _side(link, family)
        if other in found and found[other] not in groups[place]:
            groups[place].append(found[other])
    return _base(ticket, user) | groups | {"link_form": form or LinkForm(user=user, auto_id="link-%s")}


def time_context(ticket: Ticket, user: User, form: TimeForm | None = None) -> dict[str, Any]:
    rows = TimeSpent.objects.filter(ticket__in=ticket.family_ids()).order_by("-at", "-id")[:MOST]
    spent = [
        Spent(row.pk, name_of(row.user_id), row.seconds, row.on, row.at, row.user_id == user.pk)
        for row in rows
    ]
    seconds = ticket.seconds_spent()
    return _base(ticket, user) | {
        "time_spent": spent,
        "spent_in_all": effort(seconds) if seconds else "",
        "time_form": form or TimeForm(auto_id="time-%s"),
    }


def watchers_context(ticket: Ticket, user: User, form: WatcherForm | None = None) -> dict[str, Any]:
    watching = ticket.watching()
    return _base(ticket, user) | {
        "watcher_form": form or WatcherForm(ticket=ticket, user=user),
        "may_note": can(user, "ticket.note", ticket),
        "watchers": watching,
        "is_watching": any(one.pk == user.pk for one in watching),
    }


def _base(ticket: Ticket, user: User) -> dict[str, Any]:
    return {"ticket": ticket, "may_change": can(user, "ticket.change", ticket)}


def _linked(ticket: Ticket) -> Linked:
    return Linked(ticket.number, ticket.subject, ticket.status_label, ticket.tone, not ticket.is_unfinished)


def _side(link: Link, family: set[int]) -> tuple[int, str]:
    """The ticket at the other end, and what it is to this one."""
    if link.ticket_id in family:
        return link.other_id, "related" if link.kind == LinkKind.RELATED else "parents"
    return link.ticket_id, "related" if link.kind == LinkKind.RELATED else "children"
