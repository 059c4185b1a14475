"""What somebody is writing, kept on the server: one draft for each ticket, author, kind and thread."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from hallom.staff.models import User
from hallom.tickets.models import Attachment, Draft, DraftKind, Message, SideThread, Ticket
from hallom.tickets.persons import Person, typed
from hallom.timeline.journal import record


class NewerElsewhere(Exception):
    """Another device has saved a newer ``draft``; or, None, has sent or thrown it away."""

    def __init__(self, draft: Draft | None) -> None:
        super().__init__("newer elsewhere")
        self.draft = draft


def find(ticket: Ticket, author: User, kind: str, *, side: SideThread | None = None) -> Draft | None:
    return _rows(ticket, author, kind, side).first()


@transaction.atomic
def save(
    ticket: Ticket,
    author: User,
    kind: str,
    *,
    html: str,
    now: datetime,
    revision: int,
    values: Mapping[str, Any] | None = None,
    side: SideThread | None = None,
    seen: str = "",
) -> Draft:
    """Keep it. ``revision`` is the one the text grew from, 0 for a fresh one; raises NewerElsewhere."""
    rows = _rows(ticket, author, kind, side)
    draft = rows.select_for_update(of=("self",)).first()
    if draft is None and revision:
        raise NewerElsewhere(None)
    if draft is not None and draft.revision != revision:
        raise NewerElsewhere(draft)
    is_new = draft is None
    draft = draft or Draft(ticket=ticket, author=author, kind=kind, side=side)
    draft.html, draft.values, draft.seen = html, dict(values or {}), seen[:40]
    draft.revision, draft.saved_at = revision + 1, now
    try:
        with transaction.atomic():
            draft.save()
    except IntegrityError:
        # Two devices began at the same moment.
        raise NewerElsewhere(rows.first()) from None
    if is_new:
        _tell("ticket.draft_begun", draft, now)
    return draft


@transaction.atomic
def hold_files(
    ticket: Ticket, author: User, kind: str, *, now: datetime, side: SideThread | None = None
) -> Draft:
    """The draft that an uploaded file belongs to, also before anything is written. Its revision stays, so that the
    autosave under way is no conflict."""
    draft = find(ticket, author, kind, side=side)
    if draft is not None:
        return draft
    draft, is_new = Draft.objects.get_or_create(
        ticket=ticket, author=author, kind=kind, side=side, defaults={"saved_at": now}
    )
    if is_new:
        _tell("ticket.draft_begun", draft, now)
    # Whoever read the ticket before may have learnt that there is none.
    ticket.__dict__.pop("has_drafts", None)
    return draft


@transaction.atomic
def discard(
    ticket: Ticket, author: User, kind: str, *, now: datetime, side: SideThread | None = None
) -> bool:
    """Throw it away with the files that are still in it."""
    draft = find(ticket, author, kind, side=side)
    if draft is None:
        return False
    _tell("ticket.draft_discarded", draft, now)
    draft.delete()
    return True


@transaction.atomic
def restore(
    message: Message,
    author: User,
    *,
    now: datetime,
    quote: int | None = None,
    chosen: Mapping[str, str] | None = None,
) -> Draft:
    """The words of a message that was called back, before those the author has begun meanwhile; ``quote`` is the
    message that stood below them, ``chosen`` the other fields of the composer."""
    kind = DraftKind.FORWARD if message.side_id else DraftKind.REPLY
    side = message.side if message.side and message.side.outlives(message) else None
    draft = hold_files(message.ticket, author, kind, now=now, side=side)
    draft.html = message.html + draft.html
    draft.values = {
        **draft.values,
        **{part: typed(Person.of(one) for one in getattr(message, part)) for part in ("to", "cc", "bcc")},
        "subject": message.subject,
        **({"quote": str(quote)} if quote else {}),
        **(chosen or {}),
    }
    draft.revision, draft.saved_at = draft.revision + 1, now
    draft.save()
    Attachment.objects.filter(message=message).update(message=None, draft=draft)
    _tell("ticket.draft_restored", draft, now)
    return draft


def _rows(ticket: Ticket, author: User, kind: str, side: SideThread | None) -> QuerySet[Draft]:
    return Draft.objects.filter(ticket=ticket, author=author, kind=kind, side=side)


def _tell(kind: str, draft: Draft, now: datetime) -> None:
    """To the author's other devices and nobody else; a row for every autosave would bury the rest."""
    topic = f"desk-{draft.author_id}"
    record(kind, now=now, actor=draft.author_id, ticket=draft.ticket_id, topics=[topic])
