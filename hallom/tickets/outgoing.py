"""The only door through which words leave the house. What goes out is an Answer; a note has no way in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.translation import gettext as _

from hallom.staff.models import User
from hallom.tickets import drafts, written
from hallom.tickets.models import (
    Attachment,
    Channel,
    Delivery,
    Direction,
    DraftKind,
    IllegalTransition,
    Message,
    Move,
    SideThread,
    Status,
    Ticket,
)
from hallom.tickets.notices import told_of_message
from hallom.tickets.persons import Person
from hallom.tickets.seen import Newer, arrived_after, who_wrote
from hallom.tickets.status import target
from hallom.timeline.models import Event

# How long a sent answer can be called back: long enough to notice, too short for a customer to wait for.
UNDO_SECONDS = 10
QUEUED, RECALLED = "ticket.answer_queued", "ticket.answer_recalled"
CARRIED_OUT = "ticket.answer_carried_out"


class NotPublic(TypeError):
    """Somebody tried to send what is not meant for customers. A fault in our code, never the user's."""


class CannotSend(Exception):
    """``code``: no_way_out, nobody, empty, file, status, or one of the sender's own."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """What the composer, a macro, an acknowledgement or a forward wants sent.

    ``attachments``: ids of files of the author's drafts; images of the HTML are found in it. ``then``: the move the ticket makes.
    ``signature``: HTML that goes under the text, before what is quoted. ``via``: one of ``ways``, instead of the usual.
    ``chosen``: fields of the composer that only an undo needs to know, no addresses or words.
    """

    html: str
    to: tuple[Person, ...]
    cc: tuple[Person, ...] = ()
    bcc: tuple[Person, ...] = ()
    subject: str = ""
    attachments: tuple[int, ...] = ()
    side: SideThread | None = None
    is_automatic: bool = False
    send_at: datetime | None = None
    quote: Message | None = None
    channel: str = Channel.EMAIL
    signature: str = ""
    then: Move | None = None
    via: int | None = None
    chosen: Mapping[str, str] = field(default_factory=dict)


class Sender(Protocol):
    """Takes a message to its channel. Both are called in the transaction that changes the message."""

    def queue(self, message: Message, at: datetime, *, via: int | None = None) -> None:
        """Send it at that time, not before; raises CannotSend. May fill in who the message is from."""

    def recall(self, message: Message) -> bool:
        """Whether it has not begun to leave, and now never will."""


_senders: dict[str, Sender] = {}


def register(channel: str, sender: Sender) -> None:
    _senders[channel] = sender


def can_send(channel: str) -> bool:
    return channel in _senders


Ways = Callable[[Ticket, User], list[tuple[int, str]]]
_ways: list[Ways] = []


def register_ways(ways_of: Ways) -> None:
    """The room that sends says what one may send from: keys and labels."""
    _ways[:] = [ways_of]


def ways(ticket: Ticket, user: User) -> list[tuple[int, str]]:
    return [way for ways_of in _ways for way in ways_of(ticket, user)]


@transaction.atomic
def send(ticket: Ticket, words: Answer | Message, *, by: User | None, now: datetime) -> Message:
    """Make the public message and hand it to its channel, ten seconds from now or at ``send_at``; a Message that
    failed is handed over again. Raises CannotSend, NotPublic."""
    _check_type(words)
    if isinstance(words, Message):
        return _send_again(ticket, words, by=by, now=now)
    message = _message(ticket, words, by=by, now=now)
    message.save()
    _move_files(message, words, _files(ticket, words, by))
    before = _before(ticket)
    _hand_over(message, words.via)
    _take_care(ticket, words, by=by, now=now)
    facts: dict[str, Any] = {"chosen": dict(words.chosen)} if words.chosen else {}
    if words.quote:
        facts["quote"] = words.quote.pk
    ticket.tell(QUEUED, by=by, now=now, message=message.pk, before=before, after=ticket.status, **facts)
    return message


@transaction.atomic
def recall(message: Message, *, by: User | None, now: datetime) -> bool:
    """Undo within the delay, or before ``send_at``: the message is gone, its words are in the author's draft again."""
    rows = Message.objects.select_for_update(of=("self",)).select_related("ticket", "author", "side")
    found = rows.filter(pk=message.pk, direction=Direction.OUT, delivery=Delivery.WAITING).first()
    sender = _senders.get(message.channel)
    if found is None or sender is None or not sender.recall(found):
        return False
    ticket = found.ticket
    told = Event.objects.filter(ticket_id=ticket.pk, kind=QUEUED, data__message=found.pk).last()
    side = found.side if found.side and not found.side.outlives(found) else None
    if found.author is not None:
        data = told.data if told else {}
        drafts.restore(found, found.author, quote=data.get("quote"), chosen=data.get("chosen") or {}, now=now)
    if told is not None:
        _put_back(ticket, told, _after(told), by=by, now=now)
    ticket.tell(RECALLED, by=by, now=now, message=found.pk)
    found.delete()
    if side is not None:
        side.delete()
    return True


