"""The way of a message into the post: rows in the transaction that made the message, and out of them again."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from hallom.mail import loops
from hallom.mail.compose import Unwritable, envelope_address
from hallom.mail.keys import token_keys
from hallom.mail.models import (
    IncomingMail,
    KnownId,
    Mailbox,
    OutgoingMail,
    Recipient,
    RecipientState,
    SendState,
)
from hallom.mail.sending_letter import token_of
from hallom.mail.tokens import make_message_id
from hallom.staff.models import User
from hallom.tickets.models import Message, Ticket
from hallom.tickets.outgoing import CannotSend


class EmailSender:
    """The channel "email" of `hallom.tickets.outgoing`."""

    def queue(self, message: Message, at: datetime, *, via: int | None = None) -> None:
        """Raises CannotSend: no_way_out, sender, address, loop. ``via``: a mailbox, instead of the usual one."""
        waiting = OutgoingMail.objects.select_for_update(of=("self",)).filter(message=message).first()
        if waiting is not None:
            _again(waiting, at)
            return
        mailbox = mailbox_of(message) if via is None else _chosen(message, via)
        if mailbox is None:
            raise CannotSend("no_way_out")
        recipients = list(_recipients(message))
        if message.is_automatic:
            _check_loop(message, recipients, timezone.now())
        mail = _mail(message, mailbox, at)
        for recipient in recipients:
            recipient.mail = mail
        Recipient.objects.bulk_create(recipients)
        KnownId.objects.create(
            identifier=mail.identifier,
            kind=KnownId.Kind.OURS,
            ticket_id=message.ticket_id,
            side_id=message.side_id,
            message=message,
        )

    def recall(self, message: Message) -> bool:
        # Sent again, it may have reached some already: those words cannot be unsaid.
        rows = OutgoingMail.objects.filter(
            message=message, state=SendState.WAITING, attempts=0, sent_at=None, maybe_twice=False
        )
        if rows.update(state=SendState.RECALLED) != 1:
            return False
        KnownId.objects.filter(message=message, kind=KnownId.Kind.OURS).delete()
        return True


def ways(ticket: Ticket, user: User) -> list[tuple[int, str]]:
    """The mailboxes an answer of this ticket may be sent from: everybody's, of the user's teams, of the ticket's."""
    return [(one.pk, f"{one.display_name or one.name} <{one.address}>") for one in _usable(ticket, user)]


def _usable(ticket: Ticket, user: User) -> QuerySet[Mailbox]:
    theirs = Q(team=None) | Q(team__in=user.team_ids) | Q(team=ticket.team_id)
    return Mailbox.objects.filter(theirs, is_active=True).exclude(smtp_host="").order_by("name")


def _chosen(message: Message, key: int) -> Mailbox:
    author = message.author
    found = _usable(message.ticket, author).filter(pk=key).first() if author is not None else None
    if found is None:
        raise CannotSend("sender")
    return found


def mailbox_of(message: Message) -> Mailbox | None:
    """Whose address it comes from: the mailbox this thread came in by, or last went out by; the team's; the default."""
    usable = Mailbox.objects.filter(is_active=True).exclude(smtp_host="")
    family = message.ticket.family_ids()
    thread = {"message__ticket__in": family, "message__side": message.side_id}
    incoming = IncomingMail.objects.filter(**thread, mailbox__in=usable).order_by("-message__at")
    outgoing = OutgoingMail.objects.filter(**thread, mailbox__in=usable).order_by("-message__at")
    found = (
        incoming.values_list("mailbox", flat=True).first()
        or outgoing.values_list("mailbox", flat=True).first()
    )
    if found is not None:
        return usable.get(pk=found)
    of_team = usable.filter(team=message.ticket.team_id) if message.ticket.team_id else usable.none()
    return of_team.first() or usable.order_by(F("is_default").desc(), "pk").first()


def _check_loop(message: Message, recipients: list[Recipient], now: datetime) -> None:
    """Whatever a rule asks for, no machine of ours writes to one address without end."""
    for recipient in recipients:
        if loops.counts(recipient.address, message.ticket_id, now=now).are_too_many:
            raise CannotSend("loop")


def _mail(message: Message, mailbox: Mailbox, at: datetime) -> OutgoingMail:
    domain = envelope_address(mailbox.address).rpartition("@")[2]
    identifier = make_message_id(domain, token_of(message), token_keys()[0], unique=secrets.token_hex(8))
    message.from_address, message.from_name = mailbox.address, mailbox.display_name or mailbox.name
    message.save(update_fields=["from_address", "from_name"])
    return OutgoingMail.objects.create(
        message=message,
        mailbox=mailbox,
        identifier=identifier,
        # RFC 3834 3.3: nobody answers a null sender, no machine and no bounce.
        envelope_from="" if message.is_automatic else envelope_address(mailbox.address),
        send_at=at,
        next_at=at,
        is_automatic=message.is_automatic,
        created_at=message.at,
    )


def _recipients(message: Message) -> Iterator[Recipient]:
    """Each address once, in the first of the three places it stands in."""
    known: set[str] = set()
    places = (
        (Recipient.Kind.TO, message.to),
        (Recipient.Kind.CC, message.cc),
        (Recipient.Kind.BCC, message.bcc),
    )
    for kind, people in places:
        for person in people:
            address = person["address"].strip()
            if address.casefold() in known:
                continue
            known.add(address.casefold())
            try:
                envelope_address(address)
            except Unwritable as problem:
                raise CannotSend(problem.code) from None
            yield Recipient(address=address, name=person.get("name", "")[:200], kind=kind)


def _again(mail: OutgoingMail, at: datetime) -> None:
    """Handed over once more: those who have it already get it no second time."""
    if mail.state not in (SendState.FAILED, SendState.SENT):
        raise CannotSend("status")
    left = mail.recipients.exclude(state=RecipientState.ACCEPTED)
    if not left.update(state=RecipientState.WAITING, status="", diagnostic="", at=None):
        raise CannotSend("nobody")
    mail.state, mail.send_at, mail.next_at, mail.attempts = SendState.WAITING, at, at, 0
    mail.problem, mail.settled_at, mail.settled_by = "", None, None
    mail.save()
