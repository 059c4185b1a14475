"""Hears what the other processes want of the switch: orders of agents, and news of the configuration."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection

from hallom.switch.messages import Order

logger = structlog.get_logger(__name__)

ORDERS = "switch_orders"
CONFIG = "switch_config"
# A look without being called: should a NOTIFY be missed, nothing waits longer than this.
LOOK_SECONDS = 5.0
READ_SECONDS = 0.01
RETRY_SECONDS = 0.1
CONNECT_SECONDS = 2.0
# What was recalled, and what was set up while the switch started and nobody listened yet, is loaded by then. That takes a
# second of CPU, which the first orders after a start need more.
FIRST_NEWS_SECONDS = 3.0
# Whoever gave the order waits 2 s for it; done later it would surprise them.
STALE_SECONDS = 10.0

PENDING = """
SELECT id, agent, verb, args, created_at < clock_timestamp() - make_interval(secs => %s) AS is_stale
FROM switch_order WHERE done_at IS NULL ORDER BY id"""
EXPIRE = """UPDATE switch_order SET done_at = clock_timestamp(), ok = false, error = 'not_now'
WHERE id = ANY(%s) AND done_at IS NULL"""


def nothing_sealed(_sealed: str) -> str:
    return ""


@dataclass(slots=True)
class Listener:
    """`unseal` opens the keys that an order brings, which stand in no row in clear."""

    database: str
    ordered: Callable[[Order], None]
    reconfigure: Callable[[], None]
    unseal: Callable[[str], str] = nothing_sealed
    _given: set[int] = field(default_factory=set)

    async def run(self) -> None:
        is_first, failures = True, 0
        while True:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    connection = await AsyncConnection.connect(
                        self.database, autocommit=True, application_name="hallom-switch-listener"
                    )
                failures = 0
                try:
                    await self._listen(connection, is_first=is_first)
                finally:
                    with contextlib.suppress(psycopg.Error, OSError):
                        await connection.close()
            except (psycopg.Error, OSError, TimeoutError) as error:
                if not failures:
                    logger.info("listener.database_lost", error=type(error).__name__)
                is_first, failures = False, failures + 1
                await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self, connection: AsyncConnection[Any], *, is_first: bool) -> None:
        await connection.execute(f"LISTEN {ORDERS}")
        await connection.execute(f"LISTEN {CONFIG}")
        if is_first:
            asyncio.get_running_loop().call_later(FIRST_NEWS_SECONDS, self.reconfigure)
        else:
            self.reconfigure()
        await self._read_orders(connection)
        while True:
            channels = await _said(connection, 0.0)
            if not channels:
                await _readable(connection.fileno(), LOOK_SECONDS)
                channels = await _said(connection, READ_SECONDS)
            if CONFIG in channels:
                self.reconfigure()
            if ORDERS in channels or not channels:
                await self._read_orders(connection)

    async def _read_orders(self, connection: AsyncConnection[Any]) -> None:
        rows = await (await connection.execute(PENDING, (STALE_SECONDS,), prepare=True)).fetchall()
        self._given &= {row[0] for row in rows}
        stale = [row[0] for row in rows if row[4]]
        for number, agent, verb, args, is_stale in rows:
            if number not in self._given and not is_stale:
                self._given.add(number)
                self.ordered(Order(number, agent, verb, self._opened(args)))
        if stale:
            await connection.execute(EXPIRE, (stale,))

    def _opened(self, args: dict[str, Any]) -> dict[str, Any]:
        rest = {name: value for name, value in args.items() if name not in ("sealed", "digits")}
        return {**rest, "digits": self.unseal(str(args["sealed"]))} if "sealed" in args else rest


async def _said(connection: AsyncConnection[Any], seconds: float) -> set[str]:
    return {notify.channel async for notify in connection.notifies(timeout=seconds, stop_after=1)}


async def _readable(descriptor: int, seconds: float) -> None:
    """Until there is something to read. psycopg itself would wake up ten times a second to see."""
    loop = asyncio.get_running_loop()
    heard = asyncio.Event()
    loop.add_reader(descriptor, heard.set)
    try:
        async with asyncio.timeout(seconds):
            await heard.wait()
    except TimeoutError:
        return
    finally:
        loop.remove_reader(descriptor)
