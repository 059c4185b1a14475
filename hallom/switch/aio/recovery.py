"""What the journal still knows of calls that have not ended, for a switch that starts."""

from collections.abc import Iterable
from typing import Any

import structlog
from psycopg import AsyncConnection

from hallom.switch.aio.ids import earliest_id, new_id
from hallom.switch.config import Config
from hallom.switch.core import Switch
from hallom.switch.journal import JournalEntry
from hallom.switch.toll import Rules
from hallom.switch.toll_ledger import KINDS, Ledger

CALLS_OUT = """
SELECT id, kind, extract(epoch FROM at)::float8, call, agent, data FROM switch_journal
WHERE call IN (SELECT call FROM switch_journal WHERE kind = 'dial.made' AND at >= to_timestamp(%s))
    AND kind = ANY(%s) ORDER BY id"""
# A call that was made before midnight may go on.
CALLS_OUT_SECONDS = 12 * 3600.0

logger = structlog.get_logger(__name__)

# A call that has been open longer than this is an error in the books, not a call.
LONGEST_CALL_SECONDS = 48 * 3600.0

# Both sides from indexes of their own: two days of 50,000 calls have 2.3 million entries.
OPEN_CALLS = """
SELECT begun.call FROM switch_journal begun
WHERE begun.call >= %s AND begun.kind IN ('call.arrived', 'call.placed') AND NOT EXISTS (
    SELECT FROM switch_journal ended
    WHERE ended.call = begun.call AND ended.kind IN ('call.ended', 'call.rejected'))"""
ENTRIES = """
SELECT id, kind, extract(epoch FROM at)::float8, call, agent, data FROM switch_journal WHERE call = ANY(%s)
UNION
SELECT newest.* FROM unnest(%s::int[]) AS wanted, LATERAL (
    SELECT id, kind, extract(epoch FROM at)::float8, call, agent, data FROM switch_journal
    WHERE agent = wanted AND kind = 'agent.changed' ORDER BY id DESC LIMIT 1) AS newest
ORDER BY 1"""


async def load(connection: AsyncConnection[Any], agents: Iterable[int], now: float) -> list[JournalEntry]:
    """All entries of the open calls and the last state of every agent, in the order of the journal."""
    earliest = earliest_id(now - LONGEST_CALL_SECONDS)
    calls = [row[0] for row in await (await connection.execute(OPEN_CALLS, (earliest,))).fetchall()]
    rows = await (await connection.execute(ENTRIES, (calls, list(agents)))).fetchall()
    return [JournalEntry(kind, at, call, agent, data) for _, kind, at, call, agent, data in rows]


async def calls_out(connection: AsyncConnection[Any], rules: Rules, now: float) -> list[JournalEntry]:
    """What today's calls to numbers outside have used up, for the caps of those who made them."""
    midnight = Ledger(rules.zone).midnight(now)
    since = midnight - CALLS_OUT_SECONDS
    rows = await (await connection.execute(CALLS_OUT, (since, sorted(KINDS)))).fetchall()
    return [JournalEntry(kind, at, call, agent, data) for _, kind, at, call, agent, data in rows]


def replay(config: Config, entries: list[JournalEntry]) -> Switch:
    """One call whose entries make no sense must not keep the switch from all the others."""
    try:
        return Switch.replay(config, entries, new_id=new_id)
    except Exception:
        logger.exception("recovery.replay_failed", entries=len(entries))
    broken = {call for call in {entry.call for entry in entries} if _is_broken(config, entries, call)}
    kept = [entry for entry in entries if entry.call not in broken]
    logger.error("recovery.calls_given_up", calls=sorted(call or "" for call in broken))
    return Switch.replay(config, kept, new_id=new_id)


def _is_broken(config: Config, entries: list[JournalEntry], call: str | None) -> bool:
    try:
        Switch.replay(config, [entry for entry in entries if entry.call == call], new_id=new_id)
    except Exception:
        logger.exception("recovery.call_unreadable", call=call)
        return True
    return False
