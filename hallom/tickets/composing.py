"""What the composer of a ticket begins with: the draft one has, else an empty answer to the right people."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from hallom.customers.models import ContactKind, ContactPoint
from hallom.staff.models import User
from hallom.staff.permissions import can
from hallom.tickets import composer_tools, outgoing, written
from hallom.tickets.conversation import Conversation
from hallom.tickets.conversation_rows import attachment_url
from hallom.tickets.models import (
    Attachment,
    Channel,
    Draft,
    DraftKind,
    Message,
    Move,
    SideThread,
    Ticket,
)
from hallom.tickets.persons import Person, typed
from hallom.tickets.seen import Newer
from hallom.timeline.prepared import PreparedModels, PreparedRows

# Besides the moves: sent at a time of its own.
LATER = "later"
PUBLIC, NOTE, CALL = "public", "note", "call"
REPLY, ALL, FORWARD = "reply", "all", "forward"
KINDS = {PUBLIC: DraftKind.REPLY, NOTE: DraftKind.NOTE, CALL: DraftKind.CALL}
FRESH_SECONDS = 60.0
KEPT_VALUES = ("to", "cc", "bcc", "subject", "quote", "said", "mode", "send_at", "via", "signature", "chosen")


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
    via: str = ""
    signature: str = ""
    chosen: str = ""
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
        return bool(self.cc or self.bcc or self.has_own_sender)

    @property
    def sends_at(self) -> datetime | None:
        """When what was called back was to leave, as long as that is said."""
        return local_moment(self.send_at) if self.chosen == LATER else None

    @property
    def has_choice(self) -> bool:
        """Another button than the usual one was pressed before the answer was called back."""
        return self.sends_at is not None or self.chosen == Move.AWAIT_CUSTOMER

    @property
    def has_own_sender(self) -> bool:
        """Another mailbox or signature than usual was chosen."""
        return bool(self.via or self.signature)


_EMAILS = PreparedRows(
    lambda customer: (
        ContactPoint.objects.filter(customer=customer, kind=ContactKind.EMAIL)
        .order_by("-is_preferred", "id")
        .values_list("value", "bounced_at")[:5]
    )
)
_DRAFTS = PreparedModels(
    Draft, lambda ticket, author: Draft.objects.filter(ticket=ticket, author=author).order_by("-saved_at")
)
Email = tuple[str, datetime | None]


def local_moment(typed_in: str) -> datetime | None:
    """A moment as the browser's field writes it, on the clock of the house; None for what is none."""
    try:
        given = parse_datetime(typed_in)
    except ValueError:
        return None
    return timezone.make_aware(given) if given is not None and timezone.is_naive(given) else given


class Composers:
    """The composers of one author for one ticket. What a page has read already is handed in."""

    def __init__(
        self, ticket: Ticket, user: User, said: Conversation, *, emails: Sequence[Email] | None = None
    ) -> None:
        self.ticket = ticket
        self.user = user
        self._said = said
        self._known_emails = emails

    def newest(self) -> Composing:
        """The draft one has written at last, else a reply if the customer can be written to, else a note."""
        for draft in self._drafts:
            if draft.html or draft.values.get("macro"):
                return self.warned(of_draft(self.ticket, self.user, draft))
        blank = self.reply() if self.can_answer else None
        return blank if blank and blank.to else Composing(NOTE, seen=self._said.seen)

    def of_kind(self, kind: str, *, mode: str = REPLY, side: SideThread | None = None) -> Composing:
        blank = Composing(kind, mode=mode, side=side, seen=self._said.seen)
        for draft in self._drafts:
            if (draft.kind, draft.side_id) == (blank.draft_kind, side.pk if side else None) and (
                draft.html or draft.values or draft.revision == 0
            ):
                return self.warned(self._filled(of_draft(self.ticket, self.user, draft), blank))
        return self._begun(blank)

    def warned(self, shown: Composing) -> Composing:
        """With the customer's addresses that mail does not reach, when it goes to the customer."""
        if shown.kind != PUBLIC or shown.is_aside:
            return shown
        return replace(shown, bounced=tuple(value for value, bounced_at in self._emails if bounced_at))

    def reply(self, *, to_all: bool = False) -> Composing:
        """To who wrote last, else to the customer's address; to all: with those who got that mail beside us."""
        last, customer = self._said.last_mail, self._customer()
        answered = last.answered if last else (customer,) if customer else ()
        copies = [*(last.to if to_all else ()), *last.cc] if last else []
        named = {one.key for one in answered}
        others = [one for one in copies if one.key not in named]
        begun = Composing(
            PUBLIC,
            mode=ALL if to_all else REPLY,
            to=", ".join(one.address for one in answered),
            cc=typed(_without_ours(others)),
            subject=self.ticket.subject,
            quote=str(last.pk) if last else "",
            seen=self._said.seen,
        )
        return self.warned(begun)

    @cached_property
    def can_answer(self) -> bool:
        return outgoing.can_send(Channel.EMAIL) and can(self.user, "ticket.change", self.ticket)

    def _begun(self, blank: Composing) -> Composing:
        if blank.kind != PUBLIC:
            return blank
        if blank.side is not None:
            person = Person(blank.side.address, blank.side.name)
            return replace(blank, to=typed([person]), subject=blank.side.subject, quote=_last_of(blank.side))
        if blank.mode == FORWARD:
            return replace(blank, subject=self.ticket.subject)
        return self.reply(to_all=blank.mode == ALL)

    def _filled(self, kept: Composing, blank: Composing) -> Composing:
        """A draft that was begun by attaching a file says nothing of people yet; one of which no word is left nothing of
        what was read since."""
        if not kept.html:
            kept = replace(kept, seen=blank.seen)
        if kept.kind != PUBLIC or kept.revision:
            return kept
        begun = self._begun(blank)
        return replace(begun, revision=kept.revision, saved_at=kept.saved_at, attachments=kept.attachments)

    def _customer(self) -> Person | None:
        customer = self.ticket.customer
        return Person(self._emails[0][0], customer.name) if customer and self._emails else None

    @cached_property
    def _emails(self) -> Sequence[Email]:
        if self._known_emails is not None:
            return self._known_emails
        return (
            [(value, at) for value, at in _EMAILS(self.ticket.customer_id)] if self.ticket.customer_id else []
        )

    @cached_property
    def _drafts(self) -> list[Draft]:
        if self.ticket.__dict__.get("has_drafts") is False:
            return []
        return _DRAFTS.objects(self.ticket.pk, self.user.pk)


def _without_ours(people: Iterable[Person]) -> list[Person]:
    minute = int(time.monotonic() // FRESH_SECONDS)
    return [one for one in people if not _is_ours(one.address, minute)]


_ours: list[Callable[[str], bool]] = []


def register_ours(is_ours: Callable[[str], bool]) -> None:
    """The room of mail says which addresses are our own: an answer to all does not go to ourselves."""
    _ours[:] = [is_ours]


# Every page with a mail of several people asks, and a house's own addresses hardly ever change.
@lru_cache(maxsize=2000)
def _is_ours(address: str, _minute: int) -> bool:
    return any(is_ours(address) for is_ours in _ours)


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
