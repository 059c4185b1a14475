"""An agent calls somebody: what was typed is read and asked about before his telephone rings."""

from datetime import datetime
from typing import Any

from django.db import transaction

from hallom.calls import key_file, orders, sealed_keys, toll_rules, toll_usage
from hallom.calls.extensions import house_extensions
from hallom.calls.orders import Outcome
from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.switch.destination import DestinationKind
from hallom.switch.numbers import Sort, Unreadable, dialled, without_keys
from hallom.switch.toll import Caller, Refused, Rules, Way
from hallom.tickets.models import Ticket
from hallom.timeline.journal import record

# How a refusal of the toll policy is told apart from one of the switch in `Outcome.error`.
TOLL = "toll:"


def dial(
    agent_id: int,
    typed: str,
    *,
    now: datetime,
    customer: Customer | None = None,
    ticket: Ticket | None = None,
    promise: str = "",
    caller_number: str = "",
) -> Outcome:
    """His own telephone rings first, then the other side. `promise` is the id of the one that this call keeps.

    The error of a number that may not be called is `toll:<code>`; `calls/refusals.py: words(code, outcome.args)` tells it.
    """
    rules = toll_rules.load(now, extensions=[one.number for one in house_extensions()])
    called = dialled(typed, rules.plan)
    refused = _refused(rules, typed, agent_id, now=now, promise=promise, caller_number=caller_number)
    if isinstance(called, Unreadable) or refused is not None:
        refusal = refused or Refused("malformed")
        note_refusal(agent_id, typed, refusal, now=now, customer=customer, ticket=ticket)
        return Outcome(False, f"{TOLL}{refusal.code}", dict(refusal.words))
    behind: dict[str, Any] = {}
    if called.post_dial:
        behind = {"sealed": sealed_keys.seal(key_file.phone_key(), called.post_dial)}
    kind = DestinationKind.EXTENSION if called.sort is Sort.EXTENSION else DestinationKind.OUTSIDE
    return orders.give(
        agent_id,
        "dial",
        to=f"{kind}:{called.number}",
        customer=customer.pk if customer else None,
        ticket=ticket.pk if ticket else None,
        promise=promise,
        caller_number=caller_number,
        **behind,
    )


def press(agent_id: int, call: str, digits: str) -> Outcome:
    """Send keys to the other side of a call he talks in; they stand nowhere in clear."""
    return orders.give(agent_id, "digits", call=call, sealed=sealed_keys.seal(key_file.phone_key(), digits))


def _refused(
    rules: Rules, typed: str, agent_id: int, *, now: datetime, promise: str, caller_number: str
) -> Refused | None:
    """What the switch would say once his telephone has rung, said before it rings."""
    way = Way.PROMISE if promise else Way.DIAL
    caller = Caller(agent_id, is_signed_in=True, way=way, caller_number=caller_number)
    _called, decision = rules.ask(typed, caller, toll_usage.of_agent(agent_id, rules, now), now.timestamp())
    return decision if isinstance(decision, Refused) else None


@transaction.atomic
def note_refusal(
    agent_id: int,
    typed: str,
    refusal: Refused,
    *,
    now: datetime,
    way: Way = Way.DIAL,
    customer: Customer | None = None,
    ticket: Ticket | None = None,
) -> None:
    """On the timeline, so that it can be asked later who tried to call whom."""
    record(
        "call.refused",
        now=now,
        actor=User.objects.filter(pk=agent_id).first(),
        customer=customer,
        ticket=ticket,
        data={
            "code": refusal.code,
            "words": dict(refusal.words),
            "number": without_keys(typed)[:64],
            "way": str(way),
        },
        topics=["calls"],
    )
