"""A supervisor with a colleague: listening, whispering, talking along, taking over, deciding what somebody is."""

from datetime import datetime

from django.db import transaction

from hallom.calls import orders
from hallom.calls.models import Call, JournalEntry
from hallom.calls.orders import Outcome
from hallom.staff.models import User
from hallom.switch.call import WatchMode
from hallom.timeline.journal import record

MODES = tuple(str(mode) for mode in WatchMode)
# A state lasts for few entries of its agent; before them he wished for it, or somebody for him.
_LATEST = 12
# The switch writes who did it right after what came of it.
_NEXT = (1, 2)


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


def forced_by(agent: User) -> int | None:
    """Who put the agent into the state in which he is, at once or for after his call; None when he did so himself."""
    latest = JournalEntry.objects.filter(agent=agent.pk, kind="agent.changed").order_by("-id")[:_LATEST]
    after = [entry.id + step for entry in _that_led_there(list(latest)) for step in _NEXT]
    forced = JournalEntry.objects.filter(pk__in=after, agent=agent.pk, kind="agent.forced").last()
    return None if forced is None else int(forced.data["by"])


def _that_led_there(latest: list[JournalEntry]) -> list[JournalEntry]:
    """Of the entries of one agent, newest first: those of his state, and those before them that wished for it."""
    states = [(str(one.data["state"]), str(one.data.get("reason") or "")) for one in latest]
    run = next((n for n, one in enumerate(states) if one != states[0]), len(states))
    for n, entry in enumerate(latest[run:], run):
        wish = entry.data.get("next") or {}
        if (wish.get("state"), wish.get("reason") or "") != states[0]:
            return latest[:n]
    return latest
