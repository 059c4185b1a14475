"""A mail becomes a message of a ticket: words, files, and the Message-IDs that lead back here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.db import connection

from hallom.customers.models import Customer
from hallom.mail import bad_address
from hallom.mail.clean_apart import clean_bounded
from hallom.mail.models import IncomingMail, KnownId
from hallom.mail.parse import Address, ParsedMail, Part
from hallom.mail.quoting import fold_html, fold_text
from hallom.storage import aftercare, blobs
from hallom.storage.names import safe_name
from hallom.tickets.models import Attachment, Channel, Direction, Message, SideThread, Ticket

SUBJECT_LENGTH, NAME_LENGTH, ADDRESS_LENGTH = 400, 200, 320
TYPE_LENGTH, CONTENT_ID_LENGTH, FILE_NAME_LENGTH = 120, 250, 200
IDENTIFIER_LENGTH = 400
# A list of thousands is no conversation; the raw mail has them all.
MOST_PEOPLE = 100
# The newest references say most; the oldest is the root that siblings share.
MOST_REFERENCES = 20
MOST_FILES = 200
# What a small integer of the database holds.
MOST_COUNTED = 32_767


def file_message(
    ticket: Ticket,
    parsed: ParsedMail,
    *,
    sender: Address | None,
    reply_to: Iterable[Address] = (),
    customer: Customer | None,
    side: SideThread | None,
    is_automatic: bool,
    at: datetime,
    now: datetime,
) -> Message:
    """Within the importing transaction."""
    fold = fold_text(plain(parsed.text))
    has_images = any(part.content_id and part.is_inline for part in parsed.attachments)
    shown = _Html() if has_images else _html(parsed, {})
    message = ticket.add_message(
        fold.fresh,
        channel=Channel.EMAIL,
        direction=Direction.IN,
        customer=customer,
        at=at,
        now=now,
        quoted=fold.folded,
        **asdict(shown),
        subject=plain(parsed.subject)[:SUBJECT_LENGTH],
        from_name=plain(sender.name)[:NAME_LENGTH] if sender else "",
        from_address=plain(sender.addr)[:ADDRESS_LENGTH] if sender else "",
        to=_people(parsed.to),
        cc=_people(parsed.cc),
        reply_to=_people(reply_to) or None,
        is_automatic=is_automatic,
        side=side,
    )
    urls = attach(message, parsed.attachments, now=now)
    if has_images:
        written = asdict(_html(parsed, urls))
        for name, value in written.items():
            setattr(message, name, value)
        message.save(update_fields=list(written))
    return message


def attach(message: Message, parts: Iterable[Part], *, now: datetime) -> dict[str, str]:
    """Keep the files; returns where each Content-ID is to be found."""
    rows = []
    for position, part in enumerate(list(parts)[:MOST_FILES]):
        blob = blobs.keep(part.data, now=now)
        rows.append(
            Attachment(
                message=message,
                blob=blob,
                name=safe_name(part.name)[:FILE_NAME_LENGTH],
                content_type=plain(part.content_type)[:TYPE_LENGTH],
                content_id=plain(part.content_id)[:CONTENT_ID_LENGTH],
                is_inline=part.is_inline,
                position=position,
            )
        )
        aftercare.look_after(blob, part.content_type)
    made = Attachment.objects.bulk_create(rows) if rows else []
    # Written out, as hallom/tickets/written.py reads it: the mailer has no need to load every page.
    return {row.content_id: f"/attachments/{row.pk}/{quote(row.name)}" for row in made if row.content_id}


@dataclass(frozen=True, slots=True)
class Learned:
    """What a mail tells beside its words: Message-IDs that lead to its ticket from now on, ``theirs`` and those it names; and
    an address that a person wrote from."""

    ticket: int
    message: int
    side: int | None
    kinds: Mapping[str, str]
    address: str = ""


# One statement with what becomes of the mails: asked for each that comes in.
LEARN = f"""WITH knows AS (
      INSERT INTO mail_knownid (identifier, kind, ticket_id, side_id, message_id)
      SELECT identifier, kind, ticket, side, message
      FROM jsonb_to_recordset(%s::jsonb) AS given (identifier text, kind text, ticket bigint, side bigint, message bigint)
      ON CONFLICT (identifier, ticket_id) DO UPDATE SET kind = excluded.kind, message_id = excluded.message_id,
        side_id = excluded.side_id
      WHERE mail_knownid.kind = 'named' AND excluded.kind <> 'named'),
    works AS ({bad_address.WORKS})"""


def learned(
    ticket: Ticket, message: Message, parsed: ParsedMail, *, side: SideThread | None, address: str = ""
) -> Learned:
    """What is known by its own mail is not made less by being named."""
    theirs = identifier(parsed.message_id)
    named = dict.fromkeys(
        [*parsed.in_reply_to, *parsed.references[:1], *parsed.references[-MOST_REFERENCES:]]
    )
    kinds = {identifier(one): KnownId.Kind.NAMED.value for one in named if one}
    if theirs:
        kinds[theirs] = KnownId.Kind.THEIRS.value
    return Learned(ticket.pk, message.pk, side.pk if side else None, kinds, address)


def parameters(several: Sequence[Learned]) -> list[Any]:
    """Of LEARN; no Message-ID may be taught twice for one ticket."""
    rows = [
        {"identifier": one, "kind": kind, "ticket": each.ticket, "side": each.side, "message": each.message}
        for each in several
        for one, kind in each.kinds.items()
    ]
    return [json.dumps(rows), [each.address for each in several if each.address]]


def learn(learned: Learned) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"{LEARN} SELECT", parameters([learned]))


def identifier(message_id: str) -> str:
    return plain(message_id)[:IDENTIFIER_LENGTH]


def plain(text: str) -> str:
    """PostgreSQL takes neither NUL nor halves of a character."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def remember_reader(incoming: IncomingMail, parsed: ParsedMail, sender: Address | None) -> None:
    """What the row tells of the mail without its bytes being read again."""
    incoming.identifier = identifier(parsed.message_id)
    incoming.from_address = plain(sender.key)[:ADDRESS_LENGTH] if sender else ""
    incoming.from_name = plain(sender.name)[:NAME_LENGTH] if sender else ""
    incoming.subject = plain(parsed.subject)[:SUBJECT_LENGTH]


@dataclass(frozen=True, slots=True)
class _Html:
    """Of a message, by the names it has there."""

    html: str = ""
    quoted_html: str = ""
    remote_images: int = 0
    trackers: int = 0


def _html(parsed: ParsedMail, urls: dict[str, str]) -> _Html:
    if not parsed.html:
        return _Html()
    cleaned = clean_bounded(plain(parsed.html), urls)
    fold = fold_html(cleaned.html)
    counts = min(cleaned.remote_images, MOST_COUNTED), min(cleaned.trackers, MOST_COUNTED)
    return _Html(fold.fresh, fold.folded, *counts)


def _people(addresses: Iterable[Address]) -> list[dict[str, str]]:
    some = list(addresses)[:MOST_PEOPLE]
    return [
        {"name": plain(one.name)[:NAME_LENGTH], "address": plain(one.addr)[:ADDRESS_LENGTH]}
        for one in some
        if one.addr
    ]