@transaction.atomic
def delivered(message: Message, delivery: Delivery, *, now: datetime) -> None:
    """The channel says how far the message has got; the first time it is out it counts as a contact."""
    was = message.delivery
    if was == delivery:
        return
    message.delivery = delivery
    message.save(update_fields=["delivery"])
    out = (Delivery.SENT, Delivery.PARTLY)
    if delivery not in out or was in out:
        told: dict[str, Any] = {"message": message.pk, "delivery": str(delivery)}
        message.ticket.tell("ticket.delivery_changed", by=message.author, now=now, **told)
        return
    message.ticket.tell(
        "ticket.message_given", by=message.author, now=now, message=message.pk, **_contact(message)
    )
    told_of_message(message.ticket, message, now=now, actor=message.author)


def _contact(message: Message) -> dict[str, Any]:
    if message.side_id:
        return {"side": message.side_id}
    return {} if message.is_automatic else {"contact": message.channel, "direction": str(Direction.OUT)}


def check_newer(ticket: Ticket, seen: str, *, by: User | None = None) -> Newer | None:
    """What arrived after ``seen``, of others than ``by``: a send that was written without it stops and says so."""
    return arrived_after(ticket, seen, by=by)


def _check_type(words: object) -> None:
    if not isinstance(words, Answer | Message):
        raise NotPublic(f"{type(words).__name__} is not for customers")
    for text in (words.html, words.signature) if isinstance(words, Answer) else ():
        if not isinstance(text, str):
            raise NotPublic(f"the text is a {type(text).__name__}")


def _message(ticket: Ticket, answer: Answer, *, by: User | None, now: datetime) -> Message:
    words = written.public(answer.html)
    if not (answer.to or answer.cc or answer.bcc):
        raise CannotSend("nobody")
    if words.is_empty and not answer.attachments:
        raise CannotSend("empty")
    _check_thread(ticket, answer)
    later = answer.send_at is not None and answer.send_at > now
    undo = timedelta() if by is None else timedelta(seconds=UNDO_SECONDS)
    below = written.without_images(written.public(answer.signature).html)
    below += quoted(answer.quote, ticket) if answer.quote else ""
    return Message(
        ticket_id=ticket.pk,
        channel=answer.channel,
        direction=Direction.OUT,
        author=by,
        side=answer.side,
        subject=_one_line(answer.subject or (answer.side.subject if answer.side else ticket.subject))[:400],
        to=[one.kept() for one in answer.to],
        cc=[one.kept() for one in answer.cc],
        bcc=[one.kept() for one in answer.bcc],
        body=words.text,
        html=words.html,
        quoted=written.text_of(below),
        quoted_html=below,
        is_automatic=answer.is_automatic,
        delivery=Delivery.WAITING,
        send_at=answer.send_at if later else now + undo,
        at=now,
    )


def _one_line(subject: str) -> str:
    return " ".join(subject.split())


def _check_thread(ticket: Ticket, answer: Answer) -> None:
    """A thread's words stay in it: only a public message of the same one may be quoted."""
    family = ticket.family_ids()
    if answer.side is not None and answer.side.ticket_id not in family:
        raise NotPublic("a thread of another ticket")
    quote = answer.quote
    if quote is None:
        return
    if not isinstance(quote, Message):
        raise NotPublic(f"{type(quote).__name__} is not quoted")
    if quote.ticket_id not in family or quote.side_id != (answer.side.pk if answer.side else None):
        raise NotPublic("a message of another thread is not quoted")


def quoted(quote: Message, ticket: Ticket) -> str:
    language = ticket.customer.language if ticket.customer and quote.side_id is None else None
    with translation.override(language or translation.get_language()):
        when = date_format(timezone.localtime(quote.at), "DATETIME_FORMAT")
        lead = _("%(when)s, %(who)s wrote:") % {"when": when, "who": who_wrote(quote)}
    words = written.public(quote.html).html if quote.html else written.html_of(quote.body)
    return f"<p>{escape(lead)}</p><blockquote>{written.without_images(words)}</blockquote>"


def _files(ticket: Ticket, answer: Answer, by: User | None) -> list[Attachment]:
    """The files of the answer, in their order. Only what lies in a public draft of the author's own may leave."""
    images = written.public(answer.html).images
    wanted = list(dict.fromkeys((*answer.attachments, *images)))
    rows = Attachment.objects.select_related("draft").select_for_update(of=("self",)).in_bulk(wanted)
    for key in wanted:
        found = rows.get(key)
        if found is None:
            raise CannotSend("file")
        draft = found.draft
        if draft is None or draft.kind == DraftKind.NOTE:
            raise NotPublic("a file that is not of a public draft")
        if draft.ticket_id != ticket.pk or by is None or draft.author_id != by.pk:
            raise NotPublic("a file of another's draft")
    return [rows[key] for key in wanted]


