"""One act for many tickets: each is asked for permission and changed in a transaction of its own, and what could not
be done is counted by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import Team, User
from hallom.staff.permissions import can, require
from hallom.tickets.models import (
    CannotMerge,
    Category,
    FieldsMissing,
    IllegalTransition,
    Priority,
    StatusName,
    Ticket,
)
from hallom.tickets.models.assignable import UNCHANGED, Unchanged
from hallom.tickets.seen import arrived_after, word
from hallom.tickets.tags import normalised

# What one request carries out: a page of the list and some more, about two seconds of work.
MOST = 200

# Acts that say themselves what they can do with a ticket that was merged or deleted.
BRINGING_BACK = ("ticket.merge", "ticket.delete")
REASONS = {
    "unknown": _("not found"),
    "forbidden": _("not allowed"),
    "unchanged": _("was so already"),
    "transition": _("this status is not possible from where it stands"),
    "fields": _("required fields are empty"),
    "itself": _("the target itself"),
    "merged": _("merged into another ticket already"),
    "target_merged": _("the target is merged into another ticket"),
    "cycle": _("the target is part of it"),
    "removed": _("spam or deleted"),
    "customer": _("of another customer"),
    "newer": _("something newer has arrived"),
}


class TooManyAtOnce(ValueError):
    """More than MOST tickets."""


class Refused(Exception):
    """This ticket is left as it is; ``reason`` is a key of REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be done; ``permission`` is asked for every ticket. An act that takes its locks itself, in an order of
    its own, must not find the ticket locked. ``says``: what it will do, where one must have read that before it does it;
    ``answers``: it writes to customers, and so stops where something newer has arrived."""

    permission: str
    carry_out: Callable[[Ticket, User, datetime], object]
    locks_itself: bool = False
    says: tuple[str, ...] = ()
    answers: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Numbers of tickets that were changed, and of those that were refused with the reason."""

    done: tuple[int, ...]
    refused: dict[int, str] = field(default_factory=dict)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why and how often, in words, the most frequent first."""
        return [(str(REASONS[code]), count) for code, count in Counter(self.refused.values()).most_common()]


def carry_out(act: Act, numbers: Iterable[int], *, by: User, now: datetime) -> Outcome:
    """Do the act to each of the tickets; raises TooManyAtOnce and PermissionDenied (no right to such acts at all)."""
    wanted = list(dict.fromkeys(numbers))
    if len(wanted) > MOST:
        raise TooManyAtOnce(len(wanted))
    require(by, "ticket.bulk")
    done: list[int] = []
    refused: dict[int, str] = {}
    for number in wanted:
        try:
            _one(act, number, by, now)
            done.append(number)
        except Refused as problem:
            refused[number] = problem.reason
    return Outcome(tuple(done), refused)


def unless_newer(act: Act, seen: Mapping[int, str]) -> Act:
    """The same, but nothing where others have added something since. ``seen``: what was shown of each ticket, by number;
    of one that it does not name, nothing."""

    def checked(ticket: Ticket, by: User, now: datetime) -> None:
        if arrived_after(ticket, seen.get(ticket.number, word((), ())), by=by):
            raise Refused("newer")
        act.carry_out(ticket, by, now)

    return replace(act, carry_out=checked)


def assign(owner: User | None, team: Team | Unchanged | None = UNCHANGED) -> Act:
    def to(ticket: Ticket, by: User, now: datetime) -> None:
        if ticket.owner_id == (owner.pk if owner else None) and isinstance(team, Unchanged):
            raise Refused("unchanged")
        ticket.assign(owner, by=by, now=now, team=team)

    return Act("ticket.assign", to)


def move(wanted: str) -> Act:
    """A move by meaning, of Move."""
    return Act("ticket.change", lambda ticket, by, now: ticket.advance(wanted, by=by, now=now))


def status(name: StatusName) -> Act:
    return Act("ticket.change", lambda ticket, by, now: ticket.set_status(name, by=by, now=now))


def priority(wanted: Priority) -> Act:
    return _changed(lambda ticket: {"priority": wanted})


def category(wanted: Category) -> Act:
    return _changed(lambda ticket: {"category": wanted})


def add_tags(tags: Iterable[str]) -> Act:
    added = normalised(tags)
    return _changed(lambda ticket: {"tags": normalised([*ticket.tags, *added])})


def remove_tags(tags: Iterable[str]) -> Act:
    gone = set(normalised(tags))
    return _changed(lambda ticket: {"tags": [tag for tag in ticket.tags if tag not in gone]})


def snooze(until: datetime) -> Act:
    """Raises WrongTime when it is carried out."""
    return Act("ticket.change", lambda ticket, by, now: ticket.snooze(until=until, by=by, now=now))


def wake() -> Act:
    return _told(lambda ticket, by, now: ticket.wake(by=by, now=now), "ticket.change")


def spam() -> Act:
    return _told(lambda ticket, by, now: ticket.mark_spam(by=by, now=now), "ticket.spam")


def not_spam() -> Act:
    return _told(lambda ticket, by, now: ticket.not_spam(by=by, now=now), "ticket.spam")


def delete() -> Act:
    return _told(lambda ticket, by, now: ticket.delete_softly(by=by, now=now), "ticket.delete")


def restore() -> Act:
    return _told(lambda ticket, by, now: ticket.restore(by=by, now=now), "ticket.delete")


def merge_into(target: Ticket, *, across_customers: bool = False) -> Act:
    """Across customers only for those who may; the target is asked for the permission too."""

    def merge(ticket: Ticket, by: User, now: datetime) -> None:
        across = across_customers and can(by, "ticket.merge_across", ticket)
        if not can(by, "ticket.merge", target):
            raise Refused("forbidden")
        ticket.merge_into(target, by=by, now=now, across_customers=across)

    into = {"number": target.number, "subject": target.subject}
    says = (
        str(_("Merged into #%(number)s %(subject)s, which shows their conversations from then on.") % into),
        str(_("Each can be separated again.")),
    )
    return Act("ticket.merge", merge, locks_itself=True, says=says)


def _one(act: Act, number: int, by: User, now: datetime) -> None:
    """Raises Refused, and then nothing is changed."""
    with transaction.atomic():
        rows = Ticket.objects.select_related("status_name", "owner")
        if not act.locks_itself:
            rows = rows.select_for_update(of=("self",))
        ticket = rows.filter(number=number).first()
        if ticket is None or not can(by, "ticket.view", ticket):
            raise Refused("unknown")
        if not can(by, act.permission, ticket):
            raise Refused("forbidden")
        if act.permission not in BRINGING_BACK:
            _check_stands(ticket)
        try:
            act.carry_out(ticket, by, now)
        except FieldsMissing:
            raise Refused("fields") from None
        except IllegalTransition:
            raise Refused("transition") from None
        except CannotMerge as problem:
            raise Refused(problem.code) from None


def _check_stands(ticket: Ticket) -> None:
    if ticket.merged_into_id is not None:
        raise Refused("merged")
    if ticket.deleted_at is not None:
        raise Refused("removed")


def _changed(facts: Callable[[Ticket], dict[str, Any]]) -> Act:
    def change(ticket: Ticket, by: User, now: datetime) -> None:
        wanted = facts(ticket)
        if all(getattr(ticket, name) == value for name, value in wanted.items()):
            raise Refused("unchanged")
        ticket.change(by=by, now=now, **wanted)

    return Act("ticket.change", change)


def _told(verb: Callable[[Ticket, User, datetime], bool], permission: str) -> Act:
    def done(ticket: Ticket, by: User, now: datetime) -> None:
        if not verb(ticket, by, now):
            raise Refused("unchanged")

    return Act(permission, done)
