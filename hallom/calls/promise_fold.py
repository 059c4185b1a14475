"""Promises of the journal written as rows, and told: to whom they were made, who keeps them, who gave them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from hallom.calls import linking
from hallom.calls.models import Call, Promise
from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.tickets.models import Ticket
from hallom.timeline.journal import record

# Ends of a promise after which somebody has the caller all the same: nobody needs to look after him.
LOOKED_AFTER = frozenset({"taken", "came_back"})


class Entry(Protocol):
    id: int
    at: datetime
    agent: int | None
    call: str | None
    kind: str
    data: Any


def fold(entries: Sequence[Entry]) -> set[str]:
    """In the relay's transaction, after the calls' rows; returns the topics that changed. Folding again changes nothing."""
    topics: set[str] = set()
    for entry in entries:
        act = ACTS.get(entry.kind)
        if act is not None:
            topics |= act(entry)
    return topics


def _made(entry: Entry) -> set[str]:
    data = entry.data
    call = Call.objects.filter(pk=entry.call or data.get("call") or "").first()
    ticket = _row(Ticket, data.get("ticket")) or (call.ticket_id if call else None)
    number = str(data.get("number") or "")
    customer = _row(Customer, data.get("customer")) or (call.customer_id if call else _probable(number))
    promise, is_new = Promise.objects.get_or_create(
        pk=str(data["id"]),
        defaults={
            "kind": str(data["kind"]),
            "owner_id": _row(User, data["owner"]),
            "maker_id": _row(User, data["by"]),
            "call": str(data.get("call") or ""),
            "customer_id": customer,
            "ticket_id": ticket,
            "name": str(data.get("name") or (call.caller_name if call and not customer else ""))[:300],
            "number": number[:128],
            "why": str(data.get("why") or "")[:300],
            "made_at": _moment(data["made_at"]),
            "deadline": _moment(data["deadline"]),
        },
    )
    return _tell(promise, entry, promise.maker_id) if is_new else set()


def _ripe(entry: Entry) -> set[str]:
    promise = _open(entry)
    if promise is None or promise.ripe_at is not None:
        return set()
    Promise.objects.filter(pk=promise.pk).update(ripe_at=entry.at)
    return _topics(promise)


def _ended(entry: Entry) -> set[str]:
    promise = _open(entry)
    if promise is None:
        return set()
    outcome, reason = entry.kind.removeprefix("promise."), str(entry.data.get("reason") or "")
    promise.outcome, promise.reason, promise.ended_at = outcome, reason[:300], entry.at
    if outcome == Promise.Outcome.KEPT or reason in LOOKED_AFTER or _own_end(promise):
        promise.settled_at = entry.at
    promise.save(update_fields=["outcome", "reason", "ended_at", "settled_at"])
    return _tell(promise, entry, promise.owner_id)


def _own_end(promise: Promise) -> bool:
    """Taken back by the one who had given it to himself."""
    return promise.outcome == Promise.Outcome.REFUSED and promise.maker_id == promise.owner_id


ACTS: dict[str, Callable[[Entry], set[str]]] = {
    "promise.made": _made,
    "promise.ripe": _ripe,
    "promise.kept": _ended,
    "promise.refused": _ended,
    "promise.expired": _ended,
}


def _open(entry: Entry) -> Promise | None:
    return Promise.objects.filter(pk=str(entry.data.get("promise", "")), outcome=Promise.Outcome.OPEN).first()


def _tell(promise: Promise, entry: Entry, actor: int | None) -> set[str]:
    topics = _topics(promise)
    record(
        entry.kind,
        now=entry.at,
        actor=actor,
        customer=promise.customer_id,
        ticket=promise.ticket_id,
        call=promise.call,
        data={"promise": promise.pk, "reason": promise.reason},
        topics=sorted(topics),
    )
    return topics


def _topics(promise: Promise) -> set[str]:
    named = (
        ("desk", promise.owner_id),
        ("desk", promise.maker_id),
        ("customer", promise.customer_id),
        ("ticket", promise.ticket_id),
    )
    return {"wallboard"} | {f"{kind}-{key}" for kind, key in named if key is not None}


def _row(model: Any, key: object) -> int | None:
    """The journal remembers rows that were deleted since."""
    found = model._default_manager.filter(pk=key).values_list("pk", flat=True).first() if key else None
    return None if found is None else int(found)


def _probable(number: str) -> int | None:
    found = linking.probable_customers(number) if number else []
    return found[0].pk if len(found) == 1 else None


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
