"""What a page has shown of a ticket, as one word: ``m12n7`` is message 12 and note 7 and all before them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, QuerySet

from hallom.staff.models import User
from hallom.staff.names import name_of
from hallom.tickets.models import Direction, Message, Note, Ticket

_WORD = re.compile(r"([mn])(\d{1,18})")
# A banner names so many; more would hide the answer one is writing.
MOST = 20


@dataclass(frozen=True, slots=True)
class Arrived:
    """``kind`` is message or note; ``id`` its element on the page."""

    kind: str
    id: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Newer:
    """``seen`` is what the page has shown once it shows these."""

    entries: tuple[Arrived, ...]
    seen: str


def word(messages: Iterable[int], notes: Iterable[int]) -> str:
    return f"m{max(messages, default=0)}n{max(notes, default=0)}"


def all_of(ticket: Ticket) -> str:
    """The word of a page that shows everything there is."""
    family = ticket.family_ids()
    newest = [
        rows.filter(ticket__in=family).aggregate(pk=Max("pk"))["pk"] or 0
        for rows in (Message.objects, Note.objects)
    ]
    return word(newest[:1], newest[1:])


def arrived_after(ticket: Ticket, seen: str, *, by: User | None) -> Newer | None:
    """What others added since, oldest first; a kind that the word does not name is not looked for."""
    told = {kind: int(number) for kind, number in _WORD.findall(seen)}
    family = ticket.family_ids()
    messages = list(_messages(family, told["m"], by)) if "m" in told else []
    notes = list(_notes(family, told["n"], by)) if "n" in told else []
    if not messages and not notes:
        return None
    entries = [Arrived("message", f"message-{one.pk}", who_wrote(one), one.at) for one in messages]
    entries += [Arrived("note", f"note-{one.pk}", name_of(one.author_id), one.at) for one in notes]
    newest = word(
        [told.get("m", 0), *(one.pk for one in messages)], [told.get("n", 0), *(one.pk for one in notes)]
    )
    return Newer(tuple(sorted(entries, key=lambda one: one.at)), newest)


def who_wrote(message: Message) -> str:
    if message.direction == Direction.OUT and message.author:
        return message.author.full_name
    return message.from_name or message.from_address or (message.customer.name if message.customer else "?")


def _messages(family: Iterable[int], after: int, by: User | None) -> QuerySet[Message]:
    rows = Message.objects.filter(ticket__in=family, pk__gt=after).select_related("author", "customer")
    own = {"author": by, "direction": Direction.OUT}
    return (rows.exclude(**own) if by else rows).order_by("pk")[:MOST]


def _notes(family: Iterable[int], after: int, by: User | None) -> QuerySet[Note]:
    rows = Note.objects.filter(ticket__in=family, pk__gt=after)
    return (rows.exclude(author=by) if by else rows).order_by("pk")[:MOST]
