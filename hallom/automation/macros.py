"""Macros on a ticket: whether somebody may use one, what it will do, and doing it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from hallom.automation import replies
from hallom.automation.macro_steps import ME, NOBODY, Facts, Step, plan
from hallom.automation.models import Macro, TextTemplate
from hallom.automation.sentences import in_words
from hallom.staff.models import Team, User
from hallom.staff.permissions import can, require
from hallom.tickets.fields import WrongValue
from hallom.tickets.models import (
    Category,
    Checklist,
    Field,
    FieldsMissing,
    IllegalTransition,
    Priority,
    Status,
    StatusName,
    Ticket,
)
from hallom.tickets.outgoing import CannotSend
from hallom.tickets.status import move_between
from hallom.tickets.tags import normalised

# What somebody needs to be allowed to do to the ticket, step by step.
PERMISSIONS = {
    "note": "ticket.note",
    "owner": "ticket.assign",
    "team": "ticket.assign",
    "watch": "ticket.view",
}
USUALLY = "ticket.change"


class CannotCarryOut(Exception):
    """``code``: gone (a row it needs is no longer there), missing (variables), nobody (to write to), unsent, transition,
    fields (to be filled in first), value; ``detail`` says which."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def usable(user: User, ticket: Ticket | None = None) -> QuerySet[Macro]:
    """Those of everybody, of the user's teams and of the ticket's."""
    teams = {*user.team_ids, *([ticket.team_id] if ticket and ticket.team_id else [])}
    return Macro.objects.filter(Q(team=None) | Q(team__in=teams), is_active=True)


def may_use(user: User, macro: Macro, ticket: Ticket) -> bool:
    return all(can(user, PERMISSIONS.get(step["do"], USUALLY), ticket) for step in macro.steps)


def does_reply(macro: Macro) -> bool:
    return any(step["do"] == "reply" for step in macro.steps)


def acts(macro: Macro, ticket: Ticket, user: User, *, reply: bool = True) -> list[str]:
    """What it will do to the ticket as it stands, in sentences; without the answer where that is being written."""
    steps = [step for step in macro.steps if reply or step["do"] != "reply"]
    return [in_words(sentence) for sentence in plan(steps, facts_of(steps, ticket, user))]


def in_general(macro: Macro) -> list[str]:
    """What it does to a ticket of which nothing is known."""
    facts = Facts(names=names_of(macro.steps) | {("person", 0): _("who uses the macro")}, owner=-1)
    return [in_words(sentence) for sentence in plan(macro.steps, facts)]


@transaction.atomic
def carry_out(macro: Macro, ticket: Ticket, *, by: User, now: datetime, reply: bool = True) -> None:
    """All of it or nothing; raises CannotCarryOut, PermissionDenied. ``reply`` is false where the answer is sent by hand."""
    steps = [step for step in macro.steps if reply or step["do"] != "reply"]
    for step in steps:
        require(by, PERMISSIONS.get(step["do"], USUALLY), ticket)
    # The status last: fields that must be filled in first may be steps of the same macro.
    for step in sorted(steps, key=lambda one: one["do"] == "status"):
        _ACTS[step["do"]](step, ticket, by, now)
    ticket.tell("ticket.macro_used", by=by, now=now, macro=macro.pk, name=macro.name)


def facts_of(steps: Iterable[Step], ticket: Ticket, user: User) -> Facts:
    return Facts(
        status=ticket.status,
        status_name=ticket.status_name_id,
        owner=ticket.owner_id,
        team=ticket.team_id,
        priority=ticket.priority,
        category=ticket.category_id,
        tags=tuple(ticket.tags),
        is_watched=ticket.watchers.filter(user=user).exists(),
        me=user.pk,
        names=names_of(steps, user),
    )


def names_of(steps: Iterable[Step], user: User | None = None) -> dict[tuple[str, Any], str]:
    """What the rows are called that the steps speak of."""
    found: dict[tuple[str, Any], str] = {("priority", one.value): str(one.label) for one in Priority}
    found |= {("meaning", one.value): str(one.label) for one in Status}
    if user is not None:
        found["person", user.pk] = user.full_name
    for step in steps:
        for kind, rows, key in _rows(step):
            name = rows.filter(pk=key).first() if key is not None else None
            found[kind, key] = str(name) if name is not None else "?"
        if step["do"] == "field":
            label = Field.objects.filter(key=step["key"]).values_list("label", flat=True).first()
            found["field", step["key"]] = label or step["key"]
    return found


