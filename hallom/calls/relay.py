"""The journal made into records, timeline and pushes: exactly once, in the order of the entries' ids.

Position, rows, timeline and NOTIFY share one transaction, so a crash repeats all of a batch or nothing. One switch
writes the journal from one connection: ids become visible in order, and what it had to keep aside during an outage
gets its ids when it is written at last. Folding sorts by id, so late entries land where the switch put them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from threading import Event as Signal
from typing import Any

import psycopg
import structlog
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    close_old_connections,
    connection,
    transaction,
)
from django.utils import timezone
from prometheus_client import Counter

from hallom.calls import ban_fold, promise_fold, records, situations, telling, trunk_fold
from hallom.calls.agent_fold import KINDS as AGENT_KINDS
from hallom.calls.agent_fold import fold_agent
from hallom.calls.call_record import CallRecord
from hallom.calls.fold import fold
from hallom.calls.models import JournalEntry, RelayPosition
from hallom.timeline import push
from hallom.timeline.journal import in_one_piece
from hallom.timeline.models import Event

log = structlog.get_logger(__name__)
ENTRIES = Counter("hallom_relay_journal_entries", "Journal entries made into records")

READER = "records"
BATCH = 500
POLL_SECONDS = 0.5
DATABASE_PAUSE_SECONDS = 0.5
# After a batch: one entry costs as many statements as fifty, and what a call does comes in bursts. A lone entry waits for nothing.
REST_SECONDS = 0.02


def run(stop: Signal, ready: Callable[[], None]) -> None:
    """Relay until `stop` is set; `ready` is called once the database has answered."""
    told_ready = False
    ear: psycopg.Connection[Any] | None = None
    while not stop.is_set():
        try:
            ear = ear or _listen()
            relayed = relay_batch(timezone.now())
            if not told_ready:
                ready()
                told_ready = True
            if not relayed:
                _wait(ear)
            elif relayed < BATCH:
                stop.wait(REST_SECONDS)
        except (DatabaseError, psycopg.Error):
            log.exception("calls_relay.database_lost")
            _hang_up(ear)
            ear = None
            connection.close()
            stop.wait(DATABASE_PAUSE_SECONDS)
        close_old_connections()
    _hang_up(ear)


def relay_batch(now: datetime) -> int:
    """Deal with up to BATCH new entries; returns how many."""
    try:
        return _relay(BATCH, now)
    except Exception as error:
        if _is_outage(error):
            raise
        # One bad entry must not stop every call after it: the others go through one by one.
        log.exception("calls_relay.batch_failed")
    return _relay_singly(now)


def _relay_singly(now: datetime) -> int:
    try:
        return _relay(1, now)
    except Exception as error:
        if _is_outage(error):
            raise
        position = RelayPosition.objects.get(reader=READER)
        entry = JournalEntry.objects.filter(id__gt=position.entry).order_by("id").first()
        if entry is None:
            return 0
        log.exception("calls_relay.entry_skipped", entry=entry.id, kind=entry.kind)
        RelayPosition.objects.filter(reader=READER).update(entry=entry.id)
        return 1


def _is_outage(error: Exception) -> bool:
    """What the database refuses for its content it will refuse again; everything else may pass."""
    return isinstance(error, DatabaseError) and not isinstance(error, (DataError, IntegrityError))


def _relay(limit: int, now: datetime) -> int:
    RelayPosition.objects.get_or_create(reader=READER)
    with transaction.atomic():
        position = RelayPosition.objects.select_for_update().get(reader=READER)
        entries = list(JournalEntry.objects.filter(id__gt=position.entry).order_by("id")[:limit])
        if not entries:
            return 0
        # What the folds record is written together: an INSERT for each was an eighth of all statements.
        with in_one_piece():
            topics = _fold_calls(entries, now) | _fold_agents(entries) | promise_fold.fold(entries)
            ban_fold.fold(entries)
            topics |= trunk_fold.fold(entries)
        position.entry = entries[-1].id
        position.save(update_fields=["entry"])
        _push(topics)
    ENTRIES.inc(len(entries))
    return len(entries)


def _fold_calls(entries: Sequence[JournalEntry], now: datetime) -> set[str]:
    found = {entry.call for entry in entries if entry.call}
    if not found:
        return set()
    topics: set[str] = set()
    by_call = refold(found, entries[-1].id, topics)
    for entry in entries:
        if entry.call in by_call:
            topics |= telling.tell(entry, by_call[entry.call], now)
    return topics


def refold(calls: Iterable[str], last: int, topics: set[str] | None = None) -> dict[str, CallRecord]:
    """Fold these calls anew from their journal up to entry `last` and write them; adds to `topics` what moved."""
    history: dict[str, list[JournalEntry]] = defaultdict(list)
    for entry in JournalEntry.objects.filter(call__in=list(calls), id__lte=last).order_by("id"):
        history[str(entry.call)].append(entry)
    folded = {call: fold(call, history[call]) for call in history}
    by_call = {call: record for call, record in folded.items() if record is not None}
    records.save_calls(list(by_call.values()))
    moved = situations.save(history)
    if topics is not None:
        topics |= moved
    return by_call


def _fold_agents(entries: Sequence[JournalEntry]) -> set[str]:
    by_agent: dict[int, list[JournalEntry]] = defaultdict(list)
    for entry in entries:
        agent = entry.agent if entry.agent is not None else entry.data.get("agent")
        if agent is not None and entry.kind in AGENT_KINDS:
            by_agent[agent].append(entry)
    if not by_agent:
        return set()
    before = records.load_agents(by_agent)
    records.save_agents({agent: fold_agent(before[agent], own) for agent, own in by_agent.items()})
    return {"wallboard", "queues"} | {f"desk-{agent}" for agent in by_agent}


def _push(topics: set[str]) -> None:
    newest = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
    push.notify(newest, topics)


def _listen() -> psycopg.Connection[Any]:
    parameters = connection.get_connection_params()
    parameters = {key: value for key, value in parameters.items() if key not in ("cursor_factory", "context")}
    ear: psycopg.Connection[Any] = psycopg.connect(**parameters, autocommit=True)
    ear.execute("LISTEN journal")
    return ear


def _wait(ear: psycopg.Connection[Any]) -> None:
    """Until the switch has written something; the poll is for a NOTIFY lost with a connection."""
    for _ in ear.notifies(timeout=POLL_SECONDS, stop_after=1):
        break


def _hang_up(ear: psycopg.Connection[Any] | None) -> None:
    if ear is not None:
        with suppress(psycopg.Error):
            ear.close()
