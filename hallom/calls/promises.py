"""Promised calls as people deal with them: given, kept, refused, and settled when the time is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from hallom.calls import orders
from hallom.calls.models import Promise
from hallom.calls.orders import Outcome
from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.tickets.models import Ticket
from hallom.timeline.journal import record

# A month: what is promised for later is an appointment.
LONGEST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class About:
    """Whom to call and why; `call` is the one it was promised in."""

    number: str = ""
    name: str = ""
    why: str = ""
    call: str = ""
    customer: Customer | None = None
    ticket: Ticket | None = None


def give(
    maker: User,
    owner: User,
    about: About,
    *,
    deadline: datetime,
    now: datetime,
    kind: str = Promise.Kind.CALL_CUSTOMER,
) -> Outcome:
    """Order the switch to remember it; it does so in its journal before it answers."""
    if not now < deadline <= now + LONGEST:
        return Outcome(False, "wrong_time")
    return orders.give(
        maker.pk,
        "promise",
        kind=str(kind),
        agent=owner.pk,
        call=about.call,
        number=about.number,
        name=about.name,
        why=about.why,
        customer=about.customer.pk if about.customer else None,
        ticket=about.ticket.pk if about.ticket else None,
        seconds=max(int((deadline - now).total_seconds()), 1),
    )


def pending() -> QuerySet[Promise]:
    """Everything that somebody has still to do something about, the most pressing first."""
    return Promise.objects.filter(settled_at=None).select_related("owner", "maker", "customer")


def of(user: User | int) -> QuerySet[Promise]:
    """What the user, or who has this key, has to keep, and what he gave in others' names that was not kept."""
    his = Q(owner=user) & ~Q(outcome=Promise.Outcome.REFUSED)
    came_to_nothing = Q(outcome__in=(Promise.Outcome.EXPIRED, Promise.Outcome.REFUSED))
    return pending().filter(his | Q(maker=user) & came_to_nothing)


def is_his(promise: Promise, user: User) -> bool:
    return user.pk in (promise.owner_id, promise.maker_id)


def keep(promise: Promise, *, by: User, now: datetime) -> Outcome:
    """Whoever owes or gave it says that it is done."""
    if promise.outcome == Promise.Outcome.OPEN:
        return orders.give(by.pk, "keep_promise", promise=promise.pk)
    return settle(promise, Promise.Settlement.KEPT, by=by, now=now)


def refuse(promise: Promise, reason: str, *, by: User, now: datetime) -> Outcome:
    """The maker is told and sees it until he has settled it; what came to nothing before is no longer needed."""
    if promise.outcome == Promise.Outcome.OPEN:
        return orders.give(by.pk, "refuse_promise", promise=promise.pk, reason=reason[:300])
    return settle(promise, Promise.Settlement.DROPPED, by=by, now=now)


@transaction.atomic
def settle(promise: Promise, how: str, *, by: User, now: datetime) -> Outcome:
    """One that was not kept is not before people's eyes any more: somebody has seen to it."""
    waiting = Promise.objects.filter(pk=promise.pk, settled_at=None).exclude(outcome=Promise.Outcome.OPEN)
    if waiting.update(settled_at=now, settled_by=by, settlement=how) != 1:
        return Outcome(False, "no_such_promise")
    named = (("desk", promise.owner_id), ("desk", promise.maker_id), ("customer", promise.customer_id))
    record(
        "promise.settled",
        now=now,
        actor=by,
        customer=promise.customer_id,
        ticket=promise.ticket_id,
        call=promise.call,
        data={"promise": promise.pk, "how": how},
        topics=sorted({"wallboard"} | {f"{kind}-{key}" for kind, key in named if key is not None}),
    )
    return Outcome(True)
