from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from hallom.staff.models import User
from hallom.tickets.models.remembered import Remembered

if TYPE_CHECKING:
    from hallom.customers.models import Customer
    from hallom.tickets.models.message import Message
    from hallom.tickets.models.note import Note


class Talkable(Remembered):
    """The trait of holding a conversation: messages with the customer, notes among ourselves, calls.

    ``waiting_since`` is the time of the oldest message of the customer's that nobody has answered yet.
    """

    waiting_since = models.DateTimeField(_("waits for an answer since"), null=True, blank=True)

    class Meta:
        abstract = True

    @transaction.atomic
    def add_note(self, body: str, *, by: User | None, now: datetime, call: str = "") -> Note:
        from hallom.tickets.models.note import Note

        note = Note.objects.create(ticket_id=self.pk, author=by, body=body, call=call, at=now)
        self.touch(now)
        self.tell("ticket.note_added", by=by, now=now, call=call, note=note.pk)
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
    ) -> Message:
        """Keep what was said to or by the customer; nothing is sent from here."""
        from hallom.tickets.models.message import Message

        message = Message.objects.create(
            ticket_id=self.pk,
            channel=channel,
            direction=direction,
            author=by,
            customer=customer,
            body=body,
            call=call,
            at=now,
        )
        self._waits(direction, now)
        kind = "ticket.message_received" if direction == "in" else "ticket.message_given"
        contact: dict[str, Any] = {
            "contact": str(channel),
            "direction": str(direction),
            "message": message.pk,
        }
        self.tell(kind, by=by, now=now, call=call, **contact)
        return message

    def _waits(self, direction: str, now: datetime) -> None:
        """The customer waits from his first unanswered message on, until we say something."""
        if direction == "out":
            self.waiting_since = None
        elif self.waiting_since is None:
            self.waiting_since = now
        self.save_changed("waiting_since", now=now)

    @transaction.atomic
    def link_call(self, call: str, *, by: User | None, now: datetime, direction: str = "in") -> None:
        """This call was about this ticket; it counts as a contact about the same thing."""
        self.touch(now)
        self.tell("ticket.call_linked", by=by, now=now, call=call, contact="phone", direction=direction)
