"""A supervisor with a colleague: listening, whispering, talking along, taking over, deciding what somebody is."""

from datetime import datetime

from django.db import transaction

from hallom.calls import orders
from hallom.calls.models import Call
from hallom.calls.orders import Outcome
from hallom.staff.models import User
from hallom.switch.call import WatchMode
from hallom.timeline.journal import record

MODES = tuple(str(mode) for mode in WatchMode)


def watch(call: Call, mode: str, *, by: User) -> Outcome:
    """Rings the supervisor's own telephone, or changes how he is there; `of` keeps it to the agent who was asked about."""
    if mode not in MODES:
        return Outcome(False, "not_now")
    return orders.give(by.pk, mode, call=call.pk, of=call.agent_id)


def leave(call: Call, *, by: User) -> Outcome:
    return orders.give(by.pk, "leave", call=call.pk)


def force(agent: User, state: str, reason: str, *, by: User, now: datetime) -> Outcome:
    outcome = orders.give(by.pk, "force_state", agent=agent.pk, state=state, reason=reason)
    if outcome.ok:
        with transaction.atomic():
            record(
                "agent.forced",
                now=now,
                actor=by,
                data={"user": agent.pk, "state": state, "reason": reason},
                topics=["wallboard", f"desk-{agent.pk}"],
            )
    return outcome
