"""Mails that did not get through: what, to whom, why; and what one can do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from hallom.mail import delivery
from hallom.mail.compose import envelope_address
from hallom.mail.models import OutgoingMail, Recipient, RecipientState, SendState
from hallom.staff.models import User
from hallom.staff.permissions import visible
from hallom.tickets import outgoing
from hallom.tickets.models import Message, Ticket


def undelivered(user: User) -> QuerySet[OutgoingMail]:
    """Given up, refused by some or sent back, or late; of tickets the user may see, newest first, until somebody settles it."""
    missing = Recipient.objects.filter(mail=OuterRef("pk"), state__in=delivery.UNDELIVERED)
    late = Q(state=SendState.WAITING) & ~Q(problem="")
    over = Q(state__in=[SendState.SENT, SendState.FAILED]) & (Q(state=SendState.FAILED) | Exists(missing))
    rows = OutgoingMail.objects.filter(late | over, settled_at=None)
    rows = rows.filter(message__ticket__in=visible(user, Ticket.objects.all()))
    return with_details(rows.order_by("-created_at", "-pk"))


def with_details(rows: QuerySet[OutgoingMail]) -> QuerySet[OutgoingMail]:
    recipients = Prefetch("recipients", Recipient.objects.select_related("mail"))
    return rows.select_related(
        "message__ticket", "message__author", "mailbox", "settled_by"
    ).prefetch_related(recipients)


@transaction.atomic
def resend(
    mail: OutgoingMail, *, by: User, now: datetime, corrected: Mapping[int, str] | None = None
) -> None:
    """Once more to those who have not got it; ``corrected``: recipient id to another address. Raises CannotSend, Unwritable."""
    locked = (
        OutgoingMail.objects.select_for_update(of=("self",)).select_related("message__ticket").get(pk=mail.pk)
    )
    changed = {key: address.strip() for key, address in (corrected or {}).items()}
    if changed:
        _correct(locked, changed)
    outgoing.send(locked.message.ticket, locked.message, by=by, now=now)


@transaction.atomic
def settle(mail: OutgoingMail, *, by: User, now: datetime) -> bool:
    """Leave it at that: nothing more is tried, and the list shows it no longer."""
    waiting = (
        OutgoingMail.objects.select_for_update(of=("self",))
        .filter(pk=mail.pk, state=SendState.WAITING)
        .first()
    )
    if waiting is not None:
        if not waiting.problem:
            return False
        delivery.give_up(waiting, waiting.problem, now=now)
    rows = OutgoingMail.objects.filter(
        pk=mail.pk, settled_at=None, state__in=[SendState.SENT, SendState.FAILED]
    )
    if rows.update(settled_at=now, settled_by=by) != 1:
        return False
    mail.message.ticket.tell("ticket.delivery_settled", by=by, now=now, message=mail.message_id)
    return True


def _correct(mail: OutgoingMail, changed: Mapping[int, str]) -> None:
    message = mail.message
    for recipient in mail.recipients.filter(pk__in=changed).exclude(state=RecipientState.ACCEPTED):
        address = changed[recipient.pk]
        if address.casefold() == recipient.address.casefold():
            continue
        envelope_address(address)
        if mail.recipients.filter(address__iexact=address).exists():
            # Somebody who gets it anyway: the wrong one falls away.
            _rewrite(message, recipient.address, None)
            recipient.delete()
            continue
        _rewrite(message, recipient.address, address)
        recipient.address = address
        recipient.save(update_fields=["address"])
    message.save(update_fields=["to", "cc", "bcc"])
    # Composed anew: its To must not name the address that was wrong.
    mail.raw = None
    mail.save(update_fields=["raw"])


def _rewrite(message: Message, old: str, new: str | None) -> None:
    for place in ("to", "cc", "bcc"):
        setattr(message, place, list(_replaced(getattr(message, place), old, new)))


def _replaced(people: Iterable[dict[str, Any]], old: str, new: str | None) -> Iterable[dict[str, Any]]:
    for person in people:
        if person["address"].strip().casefold() != old.casefold():
            yield person
        elif new is not None:
            yield {**person, "address": new}
