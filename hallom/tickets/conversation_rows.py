"""The messages and notes of a ticket, read for its stream: queries composed once, long texts left where they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Case, F, OuterRef, Q, TextField, Value, When
from django.db.models.functions import JSONObject, Left, Length
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hallom.staff.models import User
from hallom.staff.names import name_of
from hallom.staff.permissions import can
from hallom.storage.models import Scan
from hallom.tickets.addresses import urls_of
from hallom.tickets.changes_in_words import LINES
from hallom.tickets.entries import Act, Addressed, Delivered, Entry, File, Noted, Said
from hallom.tickets.markup import INLINE_LENGTH, inline
from hallom.tickets.models import Attachment, Channel, Delivery, Direction, Message, Ticket
from hallom.tickets.persons import Person
from hallom.timeline.prepared import PreparedRows, of_several

MOST = 2000
CHANNELS = {"email": "mail", "web": "mail"}
TONES = {Delivery.PARTLY: "cherry", Delivery.FAILED: "cherry", Delivery.WAITING: "honey"}


class Row(NamedTuple):
    pk: int
    ticket: int
    channel: str
    direction: str
    author: int | None
    customer: str | None
    body: str
    html: str
    is_long: bool
    has_quoted: bool
    at: datetime
    subject: str
    from_name: str
    from_address: str
    to: list[dict[str, str]]
    cc: list[dict[str, str]]
    bcc: list[dict[str, str]]
    reply_to: list[dict[str, str]] | None
    remote_images: int
    trackers: int
    is_automatic: bool
    delivery: str
    send_at: datetime | None
    side: int | None
    side_name: str | None
    side_address: str | None
    files: list[dict[str, Any]]


_FILES_OF_MESSAGE: ArraySubquery = ArraySubquery(
    Attachment.objects.filter(message=OuterRef("pk"), is_inline=False)
    .order_by("position", "id")
    .values(
        file=JSONObject(
            pk="pk", name="name", size="blob__size", scan="blob__scan", preview="blob__preview_id"
        )
    )
)
_LONG = Q(html_length__gt=INLINE_LENGTH) | Q(body_length__gt=INLINE_LENGTH)
_MESSAGES = PreparedRows(
    lambda one, two, three, four: (
        Message.objects.filter(ticket__in=(one, two, three, four))
        .annotate(html_length=Length("html"), body_length=Length("body"))
        .annotate(
            start=Left("body", INLINE_LENGTH),
            short=Case(
                When(html_length__lte=INLINE_LENGTH, then=F("html")),
                default=Value(""),
                output_field=TextField(),
            ),
            is_long=Case(When(_LONG, then=Value(True)), default=Value(False)),
            files=_FILES_OF_MESSAGE,
            has_quoted=Case(When(quoted="", quoted_html="", then=Value(False)), default=Value(True)),
        )
        .order_by("-at", "-id")
        .values_list(
            *(
                "pk",
                "ticket_id",
                "channel",
                "direction",
                "author_id",
                "customer__name",
                "start",
                "short",
                "is_long",
            ),
            *("has_quoted", "at", "subject", "from_name", "from_address", "to", "cc", "bcc", "reply_to"),
            *(
                "remote_images",
                "trackers",
                "is_automatic",
                "delivery",
                "send_at",
                "side_id",
                "side__name",
                "side__address",
                "files",
            ),
        )[:MOST]
    )
)
# Notes and what was done come in one go: a page may ask fifteen times in all.
_BESIDES = """
    (SELECT 'note' AS kind, n.at, n.author_id, jsonb_build_object('pk', n.id, 'body', n.body, 'html', n.html, 'files', (
        SELECT coalesce(jsonb_agg(jsonb_build_array(a.id, a.name, b.size, b.scan, b.preview_id) ORDER BY a.id), '[]'::jsonb)
        FROM tickets_attachment a JOIN storage_blob b ON b.id = a.blob_id
        WHERE a.note_id = n.id AND NOT a.is_inline)) AS data, n.ticket_id
     FROM tickets_note n WHERE n.ticket_id = ANY(%(family)s) ORDER BY n.at DESC, n.id DESC LIMIT %(most)s)
    UNION ALL
    (SELECT e.kind, e.at, e.actor_id, e.data, e.ticket_id FROM timeline_event e
     WHERE e.ticket_id = ANY(%(family)s) AND e.kind = ANY(%(kinds)s) ORDER BY e.id DESC LIMIT %(most)s)"""


@dataclass(frozen=True, slots=True)
class LastMail:
    """The newest mail of the customer's side: who is answered, which is the sender unless the mail says otherwise."""

    pk: int
    answered: tuple[Person, ...]
    to: tuple[Person, ...]
    cc: tuple[Person, ...]


