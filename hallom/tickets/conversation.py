"""The stream of a ticket: what was said with the customer, among ourselves, and what was done, in one order."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from hallom.staff.models import User
from hallom.staff.names import name_of
from hallom.tickets.models import Channel, Direction, Message, Note, Status, Ticket
from hallom.timeline.models import Event
from hallom.timeline.prepared import PreparedRows

# So many of the newest entries are shown; the earlier ones on demand.
SHOWN = 40
MOST = 2000
CHANNELS = {"email": "mail", "web": "mail"}


@dataclass(frozen=True, slots=True)
class Entry:
    """``kind`` is message, note or change; ``item`` what its component shows."""

    at: datetime
    kind: str
    item: Any


@dataclass(frozen=True, slots=True)
class Sound:
    """What a player plays."""

    url: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Said:
    """A message or a call, as the message component wants it."""

    id: str
    channel: str
    author: str
    how: str
    at: datetime
    body: str
    is_ours: bool = False
    is_live: bool = False
    recordings: tuple[Sound, ...] = ()


@dataclass(frozen=True, slots=True)
class Noted:
    id: str
    author: str
    at: datetime
    body: str


@dataclass(frozen=True, slots=True)
class Conversation:
    entries: tuple[Entry, ...]
    earlier: int


Data = dict[str, Any]
Loader = Callable[[Ticket, User], Iterable[Entry]]
_loaders: dict[str, Loader] = {}


def register(kind: str, loader: Loader) -> None:
    """A room above hands in what else belongs into the stream; the loader asks its own permissions for the user."""
    _loaders[kind] = loader


def conversation(ticket: Ticket, user: User, *, whole: bool = False) -> Conversation:
    entries = [*_messages(ticket), *_notes(ticket), *_changes(ticket)]
    for loader in _loaders.values():
        entries.extend(loader(ticket, user))
    entries.sort(key=lambda entry: (entry.at, entry.kind != "change"))
    earlier = 0 if whole else max(len(entries) - SHOWN, 0)
    return Conversation(tuple(entries[earlier:]), earlier)


_MESSAGES = PreparedRows(
    lambda ticket: (
        Message.objects.filter(ticket=ticket)
        .order_by("-at", "-id")
        .values_list("pk", "channel", "direction", "author_id", "customer__name", "body", "at")[:MOST]
    )
)
_NOTES = PreparedRows(
    lambda ticket: (
        Note.objects.filter(ticket=ticket)
        .order_by("-at", "-id")
        .values_list("pk", "author_id", "body", "at")[:MOST]
    )
)
_CHANGES = PreparedRows(
    lambda ticket: (
        Event.objects.filter(ticket_id=ticket, kind__in=list(_LINES))
        .order_by("-id")
        .values_list("kind", "at", "actor_id", "data")[:MOST]
    )
)


def _messages(ticket: Ticket) -> Iterator[Entry]:
    for pk, channel, direction, author, customer, body, at in _MESSAGES(ticket.pk):
        ours = direction == Direction.OUT
        said = Said(
            id=f"message-{pk}",
            channel=CHANNELS.get(channel, channel),
            author=name_of(author) if ours else customer or _customer_of(ticket),
            how=str(Channel(channel).label),
            at=at,
            body=body,
            is_ours=ours,
        )
        yield Entry(at, "message", said)


def _customer_of(ticket: Ticket) -> str:
    return ticket.customer.name if ticket.customer else _("customer")


def _notes(ticket: Ticket) -> Iterator[Entry]:
    for pk, author, body, at in _NOTES(ticket.pk):
        yield Entry(at, "note", Noted(f"note-{pk}", name_of(author), at, body))


def _changes(ticket: Ticket) -> Iterator[Entry]:
    for kind, at, actor, data in _CHANGES(ticket.pk):
        yield Entry(at, "change", _LINES[kind](actor, data))


def _opened(actor: int | None, _data: Data) -> str:
    return _("%(who)s opened the ticket") % {"who": name_of(actor)} if actor else _("The ticket was opened")


def _moved(actor: int | None, data: Data) -> str:
    status = Status(data["new"]).label
    return _("%(who)s changed the status: %(status)s") % {"who": name_of(actor), "status": status}


def _assigned(actor: int | None, data: Data) -> str:
    owner = data["new"]["owner"]
    if owner is None:
        return _("%(who)s gave the ticket back to the team") % {"who": name_of(actor)}
    return _("%(who)s gave the ticket to %(owner)s") % {"who": name_of(actor), "owner": name_of(owner)}


def _claimed(actor: int | None, _data: Data) -> str:
    return _("%(who)s took the ticket") % {"who": name_of(actor)}


_LINES: dict[str, Callable[[int | None, Data], str]] = {
    "ticket.opened": _opened,
    "ticket.assigned": _assigned,
    "ticket.claimed": _claimed,
    "ticket.started": _moved,
    "ticket.awaits_customer": _moved,
    "ticket.held": _moved,
    "ticket.solved": _moved,
    "ticket.closed": _moved,
    "ticket.reopened": _moved,
}
