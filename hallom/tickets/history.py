"""What tickets remember of a customer, for the customer's page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from hallom.customers.history import MOST, Line
from hallom.customers.joined_rows import JoinedModels
from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.staff.permissions import can, visible
from hallom.tickets.by_rights import ByRights
from hallom.tickets.conversation import CHANNELS
from hallom.tickets.models import Channel, Direction, Message, Ticket
from hallom.tickets.sight import CURRENT
from hallom.timeline.prepared import PreparedRows


@dataclass(frozen=True, slots=True)
class Seen:
    tickets: JoinedModels[Ticket]
    messages: PreparedRows


def _composed(user: User) -> Seen:
    seen = visible(user, Ticket.objects.all())
    # What was said in a ticket that is part of another now was said all the same.
    kept = seen.filter(spam_at=None, deleted_at=None)
    return Seen(
        JoinedModels(
            Ticket,
            lambda customer: (
                seen.filter(CURRENT, customer=customer)
                .select_related("status_name")
                .order_by("-created_at")[:MOST]
            ),
        ),
        PreparedRows(
            lambda customer: (
                Message.objects.filter(ticket__in=kept.filter(customer=customer))
                .order_by("-at")
                .values_list("at", "channel", "direction", "body", "ticket__number")[:MOST]
            )
        ),
    )


_seen = ByRights(_composed)


def lines(customer: Customer, user: User) -> Iterator[Line]:
    if not can(user, "ticket.view"):
        return
    seen = _seen(user)
    for ticket in seen.tickets.objects(customer.pk):
        detail = f"#{ticket.number} · {ticket.status_label}"
        yield Line(ticket.created_at, "ticket", ticket.subject, detail, ticket.get_absolute_url())
    for message in seen.messages(customer.pk):
        yield _said(*message)


def _said(at: datetime, channel: str, direction: str, body: str, ticket: int) -> Line:
    inward = direction == Direction.IN
    title = _("From the customer: %(channel)s") if inward else _("To the customer: %(channel)s")
    return Line(
        at,
        CHANNELS.get(channel, channel),
        title % {"channel": Channel(channel).label},
        body[:160],
        reverse("tickets:ticket", args=[ticket]),
    )
