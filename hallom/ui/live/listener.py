"""Hears `NOTIFY push` of PostgreSQL, for as long as the process runs."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import psycopg
import structlog
from django.db import DEFAULT_DB_ALIAS, connections

log = structlog.get_logger(__name__)
SHORTEST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
QUIET_SECONDS = 15.0


def parameters() -> dict[str, Any]:
    """How to connect to the database that Django uses, without what only Django's own cursor understands."""
    given = dict(connections[DEFAULT_DB_ALIAS].get_connection_params())
    for unknown in ("cursor_factory", "context", "prepare_threshold", "server_side_binding"):
        given.pop(unknown, None)
    return given


class Listener:
    def __init__(
        self, heard: Callable[[str], None], *, came_back: Callable[[], None], connection: dict[str, Any]
    ) -> None:
        self._heard = heard
        self._came_back = came_back
        self._connection = connection
        self._failures = 0
        self._was_ready = False
        self.ready = asyncio.Event()

    async def run(self) -> None:
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                log.warning("push_listener_lost", error=type(error).__name__)
            self.ready.clear()
            pause = min(SHORTEST_PAUSE_SECONDS * 2**self._failures, LONGEST_PAUSE_SECONDS)
            self._failures = min(self._failures + 1, 10)
            await asyncio.sleep(pause * (0.5 + random.random() / 2))

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            **self._connection, autocommit=True, application_name="hallom live"
        )
        async with connection:
            await connection.execute("LISTEN push")
            if self._was_ready:
                self._came_back()
            self._was_ready = True
            self._failures = 0
            self.ready.set()
            while True:
                async for notice in connection.notifies(timeout=QUIET_SECONDS):
                    self._heard(notice.payload)
                # Silence may be a dead connection that only a question finds out about.
                async with asyncio.timeout(QUIET_SECONDS):
                    await connection.execute("SELECT 1")
