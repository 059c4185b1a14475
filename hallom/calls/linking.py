"""Whose call it is and what it is about."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from hallom.calls.models import Call
from hallom.customers import lookup, phone_number
from hallom.customers.models import Customer
from hallom.customers.region import default_region
from hallom.staff import permissions
from hallom.staff.models import User
from hallom.tickets.models import Channel, Status, Ticket
from hallom.tickets.status import UNFINISHED
from hallom.timeline.prepared import PreparedModels


def probable_customers(caller: str) -> list[Customer]:
    return lookup.by_phone(caller)


def shown_number(caller: str) -> str:
    """The caller's number as people write it; empty when it is hidden."""
    if phone_number.is_hidden(caller):
        return ""
    plain = caller.removeprefix("sip:").split("@")[0]
    return phone_number.shown(phone_number.e164(caller, default_region()) or plain)


def caller_name(call: Call) -> str:
    if call.customer is not None:
        return str(call.customer.name)
    return call.caller_name or shown_number(call.caller) or _("Hidden number")


def link_customer(call: str, customer: Customer | None) -> None:
    """Say whose call it is, unless somebody has said so already."""
    if customer is not None:
        Call.objects.filter(pk=call, customer=None).update(customer=customer)


@transaction.atomic
def link_ticket(call: str, ticket: Ticket, *, by: User | None, now: datetime) -> None:
    """The call is about this ticket. One that was opened only for this call and stayed empty is closed."""
    row = Call.objects.select_for_update(of=("self",)).select_related("ticket").get(pk=call)
    before = row.ticket
    if before is not None and before.pk == ticket.pk:
        return
    Call.objects.filter(pk=call).update(ticket=ticket, customer=ticket.customer or row.customer)
    ticket.link_call(call, by=by, now=now)
    if before is not None and _is_empty(before):
        before.close(by=by, now=now)


@transaction.atomic
def ticket_for(call: str, agent: User | None, now: datetime) -> Ticket:
    """The ticket the call is about: the one linked, else the customer's open one touched last, else a new one.

    Only one to which the agent may add a note: the ticket of another team would stay closed to whoever talks.
    """
    found = _CALL.objects(call)
    if not found:
        raise Call.DoesNotExist(call)
    row = found[0]
    if row.ticket is not None:
        return row.ticket
    ticket = open_ticket(row.customer, agent) if row.customer else None
    ticket = ticket or _opened(row, agent, now)
    link_ticket(call, ticket, by=agent, now=now)
    return ticket


def open_ticket(customer: Customer, agent: User | None) -> Ticket | None:
    unfinished: QuerySet[Ticket] = Ticket.objects.current().filter(customer=customer, status__in=UNFINISHED)
    if agent is not None:
        unfinished = permissions.visible(agent, unfinished, "ticket.note")
    return unfinished.order_by("-updated_at").first()


def _opened(call: Call, agent: User | None, now: datetime) -> Ticket:
    with translation.override(settings.LANGUAGE_CODE):
        who = call.customer.name if call.customer else shown_number(call.caller) or _("hidden number")
        subject = _("Call from %(who)s") % {"who": who}
    membership = agent.memberships.select_related("team").first() if agent else None
    return Ticket.open(
        subject[:200],
        by=None,
        now=now,
        customer=call.customer,
        owner=agent,
        team=membership.team if membership else None,
        channel=Channel.PHONE,
    )


_CALL = PreparedModels(Call, lambda call: Call.objects.filter(pk=call))


def _is_empty(ticket: Ticket) -> bool:
    opened_for_a_call = ticket.opened_by_id is None and ticket.status in (Status.NEW, Status.OPEN)
    if not opened_for_a_call or ticket.calls.exists():
        return False
    return not ticket.notes.exists() and not ticket.messages.exists()
