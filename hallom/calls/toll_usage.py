"""What an agent has telephoned today, for whoever asks the toll policy before the switch does."""

from dataclasses import replace
from datetime import datetime

from hallom.calls.models import JournalEntry
from hallom.switch import toll_ledger
from hallom.switch.journal import JournalEntry as Entry
from hallom.switch.toll import Rules, Usage
from hallom.timeline.models import Event


def of_agent(agent: int, rules: Rules, now: datetime) -> Usage:
    """From the journal; attempts that were refused before any telephone rang are counted as well."""
    at = now.timestamp()
    midnight = datetime.fromtimestamp(toll_ledger.Ledger(rules.zone).midnight(at), now.tzinfo)
    made = JournalEntry.objects.filter(kind="dial.made", agent=agent, at__gte=midnight)
    calls = {entry.call for entry in made if entry.call}
    rows = JournalEntry.objects.filter(call__in=calls, kind__in=toll_ledger.KINDS).order_by("id")
    entries = (Entry(row.kind, row.at.timestamp(), row.call, row.agent, row.data) for row in rows)
    usage = toll_ledger.fold(entries, rules.zone).usage(agent, rules, at)
    return replace(usage, attempts=(*usage.attempts, *_refused(agent, rules, now)))


def _refused(agent: int, rules: Rules, now: datetime) -> list[float]:
    seconds = rules.policy_of(agent).attempts_seconds
    since = datetime.fromtimestamp(now.timestamp() - seconds, now.tzinfo)
    events = Event.objects.filter(kind="call.refused", actor_id=agent, at__gt=since)
    return [at.timestamp() for at in events.values_list("at", flat=True)]
