"""What the bar under a selection of tickets offers, and which act a choice means. Rooms above add groups of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from hallom.staff.models import Team, User
from hallom.staff.permissions import can
from hallom.tickets import bulk
from hallom.tickets.filters import TicketFilter
from hallom.tickets.forms.assignment import workers
from hallom.tickets.models import Category, Move, Priority, StatusName, Ticket

MORNING_HOUR = 8


class WrongChoice(ValueError):
    """The choice is unknown, or what stands beside it does not fit; the text is for the person who chose."""


@dataclass(frozen=True, slots=True)
class Group:
    label: str
    choices: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Addition:
    """A group of another room: ``choices(user)`` gives keys and labels, ``act(key)`` what one means (or None)."""

    label: Any
    choices: Callable[[User], list[tuple[str, str]]]
    act: Callable[[str], bulk.Act | None]


_additions: dict[str, Addition] = {}


def register(prefix: str, addition: Addition) -> None:
    _additions[prefix] = addition


def groups(user: User, beside: TicketFilter) -> list[Group]:
    """``beside``: the filters of the same page, which know the teams and statuses already."""
    offered = [Group(_("Owner and team"), _assignments(user, beside))]
    if can(user, "ticket.change"):
        offered += [
            Group(_("Status"), _statuses(beside)),
            Group(_("Priority"), [(f"priority:{one.value}", str(one.label)) for one in Priority]),
            Group(_("Category"), [(f"category:{key}", name) for key, name in beside.kinds]),
            Group(_("Tags"), [("tag+", _("Add a tag")), ("tag-", _("Remove a tag"))]),
            Group(_("Snooze"), _snoozes()),
        ]
    offered.append(Group(_("Out of sight"), _removals(user)))
    for prefix, addition in _additions.items():
        choices = [(f"{prefix}:{key}", label) for key, label in addition.choices(user)]
        offered.append(Group(str(addition.label), choices))
    return [group for group in offered if group.choices]


def act_of(choice: str, text: str, *, user: User, now: datetime) -> bulk.Act:
    """Raises WrongChoice."""
    kind, _colon, key = choice.partition(":")
    if kind in _additions:
        added = _additions[kind].act(key)
        if added is None:
            raise WrongChoice(_("Choose what to do."))
        return added
    make = _ACTS.get(kind)
    if make is None:
        raise WrongChoice(_("Choose what to do."))
    return make(key, text.strip(), user, now)


def _assignments(user: User, beside: TicketFilter) -> list[tuple[str, str]]:
    if not can(user, "ticket.assign"):
        return []
    people = [(f"owner:{key}", name) for key, name in beside.workers if key != user.pk]
    teams = [(f"team:{key}", name) for key, name in beside.active_teams]
    return [
        (f"owner:{user.pk}", _("Take them")),
        ("owner:", _("Give them back to the team")),
        *teams,
        *people,
    ]


def _statuses(beside: TicketFilter) -> list[tuple[str, str]]:
    named = [(f"status:{key}", str(name)) for key, name in beside.own_names]
    return [(f"move:{move}", str(move.label)) for move in Move] + named


def _snoozes() -> list[tuple[str, str]]:
    return [
        ("snooze:hour", _("for an hour")),
        ("snooze:tomorrow", _("until tomorrow morning")),
        ("snooze:week", _("for a week")),
        ("snooze:wake", _("wake them")),
    ]


def _removals(user: User) -> list[tuple[str, str]]:
    offered = []
    if can(user, "ticket.merge"):
        offered.append(("merge", _("Merge into the ticket with the number")))
    if can(user, "ticket.spam"):
        offered += [("spam", _("Mark as spam")), ("not-spam", _("Not spam"))]
    if can(user, "ticket.delete"):
        offered += [("delete", _("Delete")), ("restore", _("Restore"))]
    return offered


def _tomorrow(now: datetime) -> datetime:
    morning = timezone.localtime(now).replace(hour=MORNING_HOUR, minute=0, second=0, microsecond=0)
    return morning + timedelta(days=1)


_UNTIL: dict[str, Callable[[datetime], datetime]] = {
    "hour": lambda now: now + timedelta(hours=1),
    "tomorrow": _tomorrow,
    "week": lambda now: _tomorrow(now) + timedelta(days=6),
}


def _owner(key: str, _text: str, _user: User, _now: datetime) -> bulk.Act:
    if not key:
        return bulk.assign(None)
    return bulk.assign(_found(workers(), key))


def _team(key: str, _text: str, _user: User, _now: datetime) -> bulk.Act:
    return bulk.assign(None, _found(Team.objects.filter(is_active=True), key))


def _move(key: str, _text: str, _user: User, _now: datetime) -> bulk.Act:
    if key not in Move.values:
        raise WrongChoice(_("Choose what to do."))
    return bulk.move(key)


def _status(key: str, _text: str, _user: User, _now: datetime) -> bulk.Act:
    return bulk.status(_found(StatusName.objects.filter(is_active=True), key))


def _priority(key: str, _text: str, _user: User, _now: datetime) -> bulk.Act:
    if key not in {str(one.value) for one in Priority}:
        raise WrongChoice(_("Choose what to do."))
    return bulk.priority(Priority(int(key)))


def _category(key: str, _text: str, _user: User, _now: datetime) -> bulk.Act:
    return bulk.category(_found(Category.objects.filter(is_active=True), key))


def _snooze(key: str, _text: str, _user: User, now: datetime) -> bulk.Act:
    if key == "wake":
        return bulk.wake()
    if key not in _UNTIL:
        raise WrongChoice(_("Choose what to do."))
    return bulk.snooze(_UNTIL[key](now))


def _tag(change: Callable[[list[str]], bulk.Act]) -> Callable[[str, str, User, datetime], bulk.Act]:
    def act(_key: str, text: str, _user: User, _now: datetime) -> bulk.Act:
        if not text:
            raise WrongChoice(_("Write the tag beside it."))
        return change(text.split(","))

    return act


def _merge(_key: str, text: str, user: User, _now: datetime) -> bulk.Act:
    number = text.removeprefix("#")
    target = (
        Ticket.objects.filter(number=int(number)).first()
        if number.isascii() and number.isdigit() and len(number) < 19
        else None
    )
    if target is None or not can(user, "ticket.view", target):
        raise WrongChoice(_("There is no ticket with this number."))
    return bulk.merge_into(target)


def _found(rows: Any, key: str) -> Any:
    found = rows.filter(pk=int(key)).first() if key.isascii() and key.isdigit() and len(key) < 19 else None
    if found is None:
        raise WrongChoice(_("Choose what to do."))
    return found


_ACTS: dict[str, Callable[[str, str, User, datetime], bulk.Act]] = {
    "owner": _owner,
    "team": _team,
    "move": _move,
    "status": _status,
    "priority": _priority,
    "category": _category,
    "snooze": _snooze,
    "tag+": _tag(bulk.add_tags),
    "tag-": _tag(bulk.remove_tags),
    "merge": _merge,
    "spam": lambda *_given: bulk.spam(),
    "not-spam": lambda *_given: bulk.not_spam(),
    "delete": lambda *_given: bulk.delete(),
    "restore": lambda *_given: bulk.restore(),
}
