from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from django.db import DatabaseError, models, transaction
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import User
from hallom.tickets.models.remembered import Remembered
from hallom.tickets.status import Status
from hallom.timeline.prepared import PreparedInsert

if TYPE_CHECKING:
    from hallom.customers.models import Customer
    from hallom.tickets.models.message import Message
    from hallom.tickets.models.note import Note
    from hallom.tickets.models.side_thread import SideThread
    from hallom.tickets.models.ticket import Ticket

IN, OUT = "in", "out"
# In one statement with the message: every mail that comes asks it.
# What somebody else has written meanwhile is not undone.
_WAITS = """WITH waits AS (UPDATE tickets_ticket SET updated_at = %s, waiting_since =
      CASE %s WHEN 'begins' THEN COALESCE(waiting_since, %s) WHEN 'ends' THEN NULL ELSE waiting_since END
    WHERE id = %s AND (deleted_at IS NULL) = %s RETURNING id)"""


@cache
def _inserted() -> PreparedInsert[Message]:
    from hallom.tickets.models.message import Message

    return PreparedInsert(Message)


@cache
def _inserted_and_waits() -> PreparedInsert[Message]:
    from hallom.tickets.models.message import Message

    return PreparedInsert(Message, beside=_WAITS, reads=["(SELECT count(*) FROM waits)"])


class Written(TypedDict, total=False):
    """What a message may say beside its words; see Message."""

    html: str
    subject: str
    from_name: str
    from_address: str
    to: Sequence[dict[str, str]]
    cc: Sequence[dict[str, str]]
    bcc: Sequence[dict[str, str]]
    reply_to: Sequence[dict[str, str]] | None
    quoted: str
    quoted_html: str
    remote_images: int
    trackers: int
    is_automatic: bool
    delivery: str
    send_at: datetime | None
    side: SideThread | None
    split_from: Message | None


class Talkable(Remembered):
    """The trait of holding a conversation: messages with the customer, notes among ourselves, calls.

    ``waiting_since`` is the time of the oldest message of the customer's that nobody has answered yet.
    """

    waiting_since = models.DateTimeField(_("waits for an answer since"), null=True, blank=True)

    class Meta:
        abstract = True

    @transaction.atomic
    def add_note(
        self,
        body: str,
        *,
        by: User | None,
        now: datetime,
        call: str = "",
        html: str = "",
        mentions: Iterable[User] = (),
    ) -> Note:
        """Keep it among ourselves; who is mentioned gets a notice that points at it."""
        from hallom.tickets.models.note import Note
        from hallom.tickets.notices import told_of_note

        note = Note.objects.create(ticket_id=self.pk, author=by, body=body, html=html, call=call, at=now)
        self.touch(now)
        named = {user.pk: user for user in mentions}
        about: dict[str, Any] = {"mentions": sorted(named)} if named else {}
        self.tell("ticket.note_added", by=by, now=now, call=call, note=note.pk, **about)
        told_of_note(self._ticket, note, list(named.values()), now=now, actor=by)
        return note

    @transaction.atomic
    def add_message(
        self,
        body: str,
        *,
        channel: str,
        direction: str,
        now: datetime,
        by: User | None = None,
        customer: Customer | None = None,
        call: str = "",
        at: datetime | None = None,
        **written: Unpack[Written],
    ) -> Message:
        """Keep what was said to or by the customer, or a third party; nothing is sent from here.

        What comes in wakes the ticket and opens it again when it was pending or solved, unless it is automatic.
        ``at``: when it was said, if that was not now.
        """
        from hallom.tickets.models.message import Message
        from hallom.tickets.notices import told_of_message

        given: Any = written
        message = Message(
            ticket_id=self.pk,
            channel=channel,
            direction=direction,
            author=by,
            customer=customer,
            body=body,
            call=call,
            at=at or now,
            **given,
        )
        self._keep(message, now)
        self._told(message, by=by, now=now)
        if _stirs(message):
            self._stirred(message, by=by, now=now)
        told_of_message(self._ticket, message, now=now, actor=by)
        return message

    @transaction.atomic
    def link_call(self, call: str, *, by: User | None, now: datetime, direction: str = "in") -> None:
        """This call was about this ticket; it counts as a contact about the same thing."""
        self.touch(now)
        self.tell("ticket.call_linked", by=by, now=now, call=call, contact="phone", direction=direction)

    @property
    def _ticket(self) -> Ticket:
        this: Any = self
        return this  # type: ignore[no-any-return]

    def _told(self, message: Message, *, by: User | None, now: datetime) -> None:
        about: dict[str, Any] = {"message": message.pk}
        if message.side_id:
            about["side"] = message.side_id
        elif not message.is_automatic:
            about = {"contact": str(message.channel), "direction": str(message.direction), **about}
        kind = "ticket.message_received" if message.direction == IN else "ticket.message_given"
        self.tell(kind, by=by, now=now, call=message.call, **about)

    def _keep(self, message: Message, now: datetime) -> None:
        """The customer waits from his first unanswered message on, until we say something: no machine, and to him."""
        before = (self.waiting_since, self.updated_at)
        wait = _wait(message)
        if wait == "ends":
            self.waiting_since = None
        elif wait and self.waiting_since is None:
            self.waiting_since = message.at
        self.updated_at = now
        if (self.waiting_since, now) == before or (_stirs(message) and self._ticket.is_resumed_by_words):
            _inserted()(message)
            return
        is_there = self._ticket.deleted_at is None
        (count,) = _inserted_and_waits()(message, now, wait, message.at, self.pk, is_there)
        if count != 1:
            # A mail that came in the same instant is imported again, and finds another place.
            raise DatabaseError(f"{self.pk} was deleted or brought back meanwhile")

    def _stirred(self, message: Message, *, by: User | None, now: datetime) -> None:
        """Somebody outside has said something: the ticket that shows it is work again."""
        from hallom.tickets.models.snoozable import Waking

        shown = self._ticket.root()
        shown.wake(by=by, now=now, reason=Waking.MESSAGE)
        if shown.is_resumed_by_words:
            begins = shown.pk == self.pk and _wait(message) == "begins"
            shown.resume(by=by, now=now, unless_set={"waiting_since": message.at} if begins else None)

    @property
    def is_resumed_by_words(self) -> bool:
        """It shows what is written in it, and is opened again when somebody outside says something."""
        this = self._ticket
        return this.merged_into_id is None and this.status in (Status.PENDING, Status.SOLVED)


def _stirs(message: Message) -> bool:
    return message.direction == IN and not message.is_automatic


def _wait(message: Message) -> str:
    """Whether the customer's wait ``begins`` with it or ``ends``."""
    if message.is_automatic or message.side_id:
        return ""
    return "ends" if message.direction == OUT else "begins"