def _rows(step: Step) -> list[tuple[str, QuerySet[Any], Any]]:
    to = step.get("to")
    rows: dict[str, list[tuple[str, QuerySet[Any], Any]]] = {
        "reply": [("template", TextTemplate.objects.all(), step.get("template"))],
        "status": [("status", StatusName.objects.all(), step.get("name"))],
        "owner": [("person", User.objects.all(), to)] if isinstance(to, int) else [],
        "team": [("team", Team.objects.all(), step.get("team"))],
        "category": [("category", Category.objects.all(), step.get("category"))],
        "checklist": [("checklist", Checklist.objects.all(), step.get("checklist"))],
    }
    return rows.get(str(step["do"]), [])


def _found(rows: QuerySet[Any], key: int, what: str) -> Any:
    row = rows.filter(pk=key).first()
    if row is None:
        raise CannotCarryOut("gone", what)
    return row


def _reply(step: Step, ticket: Ticket, by: User, now: datetime) -> None:
    template = _found(TextTemplate.objects.filter(is_active=True), step["template"], "template")
    try:
        replies.send_template(template, ticket, by=by, now=now)
    except replies.Incomplete as problem:
        raise CannotCarryOut("missing", ", ".join(problem.missing)) from None
    except CannotSend as problem:
        raise CannotCarryOut("nobody" if problem.code == "nobody" else "unsent", problem.code) from None


def _note(step: Step, ticket: Ticket, by: User, now: datetime) -> None:
    ticket.add_note(step["text"], by=by, now=now)


def _status(step: Step, ticket: Ticket, by: User, now: datetime) -> None:
    try:
        if "name" in step:
            ticket.set_status(_found(StatusName.objects.all(), step["name"], "status"), by=by, now=now)
        elif ticket.status != step["meaning"]:
            ticket.advance(move_between(Status(ticket.status), Status(step["meaning"])), by=by, now=now)
    except FieldsMissing:
        raise CannotCarryOut("fields") from None
    except (IllegalTransition, ValueError) as problem:
        raise CannotCarryOut("transition") from problem


def _owner(step: Step, ticket: Ticket, by: User, now: datetime) -> None:
    to = step["to"]
    if to == NOBODY:
        ticket.assign(None, by=by, now=now)
    else:
        owner = by if to == ME else _found(User.objects.filter(is_active=True), to, "owner")
        ticket.assign(owner, by=by, now=now)


def _team(step: Step, ticket: Ticket, by: User, now: datetime) -> None:
    team = _found(Team.objects.filter(is_active=True), step["team"], "team")
    ticket.assign(ticket.owner, by=by, now=now, team=team)


def _category(step: Step, ticket: Ticket, by: User, now: datetime) -> None:
    category = _found(Category.objects.filter(is_active=True), step["category"], "category")
    ticket.change(by=by, now=now, category=category)


def _tags(step: Step, ticket: Ticket, by: User, now: datetime) -> None:
    gone = set(normalised(step.get("remove", ())))
    kept = [tag for tag in ticket.tags if tag not in gone]
    ticket.change(by=by, now=now, tags=normalised([*kept, *step.get("add", ())]))


def _field(step: Step, ticket: Ticket, by: User, now: datetime) -> None:
    try:
        ticket.set_field(step["key"], step["value"], by=by, now=now)
    except WrongValue as problem:
        raise CannotCarryOut("value", problem.key) from None


def _checklist(step: Step, ticket: Ticket, by: User, now: datetime) -> None:
    checklist = _found(Checklist.objects.all(), step["checklist"], "checklist")
    ticket.add_steps(checklist.steps, by=by, now=now)


_ACTS: dict[str, Callable[[Step, Ticket, User, datetime], Any]] = {
    "reply": _reply,
    "note": _note,
    "status": _status,
    "owner": _owner,
    "team": _team,
    "priority": lambda step, ticket, by, now: ticket.change(by=by, now=now, priority=step["priority"]),
    "category": _category,
    "tags": _tags,
    "snooze": lambda step, ticket, by, now: ticket.snooze(
        until=now + timedelta(hours=step["hours"]), by=by, now=now
    ),
    "field": _field,
    "checklist": _checklist,
    "watch": lambda _step, ticket, by, now: ticket.watch(by, by=by, now=now),
}
