"""The one connection that may write the journal."""

import asyncio
import contextlib
from typing import Any

import psycopg
from psycopg import AsyncConnection

# Held by the one connection that writes. Any number will do, as long as nobody else takes it.
ONLY_WRITER = 0x48414C4C4F4D
# Over TCP: a backend whose client is gone without a word gives the lock up after some 11 s, not after two hours.
KEEP_ALIVE = "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3"


class JournalHeld(psycopg.OperationalError):
    """An earlier connection, or another switch, is not yet done with the journal."""


async def connect(database: str, seconds: float) -> AsyncConnection[Any]:
    """Raises psycopg.Error, JournalHeld among them, OSError and TimeoutError.

    The lock comes once the last backend is gone: until then rows of its last commit may still appear.
    """
    async with asyncio.timeout(seconds):
        connection = await AsyncConnection.connect(
            database, autocommit=True, application_name="hallom-switch"
        )
        try:
            await connection.execute(KEEP_ALIVE)
            cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", (ONLY_WRITER,))
            if await cursor.fetchone() != (True,):
                raise JournalHeld
        except BaseException:
            await discard(connection)
            raise
    return connection


async def discard(connection: AsyncConnection[Any]) -> None:
    with contextlib.suppress(psycopg.Error, OSError, TimeoutError):
        async with asyncio.timeout(1.0):
            await connection.close()
