"""The other end of a worker's control socket, for the switch and for tests."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

import orjson
import structlog

logger = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0
REPLY_SECONDS = 5.0
WATCH_SECONDS, SILENT_LOOKS = 0.5, 3
"""A worker that says nothing for so many looks, though asked, stands still and mixes for nobody: its line is given up. In looks and
not in seconds, so that a stop of our own is one look; who answers in time after all is found again within a second."""
ALIVE = orjson.dumps({"id": 0, "do": "alive"}, option=orjson.OPT_APPEND_NEWLINE)
MAXIMUM_EVENTS = 10_000
"""Events kept for a slow reader; the oldest go first, the inventory tells what counts."""
MAXIMUM_LINE = 16 * 1024 * 1024
"""An inventory of a full worker is about one megabyte."""

CONNECTED = "connected"
DISCONNECTED = "disconnected"

Message = dict[str, Any]
Told = Callable[[Message | None, str], None]
"""What a request came to: the reply without `id` and `ok`, or None and why not."""
Refused = Callable[[str, str, str], None]
"""The verb, the name under which it was told, and why it was refused."""


class MediaError(Exception):
    """The worker refused a request, or did not answer it."""


class MediaClient:
    """Requests to one worker and its events; reconnects by itself.

    Besides the worker's own events the iteration yields `{"event": "connected"}` and `{"event": "disconnected"}`.
    """

    def __init__(self, path: Path | str, refused: Refused = lambda do, name, error: None) -> None:
        self._path = str(path)
        self._refused = refused
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Told] = {}
        self._events: asyncio.Queue[Message | None] = asyncio.Queue(MAXIMUM_EVENTS)
        self._line: _Line | None = None
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

    def ask(self, do: str, arguments: Mapping[str, Any], told: Told) -> None:
        """Sends without waiting for earlier replies; `told` is called once, perhaps at once."""
        if self._line is None:
            told(None, f"{do}: the media worker is not connected")
            return
        number = next(self._numbers)
        self._waiting[number] = told
        self._line.write(
            orjson.dumps({"id": number, "do": do, **arguments}, option=orjson.OPT_APPEND_NEWLINE)
        )

    def tell(self, do: str, arguments: Mapping[str, Any], name: str = "") -> None:
        """As `ask`, but nothing comes back unless it is refused; what is lost on the way shows in the inventory."""
        if self._line is None:
            self._refused(do, name, "the media worker is not connected")
            return
        request = {"id": f"{do} {name}", "do": do, "quiet": True, **arguments}
        self._line.write(orjson.dumps(request, option=orjson.OPT_APPEND_NEWLINE))

    def send(self, do: str, **arguments: Any) -> asyncio.Future[Message]:
        """As `ask`; the future raises MediaError on refusal."""
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self.ask(do, arguments, partial(_settle, future))
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
            line = await self._dial()
            if line is not None:
                await self._hold(line)
                if line.has_spoken:
                    pause = FIRST_PAUSE_SECONDS
            # A worker that hangs up without a word is no better than one that does not answer.
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE_SECONDS, pause * 2)

    async def _dial(self) -> _Line | None:
        try:
            _, line = await asyncio.get_running_loop().create_unix_connection(
                lambda: _Line(self._take), self._path
            )
        except OSError:
            return None
        return line

    async def _hold(self, line: _Line) -> None:
        self._line = line
        self._is_up.set()
        self._tell({"event": CONNECTED})
        watch = asyncio.ensure_future(_watch(line))
        try:
            error = await line.lost
            if error is not None:
                logger.warning(
                    "media.connection_broken",
                    socket=Path(self._path).name,
                    error=f"{type(error).__name__}: {error}",
                )
        finally:
            watch.cancel()
            self._lose(line)

    def _take(self, message: Message) -> None:
        if "event" in message:
            self._tell(message)
            return
        number, is_done = message.pop("id", 0), message.pop("ok", False)
        error = "" if is_done else str(message.get("error", "refused"))
        told = self._waiting.pop(number, None)
        if told is not None:
            told(message if is_done else None, error)
        elif error and isinstance(number, str):
            do, _, name = number.partition(" ")
            self._refused(do, name, error)

    def _lose(self, line: _Line) -> None:
        self._is_up.clear()
        self._line = None
        line.close()
        waiting, self._waiting = self._waiting, {}
        for told in waiting.values():
            told(None, "the connection to the media worker was lost")
        self._tell({"event": DISCONNECTED})

    def _tell(self, event: Message | None) -> None:
        if self._events.full():
            self._events.get_nowait()
        self._events.put_nowait(event)


class _Line(asyncio.Protocol):
    """Lines of JSON both ways; what is written in one round of the loop leaves in one piece."""

    def __init__(self, take: Callable[[Message], None]) -> None:
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._unsent: list[bytes] = []
        self._rest = b""
        self.has_spoken = self.is_heard = False
        self.lost: asyncio.Future[Exception | None] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast(asyncio.Transport, transport)

    def write(self, line: bytes) -> None:
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(line)

    def data_received(self, data: bytes) -> None:
        self.has_spoken = self.is_heard = True
        *lines, self._rest = (self._rest + data).split(b"\n")
        try:
            for line in lines:
                self._take(orjson.loads(line))
            if len(self._rest) > MAXIMUM_LINE:
                raise ValueError("a line without end")
        except ValueError as error:
            self.end(error)

    def connection_lost(self, exc: Exception | None) -> None:
        self.end(exc)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _flush(self) -> None:
        lines, self._unsent = self._unsent, []
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(lines))

    def end(self, error: Exception | None) -> None:
        self.close()
        if not self.lost.done():
            self.lost.set_result(error)


async def _watch(line: _Line) -> None:
    """Ends the line of a worker that stands still: the kernel goes on taking what is written to it."""
    silent = 0
    while silent < SILENT_LOOKS:
        line.is_heard = False
        await asyncio.sleep(WATCH_SECONDS)
        silent = 0 if line.is_heard else silent + 1
        if silent:
            line.write(ALIVE)
    line.end(TimeoutError("it says nothing"))


def _settle(future: asyncio.Future[Message], reply: Message | None, error: str) -> None:
    if future.done():
        return
    if reply is None:
        future.set_exception(MediaError(error))
    else:
        future.set_result(reply)
