"""The first mail of a ticket is acknowledged: we have it, and this is its number. Never to machines, never in a circle."""

from __future__ import annotations

import structlog
from django.utils import timezone

from hallom.automation import replies
from hallom.automation.models import Acknowledgement
from hallom.mail import envelope, loops
from hallom.mail.automatic import why_not_answer
from hallom.mail.keys import token_keys
from hallom.mail.models import IncomingMail, OutgoingMail
from hallom.storage import blobs
from hallom.tickets import outgoing
from hallom.tickets.models import Channel, Direction, Message, Ticket
from hallom.tickets.outgoing import Answer, CannotSend
from hallom.tickets.persons import Person
from hallom.timeline.models import Event
from hallom.timeline.subscriber import Subscriber

log = structlog.get_logger(__name__)
# A relay that was away does not welcome yesterday's customers in the middle of a conversation.
TOO_LATE_HOURS = 12

# Cut off another ticket, or made from a template: its mail has been acknowledged, or there is none.
OPENED_BY_US = frozenset({"split_from", "template"})


def acknowledge(event: Event) -> None:
    """Safe to be called again for the same event."""
    if not event.data.keys().isdisjoint(OPENED_BY_US):
        return
    ticket = Ticket.objects.select_related("customer", "team").filter(pk=event.ticket_id or 0).first()
    if ticket is None or ticket.channel != Channel.EMAIL:
        return
    first = _first_mail(ticket)
    if first is None:
        return
    rule = Acknowledgement.objects.filter(
        mailbox=first.mailbox, is_active=True, template__is_active=True
    ).first()
    if rule is None:
        return
    reason = _why_not(first, ticket, event)
    if reason is None:
        reason = _send(rule, ticket, first)
    if reason:
        log.info("acknowledgement.not_sent", ticket=ticket.pk, reason=reason)


def _first_mail(ticket: Ticket) -> IncomingMail | None:
    rows = IncomingMail.objects.select_related("mailbox", "raw", "message").filter(message__ticket=ticket)
    return (
        rows.filter(message__direction=Direction.IN, message__side=None).order_by("message__at", "pk").first()
    )


def _why_not(mail: IncomingMail, ticket: Ticket, event: Event) -> str | None:
    now = timezone.now()
    if mail.is_automatic or (mail.message and mail.message.is_automatic):
        return "automatic"
    if ticket.spam_at or ticket.deleted_at or ticket.merged_into_id:
        return "out_of_sight"
    if (now - event.at).total_seconds() > TOO_LATE_HOURS * 3600:
        return "too_late"
    if OutgoingMail.objects.filter(message__ticket=ticket).exists():
        return "answered"
    counted = loops.counts(mail.from_address, ticket.pk, now=now)
    return why_not_answer(envelope.read(mail, blobs.read(mail.raw)), counted, keys=token_keys())


def _send(rule: Acknowledgement, ticket: Ticket, mail: IncomingMail) -> str | None:
    """None when it is on its way."""
    message: Message | None = mail.message
    if message is None or not message.from_address:
        return "nobody"
    now = timezone.now()
    # Nobody is there to fill a gap: it is left out.
    _language, words = replies.filled(rule.template, ticket, None, now=now, mark_gaps=False)
    # RFC 3834 4: one address, that of From, and never Reply-To, which was written for people.
    to = (Person(message.from_address, message.from_name),)
    try:
        outgoing.send(
            ticket,
            Answer(html=words.html, to=to, subject=ticket.subject, is_automatic=True),
            by=None,
            now=now,
        )
    except CannotSend as problem:
        return problem.code
    return None


SUBSCRIBER = Subscriber("acknowledge", acknowledge, kinds=("ticket.opened",))
