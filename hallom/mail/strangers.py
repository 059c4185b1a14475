"""What becomes of a stranger's mail about a ticket: somebody who may answer there says so with one click."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from hallom.mail import envelope, filing, placing, senders
from hallom.mail.automatic import automatic_of
from hallom.mail.house import house
from hallom.mail.models import IncomingMail, Progress
from hallom.mail.placing import Mail
from hallom.mail.settling import Fate
from hallom.staff.models import User
from hallom.storage import blobs
from hallom.tickets.models import Ticket
from hallom.timeline.journal import record


class Decided(Exception):
    """Somebody else was faster."""


class TicketDeleted(Exception):
    """Nobody would see the mail there; it waits on."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__(ticket.number)
        self.ticket = ticket


def waiting(ticket: Ticket) -> list[IncomingMail]:
    """Mails of strangers about the ticket, oldest first."""
    rows = IncomingMail.objects.filter(progress=Progress.STRANGER, ticket__in=ticket.family_ids())
    return list(rows.order_by("id"))


def admit(incoming: IncomingMail, *, by: User, now: datetime, remember: bool = False) -> Ticket:
    """The mail belongs to the ticket; ``remember``: the address is the customer's own from now on. Raises Decided,
    TicketDeleted."""
    mail = _mail(incoming, now)
    with transaction.atomic():
        row = _locked(incoming)
        ticket = _shown(row)
        if ticket.deleted_at is not None:
            raise TicketDeleted(ticket)
        if remember and ticket.customer and mail.sender:
            senders.add_address(ticket.customer, mail.sender.key, by=by, now=now)
        fate = placing.join(mail, ticket, placing.side_of(mail, ticket))
        _settle(row, fate, "mail.stranger_admitted", by=by, now=now)
    return ticket


def turn_away(incoming: IncomingMail, *, by: User, now: datetime) -> Ticket:
    """The mail gets a ticket of its own, and a customer of its own if nobody has the address. Raises Decided."""
    mail = _mail(incoming, now)
    with transaction.atomic():
        row = _locked(incoming)
        suspected = _shown(row)
        fate = placing.open_ticket(mail)
        _settle(row, fate, "mail.stranger_turned_away", by=by, now=now)
        record(
            "mail.stranger_gone",
            now=now,
            actor=by,
            ticket=suspected,
            data={"mail": row.pk},
            topics=[suspected.topic],
        )
        if fate.ticket is None:
            raise Decided
    return fate.ticket


def _mail(incoming: IncomingMail, now: datetime) -> Mail:
    """Read anew, outside of the transaction: reading may take its time."""
    parsed = envelope.read(incoming, blobs.read(incoming.raw))
    ours = house()
    sender = senders.sender_of(parsed, ours.book)
    return Mail(incoming, parsed, ours, sender, automatic_of(parsed, keys=ours.keys), now)


def _locked(incoming: IncomingMail) -> IncomingMail:
    rows = IncomingMail.objects.select_for_update(of=("self",)).filter(
        pk=incoming.pk, progress=Progress.STRANGER
    )
    row = rows.select_related("ticket").first()
    if row is None:
        raise Decided
    return row


def _shown(row: IncomingMail) -> Ticket:
    """The ticket that shows it, held: nobody merges or deletes it meanwhile."""
    if row.ticket is None:
        raise Decided
    held = Ticket.objects.select_for_update(no_key=True)
    ticket = held.get(pk=row.ticket.root().pk)
    while ticket.merged_into_id is not None:
        ticket = held.get(pk=ticket.merged_into_id)
    return ticket


def _settle(row: IncomingMail, fate: Fate, kind: str, *, by: User, now: datetime) -> None:
    row.progress, row.reason, row.ticket, row.message = fate.progress, fate.reason, fate.ticket, fate.message
    row.is_automatic, row.decided_by, row.decided_at = fate.is_automatic, by, now
    if fate.learned:
        filing.learn(fate.learned)
    row.save(
        update_fields=["progress", "reason", "ticket", "message", "is_automatic", "decided_by", "decided_at"]
    )
    topics = [fate.ticket.topic, "tickets"] if fate.ticket else ["tickets"]
    record(kind, now=now, actor=by, ticket=fate.ticket, data={"mail": row.pk}, topics=topics)
