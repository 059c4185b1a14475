"""What tickets remember of a customer, for the customer's page."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from hallom.customers.history import MOST, Line
from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.staff.permissions import visible
from hallom.tickets.conversation import CHANNELS
from hallom.tickets.models import Direction, Message, Ticket


def lines(customer: Customer, user: User) -> Iterator[Line]:
    tickets = visible(user, Ticket.objects.filter(customer=customer))
    for ticket in tickets.order_by("-created_at")[:MOST]:
        detail = f"#{ticket.number} · {ticket.get_status_display()}"
        yield Line(ticket.created_at, "ticket", ticket.subject, detail, ticket.get_absolute_url())
    messages = Message.objects.filter(ticket__in=tickets).select_related("ticket", "author")
    for message in messages.order_by("-at")[:MOST]:
        yield _said(message)


def _said(message: Message) -> Line:
    channel = CHANNELS.get(message.channel, message.channel)
    inward = message.direction == Direction.IN
    title = _("From the customer: %(channel)s") if inward else _("To the customer: %(channel)s")
    return Line(
        message.at,
        channel,
        title % {"channel": message.get_channel_display()},
        message.body[:160],
        message.ticket.get_absolute_url(),
    )
