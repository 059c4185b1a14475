"""Strangers' mails in the stream of the ticket they write about, with the question what to do with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from hallom.mail.models import IncomingMail, Progress
from hallom.staff.models import User
from hallom.staff.permissions import can
from hallom.tickets.conversation import Entry
from hallom.tickets.models import Ticket
from hallom.timeline.prepared import PreparedRows, of_several

MOST = 20


@dataclass(frozen=True, slots=True)
class Stranger:
    """What the banner shows; ``customer`` is whose address it may become."""

    pk: int
    name: str
    address: str
    subject: str
    excerpt: str
    at: datetime
    customer: str
    may_decide: bool
    template: str = "mail/_stranger.html"


_WAITING = PreparedRows(
    lambda one, two, three, four: (
        IncomingMail.objects.filter(ticket__in=(one, two, three, four), progress=Progress.STRANGER)
        .order_by("id")
        .values_list("pk", "from_name", "from_address", "subject", "excerpt", "received_at")[:MOST]
    )
)


def strangers_of(ticket: Ticket, user: User) -> Iterator[Entry]:
    waiting = sorted(of_several(_WAITING, ticket.family_ids()))
    for pk, name, address, subject, excerpt, at in waiting:
        customer = ticket.customer.name if ticket.customer else ""
        may_decide = can(user, "ticket.change", ticket)
        # At the end, where the agent looks, until somebody has decided.
        yield Entry(
            timezone.now(), "part", Stranger(pk, name, address, subject, excerpt, at, customer, may_decide)
        )
