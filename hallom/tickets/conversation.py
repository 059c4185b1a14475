"""The stream of a ticket: what was said with the customer, among ourselves, and what was done, in one order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.utils import timezone

from hallom.staff.models import User
from hallom.tickets import conversation_rows
from hallom.tickets.conversation_rows import CHANNELS, LastMail
from hallom.tickets.entries import Entry, File, Noted, Said, Sound
from hallom.tickets.models import Ticket
from hallom.tickets.seen import word

__all__ = ["CHANNELS", "Conversation", "Entry", "File", "Noted", "Said", "Sound", "conversation", "register"]

# So many of the newest entries are shown; the earlier ones on demand.
SHOWN = 40


@dataclass(frozen=True, slots=True)
class Conversation:
    """``seen`` says which entries these are, see hallom/tickets/seen.py."""

    entries: tuple[Entry, ...]
    earlier: int
    seen: str = ""
    last_mail: LastMail | None = None


Loader = Callable[[Ticket, User], Iterable[Entry]]
_loaders: dict[str, Loader] = {}


def register(kind: str, loader: Loader) -> None:
    """A room above hands in what else belongs into the stream; the loader asks its own permissions for the user."""
    _loaders[kind] = loader


def conversation(ticket: Ticket, user: User, *, whole: bool = False) -> Conversation:
    family = ticket.family_numbers()
    messages, last_mail = conversation_rows.messages(ticket, user, family, timezone.now())
    entries = [*messages, *conversation_rows.notes_and_changes(ticket, family)]
    seen = word(_keys(entries, "message"), _keys(entries, "note"))
    for loader in _loaders.values():
        entries.extend(loader(ticket, user))
    entries.sort(key=lambda entry: (entry.at, entry.kind != "change"))
    earlier = 0 if whole else max(len(entries) - SHOWN, 0)
    return Conversation(tuple(entries[earlier:]), earlier, seen, last_mail)


def _keys(entries: Iterable[Entry], kind: str) -> Iterator[int]:
    return (int(entry.item.id.rpartition("-")[2]) for entry in entries if entry.kind == kind)
