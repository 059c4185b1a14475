"""What the journal still knows of calls that have not ended, for a switch that starts."""

from collections.abc import Iterable
from typing import Any

from psycopg import AsyncConnection

from hallom.switch.aio.ids import earliest_id
from hallom.switch.journal import JournalEntry

# A call that has been open longer than this is an error in the books, not a call.
LONGEST_CALL_SECONDS = 48 * 3600.0

OPEN_CALLS = """
SELECT call FROM switch_journal WHERE call >= %s GROUP BY call
HAVING bool_or(kind = 'call.arrived') AND NOT bool_or(kind IN ('call.ended', 'call.rejected'))"""
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
