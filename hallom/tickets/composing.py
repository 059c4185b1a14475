"""What the composer of a ticket begins with: the draft one has, else an empty answer to the right people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from hallom.customers.models import ContactKind, ContactPoint
from hallom.staff.models import User
from hallom.staff.permissions import can
from hallom.tickets import composer_tools, outgoing, written
from hallom.tickets.conversation_rows import attachment_url
from hallom.tickets.models import (
    Attachment,
    Channel,
    Direction,
    Draft,
    DraftKind,
    Message,
    SideThread,
    Ticket,
)
from hallom.tickets.persons import Person, typed
from hallom.tickets.seen import Newer
from hallom.timeline.prepared import PreparedModels, PreparedRows

PUBLIC, NOTE, CALL = "public", "note", "call"
REPLY, ALL, FORWARD = "reply", "all", "forward"
KINDS = {PUBLIC: DraftKind.REPLY, NOTE: DraftKind.NOTE, CALL: DraftKind.CALL}
KEPT_VALUES = ("to", "cc", "bcc", "subject", "quote", "said", "mode", "send_at")


@dataclass(frozen=True, slots=True)
class Composing:
    """One composer; ``kind`` public, note or call; ``mode`` of a public one: reply, all or forward."""

    kind: str
    mode: str = REPLY
    side: SideThread | None = None
    to: str = ""
    cc: str = ""
    bcc: str = ""
    subject: str = ""
    quote: str = ""
    said: str = ""
    send_at: str = ""
    html: str = ""
    revision: int = 0
    saved_at: datetime | None = None
    attachments: tuple[dict[str, Any], ...] = ()
    macros: tuple[dict[str, Any], ...] = ()
    seen: str = ""
    error: str = ""
    newer: Newer | None = None
    bounced: tuple[str, ...] = field(default=())

    @property
    def draft_kind(self) -> DraftKind:
        if self.kind == PUBLIC and self.is_aside:
            return DraftKind.FORWARD
        return KINDS[self.kind]

    @property
    def text(self) -> str:
        return written.text_of(self.html)

    @property
    def is_aside(self) -> bool:
        """Not to the customer."""
        return self.side is not None or self.mode == FORWARD

    @property
    def has_more_people(self) -> bool:
        return bool(self.cc or self.bcc)


_EMAIL = PreparedRows(
    lambda customer: (
        ContactPoint.objects.filter(customer=customer, kind=ContactKind.EMAIL)
        .order_by("-is_preferred", "id")
        .values_list("value", "bounced_at")[:5]
    )
)
_DRAFTS = PreparedModels(
    Draft, lambda ticket, author: Draft.objects.filter(ticket=ticket, author=author).order_by("-saved_at")
)
_LAST = PreparedRows(
    lambda ticket: (
        Message.objects.filter(
            ticket=ticket, direction=Direction.IN, channel=Channel.EMAIL, side=None, is_automatic=False
        )
        .order_by("-at", "-id")
        .values_list("pk", "from_name", "from_address", "to", "cc")[:1]
    )
)


def can_answer(user: User, ticket: Ticket) -> bool:
    return outgoing.can_send(Channel.EMAIL) and can(user, "ticket.change", ticket)


def newest(ticket: Ticket, user: User, *, seen: str = "") -> Composing:
    """The draft one has written at last, else a reply if the customer can be written to, else a note."""
    drafts = _DRAFTS.objects(ticket.pk, user.pk)
    for draft in drafts:
        if draft.html or draft.values.get("macro"):
            return of_draft(ticket, user, draft)
    blank = reply(ticket, user, seen=seen) if can_answer(user, ticket) else None
    return blank if blank and blank.to else Composing(NOTE, seen=seen)


def of_kind(
    ticket: Ticket,
    user: User,
    kind: str,
    *,
    mode: str = REPLY,
    side: SideThread | None = None,
    seen: str = "",
) -> Composing:
    blank = Composing(kind, mode=mode, side=side, seen=seen)
    draft = Draft.objects.filter(ticket=ticket, author=user, kind=blank.draft_kind, side=side).first()
    if draft is not None and (draft.html or draft.values):
        return of_draft(ticket, user, draft)
    if kind != PUBLIC:
        return blank
    if side is not None:
        person = Person(side.address, side.name)
        return replace(blank, to=typed([person]), subject=side.subject, quote=_last_of(side))
    return (
        reply(ticket, user, seen=seen, to_all=mode == ALL)
        if mode != FORWARD
        else replace(blank, subject=ticket.subject)
    )


def reply(ticket: Ticket, user: User, *, seen: str = "", to_all: bool = False) -> Composing:
    """To who wrote last, else to the customer's address; to all: with those who got that mail beside us."""
    addresses = _EMAIL(ticket.customer_id) if ticket.customer_id else []
    name = ticket.customer.name if ticket.customer else ""
    last = _LAST(ticket.pk)
    person, quote, copies = None, "", []
    if last and last[0][2]:
        key, from_name, from_address, to, cc = last[0]
        person, quote = Person(from_address, from_name), str(key)
        copies = [Person.of(one) for one in (*to, *cc)] if to_all else [Person.of(one) for one in cc]
    elif addresses:
        person = Person(addresses[0][0], name)
    others = [one for one in copies if person is None or one.key != person.key]
    return Composing(
        PUBLIC,
        mode=ALL if to_all else REPLY,
        to=typed([person] if person else []),
        cc=typed(_without_ours(others)),
        subject=ticket.subject,
        quote=quote,
        seen=seen,
        bounced=tuple(value for value, bounced_at in addresses if bounced_at),
    )


