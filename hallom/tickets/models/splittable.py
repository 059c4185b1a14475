from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from hallom.staff.models import User
from hallom.tickets.models.linkable import CHILD, Linkable

if TYPE_CHECKING:
    from hallom.tickets.models.message import Message
    from hallom.tickets.models.ticket import Ticket

_OWN = ("id", "ticket", "split_from", "side", "delivery", "send_at")


class NotOfThisTicket(ValueError):
    """The message belongs to another ticket."""


class Splittable(Linkable):
    """The trait of letting one message begin a ticket of its own."""

    class Meta:
        abstract = True

    @transaction.atomic
    def split(self, message: Message, *, subject: str, by: User | None, now: datetime) -> Ticket:
        """A new ticket, part of this one, that begins with a copy of the message and its files; raises
        NotOfThisTicket. The message stays where it was."""
        this: Any = self
        if message.ticket_id not in this.family_ids() or message.side_id:
            raise NotOfThisTicket(message.pk)
        whole: Ticket = this
        ticket = type(whole).open(
            subject,
            by=by,
            now=now,
            customer=message.customer or whole.customer,
            team=whole.team,
            category=whole.category,
            channel=message.channel,
            told={"split_from": whole.number},
        )
        _copied(message, ticket)
        ticket.link(whole, kind=CHILD, by=by, now=now)
        whole.tell("ticket.split", by=by, now=now, number=ticket.number, message=message.pk)
        return ticket


def _copied(message: Message, ticket: Ticket) -> None:
    from hallom.tickets.models.message import Message

    fields = [field for field in Message._meta.concrete_fields if field.name not in _OWN]
    copy = Message(
        ticket=ticket, split_from=message, **{f.attname: getattr(message, f.attname) for f in fields}
    )
    copy.save()
    if message.direction == "in" and not message.is_automatic:
        type(ticket)._default_manager.filter(pk=ticket.pk).update(waiting_since=message.at)
        ticket.waiting_since = message.at
    addresses = {}
    for attachment in message.attachments.all():
        old = attachment.pk
        attachment.pk, attachment.message = None, copy
        attachment._state.adding = True
        attachment.save()
        addresses[f"/attachments/{old}/"] = f"/attachments/{attachment.pk}/"
    _follow_files(copy, addresses)


def _follow_files(copy: Message, addresses: dict[str, str]) -> None:
    """Pictures in the text are shown from the copy's own files: who may see this ticket may not see the other."""
    before = (copy.html, copy.quoted_html)
    for old, new in addresses.items():
        copy.html, copy.quoted_html = copy.html.replace(old, new), copy.quoted_html.replace(old, new)
    if (copy.html, copy.quoted_html) != before:
        copy.save(update_fields=["html", "quoted_html"])
