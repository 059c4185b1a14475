"""The control socket of a worker: JSON lines in, replies and events out."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import Future
from pathlib import Path
from typing import Any, cast

import orjson
import structlog

from hallom.media.aio.commands import Commands
from hallom.media.protocol import MAXIMUM_LINE, RequestError, parse_request

logger = structlog.get_logger(__name__)

MAXIMUM_BACKLOG = 4 * 1024 * 1024
"""Bytes a client may leave unread. Past that it is cut off; it comes again and asks for the inventory."""
MAXIMUM_CLIENTS = 32
FAREWELL_SECONDS = 1.0
"""For a client that is cut off to read why: closed over unread data, a socket takes what was said with it."""


class ControlServer:
    """Accepts clients on a unix socket; closing a connection changes nothing in the mix."""

    def __init__(self) -> None:
        self.commands: Commands | None = None
        self.clients: set[ControlConnection] = set()
        self._server: asyncio.Server | None = None

    async def start(self, path: Path) -> None:
        _clear(path)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: ControlConnection(self), str(path))
        os.chmod(path, 0o600)

    def broadcast(self, event: dict[str, Any]) -> None:
        if self.clients:
            line = encode(event)
            for client in list(self.clients):
                client.write(line)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for client in list(self.clients):
            client.close()


class ControlConnection(asyncio.Protocol):
    """One client. All whole lines that came together are carried out together, before the next tick."""

    def __init__(self, server: ControlServer) -> None:
        self._server = server
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._is_cut_off = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if len(self._server.clients) >= MAXIMUM_CLIENTS:
            self.close()
            return
        self._server.clients.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.clients.discard(self)

    def data_received(self, data: bytes) -> None:
        if self._is_cut_off:
            return
        self._buffer += data
        *lines, rest = self._buffer.split(b"\n")
        self._buffer = rest
        for line in lines:
            if line.strip():
                self._carry_out(bytes(line))
        if len(rest) > MAXIMUM_LINE:
            self._reply(None, error="line too long")
            self._cut_off()

    def _cut_off(self) -> None:
        self._is_cut_off = True
        self._buffer.clear()
        if self._transport is not None:
            self._transport.write_eof()
            asyncio.get_running_loop().call_later(FAREWELL_SECONDS, self.close)

    def _carry_out(self, line: bytes) -> None:
        commands = self._server.commands
        if commands is None:
            return
        try:
            request = parse_request(line)
        except RequestError as error:
            self._reply(error.request_id, error=str(error))
            return
        try:
            outcome = commands.carry_out(request.command)
        except RequestError as error:
            self._reply(request.id, error=str(error))
        except Exception as error:
            logger.exception("media.request_failed", request=request.id)
            self._reply(request.id, error=f"internal error: {type(error).__name__}")
        else:
            if not request.is_quiet:
                self._answer(request.id, outcome)

    def _answer(self, request_id: Any, outcome: dict[str, Any] | Future[dict[str, Any]]) -> None:
        if isinstance(outcome, Future):
            loop = asyncio.get_running_loop()
            outcome.add_done_callback(
                lambda done: loop.call_soon_threadsafe(self._reply, request_id, done.result())
            )
        else:
            self._reply(request_id, outcome)

    def _reply(
        self, request_id: Any, outcome: dict[str, Any] | None = None, error: str | None = None
    ) -> None:
        head: dict[str, Any] = {"id": request_id, "ok": error is None}
        self.write(encode(head | (outcome or {}) if error is None else head | {"error": error}))

    def write(self, line: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing() or self._is_cut_off:
            return
        transport.write(line)
        if transport.get_write_buffer_size() > MAXIMUM_BACKLOG:
            logger.warning("media.client_cut_off", reason="it does not read")
            transport.abort()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _clear(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Left over by a worker that was killed; the supervisor never runs two with one number.
    path.unlink(missing_ok=True)


def encode(message: dict[str, Any]) -> bytes:
    return orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE)
