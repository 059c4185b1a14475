"""What a new journal entry means to people: timeline, links to customer and ticket, and whom to tell."""

from collections.abc import Callable
from datetime import datetime, timedelta

from hallom.calls import linking
from hallom.calls.call_record import CallRecord
from hallom.calls.models import Call, Direction, JournalEntry
from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.tickets.models import Ticket
from hallom.timeline.journal import record as record_event

ROOM = {"queues", "wallboard", "calls"}
# So long after a call rang at an agent in vain he is told who has it now.
TAKER_SECONDS = 60
# Kinds nobody's screen shows.
SILENT = {"leg.opened", "leg.invited", "leg.quality", "leg.changed", "music.started", "queue.announced"}


def tell(entry: JournalEntry, record: CallRecord, now: datetime) -> set[str]:
    """Write what the entry means to people; returns the topics that changed."""
    if entry.kind in SILENT:
        return set()
    act = ACTS.get(entry.kind)
    if act is not None:
        act(entry, record)
    return ROOM | {f"desk-{agent}" for agent in _concerned(entry, record)}


def _concerned(entry: JournalEntry, record: CallRecord) -> set[int]:
    agents = {entry.agent, entry.data.get("agent"), record.agent, record.placed_by}
    if entry.kind == "offer.accepted":
        agents |= _rung_in_vain(record, entry.at)
    elif entry.kind == "transfer.started":
        # What rang for the one who asked rings for the customer from here on.
        agents |= {one.agent for one in record.offers.values() if one.ended_at is None}
    return {agent for agent in agents if agent is not None}


def _rung_in_vain(record: CallRecord, now: datetime) -> set[int]:
    since = now - timedelta(seconds=TAKER_SECONDS)
    return {one.agent for one in record.offers.values() if one.ended_at and one.ended_at >= since}


def _arrived(entry: JournalEntry, record: CallRecord) -> None:
    probable = linking.probable_customers(record.caller)
    customer = probable[0] if len(probable) == 1 else None
    linking.link_customer(record.id, customer)
    record_event(
        "call.arrived",
        now=entry.at,
        customer=customer,
        call=record.id,
        data={"contact": "phone", "direction": "in", "number": record.number, "caller": record.caller},
        topics=_topics(None, customer.pk if customer else None),
    )


def _placed(entry: JournalEntry, record: CallRecord) -> None:
    """Somebody of the house calls: the customer and the ticket he chose, else whose number it is."""
    if record.direction == Direction.INTERNAL:
        return
    agent = User.objects.filter(pk=entry.data["by"]).first()
    customer = Customer.objects.filter(pk=entry.data.get("customer")).first()
    if customer is None:
        probable = linking.probable_customers(record.caller)
        customer = probable[0] if len(probable) == 1 else None
    linking.link_customer(record.id, customer)
    ticket = Ticket.objects.filter(pk=entry.data.get("ticket")).first()
    if ticket is not None:
        linking.link_ticket(record.id, ticket, by=agent, now=entry.at)
    record_event(
        "call.placed",
        now=entry.at,
        actor=agent,
        customer=customer,
        ticket=ticket,
        call=record.id,
        data={"contact": "phone", "direction": "out", "number": record.caller},
        topics=_topics(ticket.pk if ticket else None, customer.pk if customer else None),
    )


def _refused(entry: JournalEntry, record: CallRecord) -> None:
    """Who wanted to call whom, and why it was not let out."""
    call = Call.objects.only("customer_id", "ticket_id").get(pk=record.id)
    data = entry.data
    record_event(
        "call.refused",
        now=entry.at,
        actor=data.get("by") or None,
        customer=call.customer_id,
        ticket=call.ticket_id,
        call=record.id,
        data={
            "code": data.get("code"),
            "words": dict(data.get("words") or {}),
            "number": str(data.get("number") or "")[:64],
            "way": data.get("purpose", "transfer"),
        },
        topics=_topics(call.ticket_id, call.customer_id),
    )


def _bridged(entry: JournalEntry, record: CallRecord) -> None:
    if record.bridged_at != entry.at or record.direction == Direction.INTERNAL:
        return
    agent = User.objects.filter(pk=record.agent).first() if record.agent is not None else None
    ticket = linking.ticket_for(record.id, agent, entry.at)
    record_event(
        "call.answered",
        now=entry.at,
        actor=agent,
        customer=ticket.customer_id,
        ticket=ticket,
        call=record.id,
        data={"wait_seconds": record.wait_seconds},
        topics=_topics(ticket.pk, ticket.customer_id),
    )


def _ended(entry: JournalEntry, record: CallRecord) -> None:
    call = Call.objects.only("customer_id", "ticket_id", "agent_id").get(pk=record.id)
    record_event(
        "call.ended",
        now=record.ended_at or entry.at,
        actor=call.agent_id,
        customer=call.customer_id,
        ticket=call.ticket_id,
        call=record.id,
        data={
            "outcome": record.outcome,
            "by": record.ended_by,
            "talk_seconds": round(record.talk_seconds, 3),
            "wait_seconds": record.wait_seconds,
        },
        topics=_topics(call.ticket_id, call.customer_id),
    )


def _watched(entry: JournalEntry, record: CallRecord) -> None:
    """Who listened to whom is nobody's secret in the house."""
    call = Call.objects.only("customer_id", "ticket_id").get(pk=record.id)
    is_taken = entry.kind == "call.taken_over"
    record_event(
        "call.watched",
        now=entry.at,
        actor=entry.data.get("agent", entry.agent),
        customer=call.customer_id,
        ticket=call.ticket_id,
        call=record.id,
        data={
            "of": entry.data.get("from" if is_taken else "of"),
            "mode": "take_over" if is_taken else entry.data.get("mode"),
        },
        topics=_topics(call.ticket_id, call.customer_id),
    )


def _topics(ticket: int | None, customer: int | None) -> list[str]:
    named = [("ticket", ticket), ("customer", customer)]
    return sorted(ROOM | {f"{kind}-{key}" for kind, key in named if key is not None})


ACTS: dict[str, Callable[[JournalEntry, CallRecord], None]] = {
    "call.arrived": _arrived,
    "call.placed": _placed,
    "dial.refused": _refused,
    "transfer.refused": _refused,
    "call.bridged": _bridged,
    "call.ended": _ended,
    "watch.joined": _watched,
    "watch.changed": _watched,
    "call.taken_over": _watched,
}
