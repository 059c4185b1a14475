"""The stream of a ticket: what was said with the customer, among ourselves, and what was done, in one order."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, OuterRef, Subquery
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from hallom.staff.models import User
from hallom.tickets.models import Direction, Message, Note, Status, Ticket
from hallom.timeline.models import Event

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
    recording_url: str = ""
    recording_seconds: float = 0


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


def _messages(ticket: Ticket) -> Iterator[Entry]:
    rows = Message.objects.filter(ticket=ticket).select_related("author", "customer").order_by("-at", "-id")
    for message in rows[:MOST]:
        ours = message.direction == Direction.OUT
        yield Entry(
            message.at,
            "message",
            Said(
                id=f"message-{message.pk}",
                channel=CHANNELS.get(message.channel, message.channel),
                author=_author(message, ticket),
                how=message.get_channel_display(),
                at=message.at,
                body=message.body,
                is_ours=ours,
            ),
        )


def _author(message: Message, ticket: Ticket) -> str:
    if message.direction == Direction.OUT:
        return message.author.full_name if message.author else "Hallom"
    customer = message.customer or ticket.customer
    return customer.name if customer else _("customer")


def _notes(ticket: Ticket) -> Iterator[Entry]:
    for note in Note.objects.filter(ticket=ticket).select_related("author").order_by("-at", "-id")[:MOST]:
        author = note.author.full_name if note.author else "Hallom"
        yield Entry(note.at, "note", Noted(f"note-{note.pk}", author, note.at, note.body))


def _changes(ticket: Ticket) -> Iterator[Entry]:
    owner = Cast(KeyTextTransform("owner", KeyTransform("new", "data")), BigIntegerField())
    events = Event.objects.filter(ticket_id=ticket.pk, kind__in=_LINES).annotate(
        who=_name(OuterRef("actor_id")), owner_key=owner, owner=_name(OuterRef("owner_key"))
    )
    for event in events.order_by("-id")[:MOST]:
        yield Entry(event.at, "change", _LINES[event.kind](event))


def _name(key: OuterRef) -> Subquery:
    return Subquery(User.objects.filter(pk=key).values("full_name")[:1])


def _who(event: Any) -> str:
    return event.who or "Hallom"


def _opened(event: Any) -> str:
    return _("%(who)s opened the ticket") % {"who": event.who} if event.who else _("The ticket was opened")


def _moved(event: Any) -> str:
    status = Status(event.data["new"]).label
    return _("%(who)s changed the status: %(status)s") % {"who": _who(event), "status": status}


def _assigned(event: Any) -> str:
    if event.owner is None:
        return _("%(who)s gave the ticket back to the team") % {"who": _who(event)}
    return _("%(who)s gave the ticket to %(owner)s") % {
        "who": _who(event),
        "owner": event.owner,
    }


def _claimed(event: Any) -> str:
    return _("%(who)s took the ticket") % {"who": _who(event)}


_LINES: dict[str, Callable[[Any], str]] = {
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
