"""The post: takes what is due to the SMTP servers of the mailboxes. One process sends for the whole house at a time."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils import timezone
from prometheus_client import Counter

from hallom.mail import delivery
from hallom.mail.models import Mailbox, Provider
from hallom.mail.sending_nowhere import Nowhere, connection_to
from hallom.mail.sending_rules import USUAL, Attempt, Patience
from hallom.mail.sending_smtp import CannotConnect, Connection, Parcel

log = structlog.get_logger(__name__)
ATTEMPTS = Counter("hallom_mail_attempts", "Mails taken to a server", ["result"])
T = TypeVar("T")

POLL_SECONDS = 0.5
DATABASE_PAUSE_SECONDS = 1.0
# A second connection hides the server's thinking time; more look like a flood to most providers.
CONNECTIONS_A_MAILBOX = 2
MAILS_FOR_A_SECOND = 10
# Microsoft 365 takes 30 a minute from one mailbox; Google blocks for a day above some 2,000 a day, whatever the minute.
MAILS_A_MINUTE = {Provider.MICROSOFT: 30, Provider.GOOGLE: 60, Provider.PASSWORD: 600}
MINUTE = 60.0
# The supervisor kills after 8 s; a mail under way then is found again and marked.
SHUTDOWN_SECONDS = 5.0
FINISH_TRIES = 5
# Any number nobody else locks: "post" in ASCII.
LOCK = 0x706F7374


async def run(stop: asyncio.Event, wake: asyncio.Event, *, patience: Patience = USUAL) -> None:
    """Send until ``stop`` is set; ``wake`` shortens the wait for the next look."""
    post = _Post(stop, patience)
    try:
        while not stop.is_set():
            try:
                await post.turn()
                pause = POLL_SECONDS
            except (DatabaseError, InterfaceError):
                log.exception("mail.sending_without_database")
                await post.forget_database()
                pause = DATABASE_PAUSE_SECONDS
            await _first_of(stop, wake, pause)
    finally:
        await post.close()


async def _first_of(stop: asyncio.Event, wake: asyncio.Event, seconds: float) -> None:
    waits = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(wake.wait())]
    _done, pending = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in pending:
        wait.cancel()
    wake.clear()


class _Post:
    def __init__(self, stop: asyncio.Event, patience: Patience) -> None:
        self._stop = stop
        self._patience = patience
        # One thread, one database connection: the lock is the connection's.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mail-post")
        self._lanes: dict[int, set[asyncio.Task[None]]] = defaultdict(set)
        self._recent: dict[int, deque[float]] = defaultdict(deque)
        self._is_alone = False
        self._is_orphaned = False

    async def turn(self) -> None:
        if not await self._db(_lock):
            self._is_alone = False
            return
        if not self._is_alone or (self._is_orphaned and not any(self._lanes.values())):
            # What died by itself would do so again at once: it waits.
            pause = self._patience.first if self._is_alone else timedelta()
            found = await self._db(delivery.recover, timezone.now() + pause)
            self._is_alone, self._is_orphaned = True, False
            if found:
                log.warning("mail.sending_resumed", mails=found)
        for due in await self._db(delivery.due, timezone.now()):
            wanted = CONNECTIONS_A_MAILBOX if due.mails >= MAILS_FOR_A_SECOND else 1
            for _number in range(wanted - len(self._lanes[due.mailbox])):
                self._open_lane(due.mailbox)

    async def forget_database(self) -> None:
        self._is_alone = False
        await self._db(_hang_up)

    async def close(self) -> None:
        lanes = [lane for those in self._lanes.values() for lane in those]
        if lanes:
            _done, late = await asyncio.wait(lanes, timeout=SHUTDOWN_SECONDS)
            for lane in late:
                lane.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        with contextlib.suppress(DatabaseError, InterfaceError):
            await self._db(_hang_up)
        self._thread.shutdown()

    def _open_lane(self, mailbox: int) -> None:
        lane = asyncio.ensure_future(self._lane(mailbox))
        self._lanes[mailbox].add(lane)
        lane.add_done_callback(self._lanes[mailbox].discard)

    async def _lane(self, key: int) -> None:
        try:
            mailbox = await self._db(Mailbox.objects.get, pk=key)
            lane = _Lane(mailbox, self._patience, self._db)
            await lane.run(lambda: self._may_go_on(mailbox), self._recent[key].append)
        except Exception:
            # The mail stays where it was; once no lane is under way it is found like after a crash.
            log.exception("mail.lane_failed", mailbox=key)
            self._is_orphaned = True

    def _may_go_on(self, mailbox: Mailbox) -> bool:
        recent, now = self._recent[mailbox.pk], time.monotonic()
        while recent and recent[0] < now - MINUTE:
            recent.popleft()
        return not self._stop.is_set() and len(recent) < MAILS_A_MINUTE[Provider(mailbox.provider)]

    async def _db(self, act: Callable[..., T], *values: Any, **named: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: act(*values, **named))


class _Lane:
    """One mail after the other over one connection, until nothing is due."""

    def __init__(self, mailbox: Mailbox, patience: Patience, db: Callable[..., Any]) -> None:
        self._mailbox = mailbox
        self._patience = patience
        self._db = db
        self._connection: Connection | Nowhere | None = None
        self._has_told = False

    async def run(self, may_go_on: Callable[[], bool], count: Callable[[float], None]) -> None:
        """``count`` is told when each mail is taken up."""
        try:
            while may_go_on():
                key = await self._db(delivery.claim, self._mailbox.pk, timezone.now())
                if key is None:
                    return
                count(time.monotonic())
                if not await self._send(key):
                    return
        finally:
            if self._connection is not None:
                await self._connection.close()

    async def _send(self, key: int) -> bool:
        """Whether it makes sense to go on with the next."""
        parcel: Parcel | None = await self._db(delivery.parcel_of, key, timezone.now())
        if parcel is None:
            return True
        try:
            connected = await self._connected()
        except CannotConnect as error:
            await self._pause_mailbox(key, error.problem)
            return False
        attempt = await connected.hand_over(parcel, lambda: self._db(delivery.begin_handing, key))
        if attempt is None:
            return True
        await self._finish(key, attempt)
        await self._tell(attempt)
        return not attempt.broken

    async def _connected(self) -> Connection | Nowhere:
        if self._connection is not None and self._connection.is_usable:
            return self._connection
        if self._connection is not None:
            await self._connection.close()
        self._connection = connection_to(self._mailbox, self._patience)
        await self._connection.open()
        return self._connection

    async def _pause_mailbox(self, key: int, problem: str) -> None:
        ATTEMPTS.labels("no_server").inc()
        now = timezone.now()
        until = now + self._patience.pause(await self._db(delivery.attempts_of, key))
        await self._db(delivery.put_back, key, until, problem, self._patience, now=now)
        await self._db(delivery.postpone, self._mailbox.pk, until, problem)
        await self._db(delivery.tell_state, self._mailbox, problem, now=now)
        log.warning("mail.server_unreachable", mailbox=self._mailbox.pk, problem=problem.partition(":")[0])

    async def _finish(self, key: int, attempt: Attempt) -> None:
        """Stubbornly: what the server has taken and we forget would be sent twice."""
        for left in reversed(range(FINISH_TRIES)):
            try:
                await self._db(delivery.finish, key, attempt, self._patience, now=timezone.now())
                break
            except (OperationalError, InterfaceError):
                if not left:
                    raise
                await self._db(_hang_up)
                await asyncio.sleep(DATABASE_PAUSE_SECONDS)
        ATTEMPTS.labels("unknown" if attempt.is_unknown else "broken" if attempt.broken else "answered").inc()

    async def _tell(self, attempt: Attempt) -> None:
        if attempt.broken or not self._has_told:
            await self._db(delivery.tell_state, self._mailbox, attempt.broken, now=timezone.now())
            self._has_told = not attempt.broken


def _hang_up() -> None:
    # `connection` is the calling thread's own.
    connection.close()


def _lock() -> bool:
    """Held as long as this thread's connection lives; asking again for what one has is a count that costs nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND pid = pg_backend_pid()",
            [LOCK],
        )
        if cursor.fetchone()[0]:
            return True
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])
