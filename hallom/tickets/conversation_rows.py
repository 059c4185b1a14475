"""The messages and notes of a ticket, read for its stream: queries composed once, long texts left where they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.db.models import Case, F, Q, TextField, Value, When
from django.db.models.functions import Left, Length
from django.urls import reverse
from django.utils.translation import gettext as _

from hallom.staff.models import User
from hallom.staff.names import name_of
from hallom.staff.permissions import can
from hallom.storage.models import Scan
from hallom.tickets.entries import Act, Addressed, Delivered, Entry, File, Noted, Said
from hallom.tickets.markup import INLINE_LENGTH, inline
from hallom.tickets.models import Attachment, Channel, Delivery, Direction, Message, Note, Ticket
from hallom.timeline.prepared import PreparedRows

MOST = 2000
MOST_FILES = 500
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
    remote_images: int
    is_automatic: bool
    delivery: str
    send_at: datetime | None
    side: int | None
    side_name: str | None
    side_address: str | None


_LONG = Q(html_length__gt=INLINE_LENGTH) | Q(body_length__gt=INLINE_LENGTH)
_MESSAGES = PreparedRows(
    lambda ticket: (
        Message.objects.filter(ticket=ticket)
        .annotate(html_length=Length("html"), body_length=Length("body"))
        .annotate(
            start=Left("body", INLINE_LENGTH),
            short=Case(
                When(html_length__lte=INLINE_LENGTH, then=F("html")),
                default=Value(""),
                output_field=TextField(),
            ),
            is_long=Case(When(_LONG, then=Value(True)), default=Value(False)),
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
            *("has_quoted", "at", "subject", "from_name", "from_address", "to", "cc", "bcc", "remote_images"),
            *("is_automatic", "delivery", "send_at", "side_id", "side__name", "side__address"),
        )[:MOST]
    )
)
_NOTES = PreparedRows(
    lambda ticket: (
        Note.objects.filter(ticket=ticket)
        .order_by("-at", "-id")
        .values_list("pk", "author_id", "body", "html", "at")[:MOST]
    )
)
_FILES = PreparedRows(
    lambda ticket, same: (
        Attachment.objects.filter(Q(message__ticket=ticket) | Q(note__ticket=same))
        .order_by("-id")
        .values_list(
            *(
                "pk",
                "message_id",
                "note_id",
                "name",
                "is_inline",
                "blob__size",
                "blob__scan",
                "blob__preview_id",
            )
        )[:MOST_FILES]
    )
)
Files = Mapping[tuple[str, int], tuple[File, ...]]


def entries(ticket: Ticket, user: User, family: Iterable[int], now: datetime) -> Iterator[Entry]:
    """Messages and notes of the ticket and of all that were merged into it."""
    may_answer = can(user, "ticket.change", ticket)
    numbers = _numbers(family, ticket)
    for member in family:
        source = numbers.get(member)
        messages, notes = [Row(*row) for row in _MESSAGES(member)], _NOTES(member)
        files = _files(member) if messages or notes else {}
        for row in messages:
            yield Entry(row.at, "message", _said(row, ticket, files, source, now if may_answer else None))
        for pk, author, body, html, at in notes:
            noted = Noted(
                f"note-{pk}", name_of(author), at, body, inline(html), files.get(("note", pk), ()), source
            )
            yield Entry(at, "note", noted)


def _numbers(family: Iterable[int], ticket: Ticket) -> dict[int, int]:
    others = [member for member in family if member != ticket.pk]
    return dict(Ticket.objects.filter(pk__in=others).values_list("pk", "number")) if others else {}


def _said(row: Row, ticket: Ticket, files: Files, source: int | None, now: datetime | None) -> Said:
    """``now`` is None for somebody who may only read."""
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
        quoted_url=f"{url}?part=quoted" if row.has_quoted else "",
        files=files.get(("message", row.pk), ()),
        addressed=_addressed(row),
        subject=row.subject if row.subject and row.subject != ticket.subject else "",
        delivered=_delivered(row, ticket, now) if ours else None,
        thread=(row.side_name or row.side_address or "") if row.side else "",
        merged_from=source,
        is_automatic=row.is_automatic,
        acts=_acts(row, ticket) if now else (),
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
    parts = [(_("From"), [{"name": row.from_name, "address": row.from_address}] if row.from_address else [])]
    parts += [(_("To"), row.to), (_("Copy"), row.cc), (_("Blind copy"), row.bcc)]
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
    if row.delivery in (Delivery.FAILED, Delivery.PARTLY) and now:
        return Delivered(text, tone, again_url=reverse("tickets:sending", args=[ticket.number, row.pk]))
    return Delivered(text, tone)


def _acts(row: Row, ticket: Ticket) -> tuple[Act, ...]:
    if row.channel != Channel.EMAIL:
        return ()
    url = reverse("tickets:composer", args=[ticket.number])
    if row.side:
        values: tuple[tuple[str, str], ...] = (("kind", "public"), ("side", str(row.side)))
        return (
            Act(_("Reply to %(name)s") % {"name": row.side_name or row.side_address}, "reply", url, values),
        )
    forward = Act(
        _("Forward"), "forward", url, (("kind", "public"), ("mode", "forward"), ("message", str(row.pk)))
    )
    if row.direction == Direction.OUT:
        return (forward,)
    values = (("kind", "public"), ("mode", "all"), ("message", str(row.pk)))
    return (
        (Act(_("Reply to all"), "reply-all", url, values), forward)
        if row.cc or len(row.to) > 1
        else (forward,)
    )


def _files(ticket: int) -> Files:
    found: dict[tuple[str, int], list[File]] = {}
    for pk, message, note, name, is_inline, size, scan, preview in reversed(_FILES(ticket, ticket)):
        if is_inline:
            continue
        url = attachment_url(pk, name)
        file = File(name, url, size, f"{url}?preview" if preview else "", _problem(scan))
        found.setdefault(("message", message) if message else ("note", note), []).append(file)
    return {key: tuple(files) for key, files in found.items()}


def attachment_url(pk: int, name: str) -> str:
    return f"/attachments/{pk}/{quote(name, safe='')}"


def _problem(scan: str) -> str:
    if scan == Scan.INFECTED:
        return _("A virus was found in it: it is not given out.")
    if scan == Scan.UNSCANNED and settings.HALLOM_CLAMD:
        return _("It is still being checked for viruses.")
    return ""