def _move_files(message: Message, answer: Answer, files: Iterable[Attachment]) -> None:
    listed = set(answer.attachments)
    for place, one in enumerate(files):
        one.draft, one.message, one.position = None, message, place
        one.is_inline = one.pk not in listed
        one.content_id = one.content_id or f"file{one.pk}.message{message.pk}@hallom"
        one.save(update_fields=["draft", "message", "position", "is_inline", "content_id"])


def _hand_over(message: Message, via: int | None = None) -> None:
    sender = _senders.get(message.channel)
    if sender is None or message.send_at is None:
        raise CannotSend("no_way_out")
    if via is None:
        sender.queue(message, message.send_at)
    else:
        sender.queue(message, message.send_at, via=via)


def _send_again(ticket: Ticket, message: Message, *, by: User | None, now: datetime) -> Message:
    failed = (Delivery.FAILED, Delivery.PARTLY)
    rows = Message.objects.filter(pk=message.pk, direction=Direction.OUT, delivery__in=failed)
    if message.ticket_id not in ticket.family_ids():
        raise NotPublic("a message of another ticket")
    if rows.update(delivery=Delivery.WAITING, send_at=now) != 1:
        raise CannotSend("status")
    message.delivery, message.send_at = Delivery.WAITING, now
    _hand_over(message)
    ticket.tell(QUEUED, by=by, now=now, message=message.pk, before=_before(ticket), after=ticket.status)
    return message


def _before(ticket: Ticket) -> dict[str, Any]:
    waiting, snoozed = ticket.waiting_since, ticket.snoozed_until
    return {
        "status": str(ticket.status),
        "waiting_since": waiting.isoformat() if waiting else None,
        "snoozed_until": snoozed.isoformat() if snoozed else None,
    }


def carried_out(message: Message, ticket: Ticket, *, by: User | None, now: datetime) -> None:
    """Macros went along with the message: what the ticket has become by them is taken back with it."""
    ticket.tell(CARRIED_OUT, by=by, now=now, message=message.pk, after=_before(ticket))


def _after(queued: Event) -> dict[str, Any]:
    """What the ticket was once the message was sent and its macros done."""
    rows = Event.objects.filter(ticket_id=queued.ticket_id, kind=CARRIED_OUT, pk__gt=queued.pk)
    found = rows.filter(data__message=queued.data["message"]).first()
    return found.data["after"] if found else {"status": queued.data["after"]}


def _take_care(ticket: Ticket, answer: Answer, *, by: User | None, now: datetime) -> None:
    """Who answers takes the ticket that is nobody's, begins it, and the customer waits no longer."""
    if answer.side is None and not answer.is_automatic:
        ticket.waiting_since = None
    ticket.save_changed("waiting_since", now=now)
    if by is not None and not answer.is_automatic and ticket.owner_id is None:
        ticket.claim(by=by, now=now)
    move = answer.then
    if move is None and ticket.status == Status.NEW and by is not None and not answer.is_automatic:
        move = Move.START
    if move is not None:
        _move(ticket, move, by=by, now=now)


def _move(ticket: Ticket, move: Move, *, by: User | None, now: datetime) -> None:
    finished = ticket.status in (Status.SOLVED, Status.CLOSED)
    if finished and move in (Move.START, Move.AWAIT_CUSTOMER, Move.HOLD):
        ticket.advance(Move.REOPEN, by=by, now=now)
    if _WHERE[move] != ticket.status:
        ticket.advance(move, by=by, now=now)


_WHERE = {move: target(Status.NEW, move) for move in Move if move is not Move.REOPEN} | {
    Move.REOPEN: Status.OPEN
}
_BACK = {
    Status.NEW: Move.START,
    Status.OPEN: Move.START,
    Status.PENDING: Move.AWAIT_CUSTOMER,
    Status.ON_HOLD: Move.HOLD,
    Status.SOLVED: Move.SOLVE,
    Status.CLOSED: Move.CLOSE,
}


def _put_back(ticket: Ticket, told: Event, after: dict[str, Any], *, by: User | None, now: datetime) -> None:
    """The status as it was before the answer, unless somebody has moved the ticket since; and the customer waits again."""
    before = told.data["before"]
    slept = after.get("snoozed_until")
    if slept and not before.get("snoozed_until") and ticket.snoozed_until == datetime.fromisoformat(slept):
        ticket.wake(by=by, now=now)
    if ticket.status == after["status"] and before["status"] != after["status"]:
        # A house may forbid the way back; then the ticket stays where it is.
        with suppress(IllegalTransition):
            _move(ticket, _BACK[Status(before["status"])], by=by, now=now)
    if ticket.waiting_since is None and before["waiting_since"]:
        ticket.waiting_since = datetime.fromisoformat(before["waiting_since"])
        ticket.save_changed("waiting_since", now=now)
