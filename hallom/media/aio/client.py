"""The other end of a worker's control socket, for the switch and for tests."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import structlog

logger = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0
REPLY_SECONDS = 5.0
MAXIMUM_EVENTS = 10_000
"""Events kept for a slow reader; the oldest go first, the inventory tells what counts."""
MAXIMUM_LINE = 16 * 1024 * 1024
"""An inventory of a full worker is about one megabyte."""

CONNECTED = "connected"
DISCONNECTED = "disconnected"

Message = dict[str, Any]


class MediaError(Exception):
    """The worker refused a request, or did not answer it."""


class MediaClient:
    """Requests to one worker and its events; reconnects by itself.

    Besides the worker's own events the iteration yields `{"event": "connected"}` and `{"event": "disconnected"}`.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = str(path)
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._events: asyncio.Queue[Message | None] = asyncio.Queue(MAXIMUM_EVENTS)
        self._writer: asyncio.StreamWriter | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._is_up = asyncio.Event()

    @property
    def is_connected(self) -> bool:
        return self._is_up.is_set()

    async def connect(self, timeout_seconds: float | None = None) -> None:
        """Returns once connected and keeps the connection up from then on; raises TimeoutError."""
        if self._keeper is None:
            self._keeper = asyncio.ensure_future(self._keep())
        async with asyncio.timeout(timeout_seconds):
            await self._is_up.wait()

    async def close(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        self._tell(None)

    def send(self, do: str, **arguments: Any) -> asyncio.Future[Message]:
        """Sends at once, without waiting for earlier replies; the future raises MediaError on refusal."""
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        if self._writer is None:
            future.set_exception(MediaError(f"{do}: the media worker is not connected"))
            return future
        number = next(self._numbers)
        self._waiting[number] = future
        future.add_done_callback(lambda _: self._waiting.pop(number, None))
        line = json.dumps({"id": number, "do": do, **arguments}, separators=(",", ":"))
        self._writer.write(line.encode() + b"\n")
        return future

    async def call(self, do: str, **arguments: Any) -> Message:
        """The reply without `id` and `ok`; raises MediaError."""
        try:
            # Not wait_for: before Python 3.12 it can swallow the cancellation of its caller.
            async with asyncio.timeout(REPLY_SECONDS):
                return await self.send(do, **arguments)
        except TimeoutError:
            raise MediaError(f"{do}: no reply from the media worker") from None

    def __aiter__(self) -> AsyncIterator[Message]:
        return self._iterate()

    async def _iterate(self) -> AsyncIterator[Message]:
        while (event := await self._events.get()) is not None:
            yield event

    async def _keep(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                reader, self._writer = await asyncio.open_unix_connection(self._path, limit=MAXIMUM_LINE)
            except OSError:
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE_SECONDS, pause * 2)
                continue
            pause = FIRST_PAUSE_SECONDS
            self._is_up.set()
            self._tell({"event": CONNECTED})
            try:
                await self._read(reader)
            finally:
                self._lose()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                self._take(json.loads(line))
        except (OSError, ValueError) as error:
            logger.warning(
                "media.connection_broken",
                socket=Path(self._path).name,
                error=f"{type(error).__name__}: {error}",
            )

    def _take(self, message: Message) -> None:
        if "event" in message:
            self._tell(message)
            return
        future = self._waiting.get(message.pop("id", None))
        if future is None or future.done():
            return
        if message.pop("ok", False):
            future.set_result(message)
        else:
            future.set_exception(MediaError(message.get("error", "refused")))

    def _lose(self) -> None:
        self._is_up.clear()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        for future in list(self._waiting.values()):
            if not future.done():
                future.set_exception(MediaError("the connection to the media worker was lost"))
        self._tell({"event": DISCONNECTED})

    def _tell(self, event: Message | None) -> None:
        if self._events.full():
            self._events.get_nowait()
        self._events.put_nowait(event)