def messages(
    ticket: Ticket, user: User, family: Mapping[int, int], now: datetime
) -> tuple[list[Entry], LastMail | None]:
    """Those of the ticket and of all that were merged into it; ``family`` has the number of each."""
    moment = now if can(user, "ticket.change", ticket) else None
    urls = urls_of(ticket.number)
    shown = Shown(ticket, moment, urls["composer"], f"{urls['page']}split/")
    found = [Row(*row) for row in of_several(_MESSAGES, list(family))]
    rows = [(row, _source(row.ticket, ticket, family)) for row in found]
    newest = max(
        (row for row, _source in rows if _is_answered(row, ticket)),
        key=lambda row: (row.at, row.pk),
        default=None,
    )
    return [Entry(row.at, "message", _said(row, source, shown)) for row, source in rows], _last(newest)


def notes_and_changes(ticket: Ticket, family: Mapping[int, int]) -> Iterator[Entry]:
    for kind, at, actor, raw, member in _besides(family):
        data = json.loads(raw) if isinstance(raw, str) else raw
        if kind == "note":
            yield Entry(at, "note", _noted(at, actor, data, _source(member, ticket, family)))
        else:
            yield Entry(at, "change", LINES[kind](actor, data))


def _besides(family: Iterable[int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_BESIDES, {"family": list(family), "most": MOST, "kinds": list(LINES)})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _noted(at: datetime, author: int | None, data: Mapping[str, Any], source: int | None) -> Noted:
    files = tuple(_file(*file) for file in data["files"])
    return Noted(f"note-{data['pk']}", name_of(author), at, data["body"], inline(data["html"]), files, source)


def _is_answered(row: Row, ticket: Ticket) -> bool:
    """A colleague who writes from his own mail program is nobody's customer: neither answered nor quoted to one."""
    return (
        row.direction == Direction.IN
        and row.channel == Channel.EMAIL
        and row.side is None
        and not row.is_automatic
        and bool(row.from_address)
        and (row.customer is not None or ticket.customer_id is None)
    )


def _last(row: Row | None) -> LastMail | None:
    if row is None:
        return None
    to, cc, elsewhere = (
        tuple(Person.of(one) for one in part) for part in (row.to, row.cc, row.reply_to or ())
    )
    return LastMail(row.pk, elsewhere or (Person(row.from_address, row.from_name),), to, cc)


def _source(member: int, ticket: Ticket, family: Mapping[int, int]) -> int | None:
    """The number of the merged ticket something is from."""
    return None if member == ticket.pk else family[member]


@dataclass(frozen=True, slots=True)
class Shown:
    """For whom the rows are shown: ``now`` is None for somebody who may only read."""

    ticket: Ticket
    now: datetime | None
    composer: str
    splitting: str


def _said(row: Row, source: int | None, shown: Shown) -> Said:
    ticket, now, composer = shown.ticket, shown.now, shown.composer
    ours = row.direction == Direction.OUT
    markup = None if row.is_long else inline(row.html)
    is_framed = row.is_long or (bool(row.html) and markup is None)
    url = reverse("tickets:mail-body", args=[ticket.number, row.pk]) if is_framed or row.has_quoted else ""
    return Said(
        id=f"message-{row.pk}",
        channel=CHANNELS.get(row.channel, row.channel),
        author=_author(row, ticket),
        how=str(Channel(row.channel).label),
        at=row.at,
        body="" if is_framed else row.body,
        is_ours=ours,
        markup=markup,
        frame_url=url if is_framed else "",
        remote_images=row.remote_images,
        trackers=row.trackers,
        quoted_url=f"{url}?part=quoted" if row.has_quoted else "",
        files=tuple(_file(**file) for file in row.files),
        addressed=_addressed(row),
        subject=row.subject if row.subject and row.subject != ticket.subject else "",
        delivered=_delivered(row, ticket, now) if ours else None,
        thread=(row.side_name or row.side_address or "") if row.side else "",
        merged_from=source,
        is_automatic=row.is_automatic,
        acts=(*_acts(row, composer), *_splitting(row, shown)) if now else (),
    )


def _author(row: Row, ticket: Ticket) -> str:
    if row.direction == Direction.OUT:
        return name_of(row.author)
    if row.side:
        return row.from_name or row.from_address or row.side_name or row.side_address or ""
    return (
        row.customer
        or row.from_name
        or row.from_address
        or (ticket.customer.name if ticket.customer else _("customer"))
    )


def _addressed(row: Row) -> tuple[Addressed, ...]:
    sender = [{"name": row.from_name, "address": row.from_address}] if row.from_address else []
    parts = [(pgettext("of a mail", "From"), sender), (pgettext("of a mail", "To"), row.to)]
    parts += [(_("Answers go to"), row.reply_to or [])]
    parts += [(_("Copy to"), row.cc), (_("Blind copy to"), row.bcc)]
    return tuple(Addressed(label, ", ".join(map(_shown, people))) for label, people in parts if people)


def _shown(person: Mapping[str, str]) -> str:
    name, address = person.get("name", ""), person.get("address", "")
    return f"{name} <{address}>" if name and name != address else address


def _delivered(row: Row, ticket: Ticket, now: datetime | None) -> Delivered | None:
    if not row.delivery:
        return None
    text = str(Delivery(row.delivery).label)
    tone = TONES.get(Delivery(row.delivery), "")
    if row.delivery == Delivery.WAITING and now and row.send_at and row.send_at > now:
        undo = reverse("tickets:recall", args=[ticket.number, row.pk])
        is_soon = (row.send_at - now).total_seconds() < 60
        return Delivered(text, tone, undo_url=undo, until=row.send_at, is_soon=is_soon)
    details = _details[0](row.pk) if _details and row.channel == Channel.EMAIL else ""
    if row.delivery in (Delivery.FAILED, Delivery.PARTLY) and now:
        again = reverse("tickets:sending", args=[ticket.number, row.pk])
        return Delivered(text, tone, again_url=again, details_url=details)
    return Delivered(text, tone, details_url=details)


_details: list[Callable[[int], str]] = []


def register_details(url_of: Callable[[int], str]) -> None:
    """The room that sends says where one reads what became of a message, recipient by recipient."""
    _details[:] = [url_of]


def _acts(row: Row, composer: str) -> tuple[Act, ...]:
    if row.channel != Channel.EMAIL:
        return ()
    url = f"{composer}?kind=public"
    if row.side:
        label = _("Reply to %(name)s") % {"name": row.side_name or row.side_address}
        return (Act(label, "reply", f"{url}&side={row.side}"),)
    forward = Act(_("Forward"), "forward", f"{url}&mode=forward&message={row.pk}")
    if row.direction == Direction.IN and (row.cc or len(row.to) > 1):
        return (Act(_("Reply to all"), "reply-all", f"{url}&mode=all"), forward)
    return (forward,)


def _splitting(row: Row, shown: Shown) -> tuple[Act, ...]:
    if row.side or row.direction == Direction.OUT:
        return ()
    return (Act(_("Split off"), "ticket", f"{shown.splitting}{row.pk}/", is_page=True),)


def _file(pk: int, name: str, size: int, scan: str, preview: int | None) -> File:
    url = attachment_url(pk, name)
    return File(name, url, size, f"{url}?preview" if preview else "", _problem(scan))


def attachment_url(pk: int, name: str) -> str:
    return f"/attachments/{pk}/{quote(name, safe='')}"


def _problem(scan: str) -> str:
    if scan == Scan.INFECTED:
        return _("A virus was found in it: it is not given out.")
    if scan == Scan.UNSCANNED and settings.HALLOM_CLAMD:
        return _("It is still being checked for viruses.")
    return ""