def _without_ours(people: Iterable[Person]) -> list[Person]:
    return [one for one in people if not any(is_ours(one.address) for is_ours in _ours)]


_ours: list[Callable[[str], bool]] = []


def register_ours(is_ours: Callable[[str], bool]) -> None:
    """The room of mail says which addresses are our own: an answer to all does not go to ourselves."""
    _ours[:] = [is_ours]


def _last_of(side: SideThread) -> str:
    last = Message.objects.filter(side=side).order_by("-at", "-id").values_list("pk", flat=True).first()
    return str(last) if last else ""


def of_draft(ticket: Ticket, user: User, draft: Draft) -> Composing:
    kind = {DraftKind.NOTE: NOTE, DraftKind.CALL: CALL}.get(DraftKind(draft.kind), PUBLIC)
    values: Mapping[str, Any] = draft.values
    fields: dict[str, Any] = {
        name: str(values[name]) for name in KEPT_VALUES if isinstance(values.get(name), str)
    }
    if draft.kind == DraftKind.FORWARD:
        fields["mode"] = FORWARD
    return Composing(
        kind,
        side=draft.side if draft.side_id else None,
        html=draft.html,
        revision=draft.revision,
        saved_at=draft.saved_at,
        attachments=files_of(draft),
        macros=macros_of(ticket, user, values.get("macro") or ()),
        seen=draft.seen,
        **fields,
    )


def kept_files(ticket: Ticket, user: User, shown: Composing) -> tuple[dict[str, Any], ...]:
    """The files that lie in the draft of what is shown."""
    rows = Draft.objects.filter(ticket=ticket, author=user, kind=shown.draft_kind, side=shown.side)
    draft = rows.first()
    return files_of(draft) if draft else ()


def files_of(draft: Draft) -> tuple[dict[str, Any], ...]:
    """Those listed under the text; pictures in the text are in its HTML."""
    shown = set(written.internal(draft.html).images)
    rows = Attachment.objects.filter(draft=draft).select_related("blob")
    return tuple(file_of(one) for one in rows if one.pk not in shown)


def file_of(one: Attachment) -> dict[str, Any]:
    url = attachment_url(one.pk, one.name)
    return {"id": one.pk, "name": one.name, "size": one.blob.size, "type": one.content_type, "url": url}


def macros_of(ticket: Ticket, user: User, keys: Iterable[str]) -> tuple[dict[str, Any], ...]:
    wanted = [str(key) for key in keys]
    tools = composer_tools.snippets()
    if tools is None or not wanted:
        return ()
    return tuple(
        {"id": one.id, "label": one.label, "acts": one.acts} for one in tools.macros(user, ticket, wanted)
    )
