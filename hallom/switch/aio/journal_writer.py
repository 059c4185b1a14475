"""Writes what the switch decided before the outside world hears of it: group commit, and a file when there is no database."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection

from hallom.switch.aio import metrics
from hallom.switch.aio.journal_batch import Batch, Work
from hallom.switch.aio.journal_connection import connect, discard
from hallom.switch.aio.journal_statements import COMPARED_ROWS, INSERT, INSERT_AND_ANSWER, INSERT_MISSING
from hallom.switch.aio.prepared import Prepared, Sent
from hallom.switch.aio.spool import Row, Spool, encode

logger = structlog.get_logger(__name__)

# A commit that takes longer than this is treated as an outage: callers must not wait for a disk.
COMMIT_SECONDS = 2.0
# Orders of pages wait for it: for ten seconds it is looked for often, which costs next to nothing.
RETRY_SECONDS = (*(0.1,) * 20, *(0.25,) * 32, 0.5, 1.0, 2.0)
DRAIN_SECONDS = 60.0
REFUSED = (psycopg.DataError, psycopg.IntegrityError)


@dataclass(slots=True)
class JournalWriter:
    """`hold`, `post` and `write` from the loop, `run` as a task that sees to whatever does not go through at once.

    `then` is called in the order of the works, whatever the database does; `on_written` when the task has written some.
    """

    database: str
    spool: Spool
    connection: AsyncConnection[Any] | None = None
    on_written: Callable[[], None] = lambda: None
    _waiting: list[Work] = field(default_factory=list)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _replies: list[dict[str, Any]] = field(default_factory=list)
    _idle: bool = True
    _flight: Batch | None = None
    _written: list[Batch] = field(default_factory=list)
    _answered_at: float = 0.0
    _retry_at: float = 0.0
    _failures: int = 0
    _insert: Prepared = field(default_factory=lambda: Prepared("journal_insert", INSERT))
    _insert_and_answer: Prepared = field(
        default_factory=lambda: Prepared("journal_insert_and_answer", INSERT_AND_ANSWER)
    )

    @property
    def is_spooling(self) -> bool:
        return self.connection is None

    def hold(self, work: Work) -> None:
        """Until the next `write`."""
        self._waiting.append(work)

    def post(self) -> None:
        """What is held goes to the database now; that it is there is seen by the next `post` or `write`. Never blocks."""
        if self._is_answered(0.0) and self._waiting and self._idle:
            self._send()

    def write(self, seconds: float) -> bool:
        """True when something was written and carried on. Blocks for `seconds` at most; `rest` has to follow."""
        is_free = self._is_answered(seconds if self._is_awaited else 0.0)
        if is_free and self._waiting and self._idle:
            # Before what is written is carried on: the database works meanwhile.
            self._send()
            if not self._written and self._is_awaited:
                self._is_answered(seconds)
        return self._catch_up()

    @property
    def _is_awaited(self) -> bool:
        """Something comes of what the database has. Nothing does of most of what tells how effects went."""
        return bool(self._waiting) or (self._flight is not None and self._flight.is_awaited)

    def rest(self, seconds: float) -> None:
        """Blocks. What is held is written meanwhile; what is written by then is for `write` to carry on, later `on_written`."""
        until = time.monotonic() + seconds
        self.post()
        while (left := until - time.monotonic()) > 0 and self._rests(left):
            self.post()
        if (batch := self._flight) is not None and batch.sent is not None and not batch.is_watched:
            batch.is_watched = True
            batch.sent.watch(partial(self._settled, batch, batch.sent), COMMIT_SECONDS)

    @property
    def has_written(self) -> bool:
        return bool(self._written)

    def _rests(self, seconds: float) -> bool:
        """False when the loop has to see to it."""
        if self._flight is None or self._flight.sent is None:
            if self._idle and not self._waiting:
                time.sleep(seconds)
            return False
        if self._flight.is_watched:
            self._flight.sent.rest(seconds)
            return False
        return self._is_answered(seconds)

    def _send(self) -> None:
        if self.connection is None or not self._knows_statements(self.connection):
            self._wake.set()
            return
        try:
            batch = self._batch()
        except (TypeError, ValueError):
            # What JSON cannot hold is a mistake of ours. The task stumbles over it too, and the process starts anew.
            self._wake.set()
            return
        if batch.is_empty:
            self._written.append(batch)
            return
        statement, value = self._statement(batch)
        batch.sent = statement.send(self.connection, value)
        self._idle, self._flight = False, batch
        # While the database has the group before, the next one waits for the disk, not for us.
        metrics.GROUP_SECONDS.observe(batch.began - max(batch.works[0].decided_at, self._answered_at))

    def _is_answered(self, seconds: float) -> bool:
        """False while the database has something that this is not watched for elsewhere."""
        batch = self._flight
        if batch is None or batch.sent is None or batch.is_watched:
            return True
        if not batch.sent.succeeds_within(seconds):
            return False
        self._flight, self._idle = None, True
        self._succeeded(batch)
        self._written.append(batch)
        return True

    def _settled(self, batch: Batch, sent: Sent) -> None:
        if sent.failure is not None:
            self._wake.set()
            return
        # What this leads to may be posted before all of it has been carried on.
        self._flight, self._idle = None, True
        self._succeeded(batch)
        self._written.append(batch)
        self.post()
        self._catch_up()
        _carry_on(self.on_written)

    def _succeeded(self, batch: Batch) -> None:
        self._replies = []
        self._answered_at = time.perf_counter()
        _count(batch)

    def _catch_up(self) -> bool:
        """Carry on what is written, in order; whether there was anything."""
        has_written = self.has_written
        for _ in range(len(self._written)):
            for work in self._written[0].works:
                if work.then is not None:
                    _carry_on(work.then)
            # Only now: effects that need no entry stay behind those that were decided before them.
            del self._written[0]
        return has_written

    def _batch(self) -> Batch:
        """All that waits, with the replies that an earlier batch could not bring home."""
        rows: list[Row] = [
            {"at": at, "call": call, "agent": agent, "kind": kind, "data": data}
            for work in self._waiting
            for kind, at, call, agent, data in work.entries
        ]
        text = encode(rows) if rows else ""
        replies = self._replies + [reply for work in self._waiting for reply in work.replies]
        batch = Batch(self._waiting, rows, text, encode(replies) if replies else "")
        self._waiting, self._replies = [], replies
        return batch

    def _knows_statements(self, connection: AsyncConnection[Any]) -> bool:
        return self._insert.is_known_to(connection) and self._insert_and_answer.is_known_to(connection)

    def _statement(self, batch: Batch) -> tuple[Prepared, str]:
        if not batch.replies:
            return self._insert, batch.text
        return self._insert_and_answer, f'{{"entries": {batch.text or "[]"}, "replies": {batch.replies}}}'

    @property
    def is_idle(self) -> bool:
        """Nothing is waiting for the disk: effects without entries may be carried out at once, in order."""
        return self._idle and not self._waiting and not self._written

    async def open(self) -> None:
        """First connection; what an earlier process could only spool goes in before anything is read.

        Raises psycopg.Error, JournalHeld among them, OSError and TimeoutError.
        """
        connection = await connect(self.database, COMMIT_SECONDS)
        try:
            await self._empty_spool(connection)
        except BaseException:
            await discard(connection)
            raise
        self.connection = connection

    async def run(self) -> None:
        while True:
            if not await self._woken():
                await self._reconnect()
                continue
            batch, self._flight = self._flight or self._batch(), None
            self._idle = False
            await self._make_durable(batch)
            self._written.append(batch)
            self._idle = True
            self.post()
            self._catch_up()
            _carry_on(self.on_written)
            if self.connection is None and time.monotonic() >= self._retry_at:
                await self._reconnect()

    async def close(self) -> None:
        """What is still waiting is written; called when no more will come."""
        if self._flight is not None:
            await self._make_durable(self._flight)
        if self._waiting:
            await self._make_durable(self._batch())
        if self.connection is not None:
            await discard(self.connection)
            self.connection = None

    async def _woken(self) -> bool:
        """False when it is time to try the database again."""
        pause = None if self.connection is not None else max(0.0, self._retry_at - time.monotonic())
        try:
            async with asyncio.timeout(pause):
                await self._wake.wait()
        except TimeoutError:
            return False
        self._wake.clear()
        if self._flight is not None:
            return self._flight.has_failed
        return bool(self._waiting or self._replies)

    async def _make_durable(self, batch: Batch) -> None:
        if batch.is_empty:
            return
        if self.connection is not None and await self._commit(self.connection, batch):
            _count(batch)
        elif batch.rows:
            await self._keep(batch.text)
            metrics.SPOOLED_ENTRIES.inc(len(batch.rows))

    async def _commit(self, connection: AsyncConnection[Any], batch: Batch) -> bool:
        try:
            await self._finish(connection, batch)
            self._replies = []
            return True
        except REFUSED as error:
            logger.error("journal.batch_refused", error=type(error).__name__, rows=len(batch.rows))
            return await self._commit_singly(connection, batch)
        except (psycopg.Error, OSError, TimeoutError) as error:
            await self._lose_connection(error)
            return False

    async def _finish(self, connection: AsyncConnection[Any], batch: Batch) -> None:
        if batch.sent is not None:
            await batch.sent.finish(COMMIT_SECONDS)
            return
        for statement in (self._insert, self._insert_and_answer):
            await statement.make_known(connection, COMMIT_SECONDS)
        statement, value = self._statement(batch)
        await statement.send(connection, value).finish(COMMIT_SECONDS)

    async def _commit_singly(self, connection: AsyncConnection[Any], batch: Batch) -> bool:
        try:
            await self._write_singly(connection, batch.rows, COMPARED_ROWS)
            if batch.replies:
                await self._finish(connection, Batch([], [], "", batch.replies))
            self._replies = []
            return True
        except (psycopg.Error, OSError, TimeoutError) as error:
            await self._lose_connection(error)
            return False

    async def _write_singly(self, connection: AsyncConnection[Any], rows: list[Row], compared: int) -> None:
        """One entry the database will not take must not hold up the others: it is kept in a file for a person."""
        refused = Spool(self.spool.path.with_name("journal-refused.jsonl"))
        for row in rows:
            text = encode([row])
            try:
                async with asyncio.timeout(COMMIT_SECONDS), connection.transaction():
                    await connection.execute(INSERT_MISSING, (compared, text))
            except REFUSED:
                logger.error("journal.entry_refused", kind=row.get("kind"), call=row.get("call"))
                await asyncio.to_thread(refused.append, text)

    async def _keep(self, text: str) -> None:
        pause = 0.05
        while True:
            try:
                await asyncio.to_thread(self.spool.append, text)
                return
            except OSError as error:
                logger.error("journal.spool_failed", error=type(error).__name__, errno=error.errno)
                await asyncio.sleep(pause)
                pause = min(2.0, pause * 2)

    async def _lose_connection(self, error: BaseException) -> None:
        logger.warning("journal.database_lost", error=type(error).__name__)
        metrics.DATABASE_UP.set(0)
        if self.connection is not None:
            await discard(self.connection)
        self.connection = None
        self._failures = 0
        self._retry_at = time.monotonic() + RETRY_SECONDS[0]

    async def _reconnect(self) -> None:
        if self.connection is not None:
            return
        try:
            connection = await connect(self.database, COMMIT_SECONDS)
        except (psycopg.Error, OSError, TimeoutError):
            self._postpone()
            return
        try:
            await self._empty_spool(connection)
        except (psycopg.Error, OSError, TimeoutError) as error:
            logger.warning("journal.spool_not_written", error=type(error).__name__)
            await discard(connection)
            self._postpone()
            return
        self.connection = connection
        logger.info("journal.database_back")
        if self._replies:
            # Whoever gave an order meanwhile waits for its answer, not for the next entry.
            self._wake.set()

    def _postpone(self) -> None:
        self._retry_at = time.monotonic() + RETRY_SECONDS[min(self._failures, len(RETRY_SECONDS) - 1)]
        self._failures += 1

    async def _empty_spool(self, connection: AsyncConnection[Any]) -> None:
        """Nothing is doubled: a batch of which the commit's answer was lost is in the spool and perhaps in the table."""
        batches = await asyncio.to_thread(lambda: list(self.spool.batches()))
        if batches:
            compared = COMPARED_ROWS + sum(batch.count('"kind":') for batch in batches)
            async with asyncio.timeout(DRAIN_SECONDS), connection.transaction():
                for batch in batches:
                    await self._write_batch(connection, batch, compared)
            await asyncio.to_thread(self.spool.clear)
            logger.info("journal.spool_written", batches=len(batches))
        metrics.DATABASE_UP.set(1)

    async def _write_batch(self, connection: AsyncConnection[Any], batch: str, compared: int) -> None:
        try:
            async with connection.transaction():
                await connection.execute(INSERT_MISSING, (compared, batch))
        except REFUSED as error:
            logger.error("journal.batch_refused", error=type(error).__name__)
            await self._write_singly(connection, json.loads(batch), compared)


def _count(batch: Batch) -> None:
    metrics.COMMIT_SECONDS.observe(time.perf_counter() - batch.began)
    metrics.JOURNAL_ENTRIES.inc(len(batch.rows))


def _carry_on(act: Callable[[], None]) -> None:
    try:
        act()
    except Exception:
        logger.exception("journal.effects_failed")
