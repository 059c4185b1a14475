"""Mail that waits for somebody's decision: of strangers, and what did not reach whom it should."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from hallom.mail import delivery
from hallom.mail.models import IncomingMail, Progress, Recipient, SendState
from hallom.staff.models import User
from hallom.staff.permissions import can, visible
from hallom.tickets import worklist
from hallom.tickets.models import Ticket

STRANGERS, UNDELIVERED = "strangers_waiting", "undelivered_waiting"
ACT = "ticket.change"


def strangers(user: User) -> QuerySet[IncomingMail]:
    """About tickets the user may decide about, oldest first."""
    rows = IncomingMail.objects.filter(progress=Progress.STRANGER, ticket__in=_tickets(user))
    return rows.select_related("ticket__customer").order_by("id")


def undelivered(user: User) -> QuerySet[Recipient]:
    """Recipients whom a mail did not reach, until somebody settles it; of tickets the user may act on."""
    rows = Recipient.objects.filter(state__in=delivery.UNDELIVERED, mail__settled_at=None)
    over = Q(mail__state__in=[SendState.SENT, SendState.FAILED])
    return rows.filter(over, mail__message__ticket__in=_tickets(user))


def number(user: User) -> int:
    """What the rail says."""
    if not can(user, ACT):
        return 0
    return worklist.count_of(user, STRANGERS) + worklist.count_of(user, UNDELIVERED)


def _tickets(user: User) -> QuerySet[Ticket]:
    return visible(user, Ticket.objects.all(), ACT)
