"""SIP over TCP and TLS: connections with a number each, limited in count, pace and idleness."""

import asyncio
import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import cast

import structlog

from hallom.sip.flow import Flow
from hallom.switch.aio.limits import ConnectionCount, Limits, RateLimiter

logger = structlog.get_logger(__name__)

SEND_BUFFER_LIMIT = 1024 * 1024
CONNECT_SECONDS = 8.0

# A message, where from, and when it came if that is known better than by when it is read.
Arrival = tuple[bytes, Flow, float | None]
Received = Callable[[list[Arrival]], None]
Closed = Callable[[Flow], None]


@dataclass(slots=True)
class Gate:
    """What every stream transport shares: who hears of messages and endings, and what a peer may take."""

    received: Received
    closed: Closed
    limits: Limits
    rate: RateLimiter
    count: ConnectionCount
    # Numbers begin anywhere: a flow remembered from before a restart must not name a new connection.
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1 + secrets.randbits(40)))


class Connection(asyncio.Protocol):
    def __init__(self, gate: Gate, transport_name: str, registry: "dict[int, Connection]") -> None:
        self.gate = gate
        self.transport_name = transport_name
        self.registry = registry
        self.flow: Flow | None = None
        self.transport: asyncio.Transport | None = None
        self.heard_at = 0.0
        self.is_used = False
        self.idle: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        stream = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername") or ("", 0)
        if not self.gate.count.admit(peer[0]):
            stream.abort()
            return
        self.transport = stream
        self.flow = Flow(self.transport_name, peer[0], peer[1], next(self.gate.numbers))
        self.registry[self.flow.connection] = self
        loop = asyncio.get_running_loop()
        self.heard_at = loop.time()
        self.idle = loop.call_later(self.gate.limits.first_message_seconds, self._check_idle)

    def data_received(self, data: bytes) -> None:
        if self.flow is None or self.transport is None:
            return
        self.heard_at = asyncio.get_running_loop().time()
        self.is_used = True
        if self.gate.rate.allows(self.flow.host):
            self.gate.received([(data, self.flow, None)])
        else:
            # A piece left out would garble all that follows.
            self.transport.abort()

    def send(self, data: bytes) -> bool:
        if self.transport is None or self.transport.is_closing():
            return False
        if self.transport.get_write_buffer_size() > SEND_BUFFER_LIMIT:
            self.transport.abort()
            return False
        self.transport.write(data)
        self.is_used = True
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        if self.idle is not None:
            self.idle.cancel()
        if self.flow is not None:
            self.registry.pop(self.flow.connection, None)
            self.gate.count.release(self.flow.host)
            self.gate.closed(self.flow)

    def _check_idle(self) -> None:
        if self.transport is None:
            return
        loop, limits = asyncio.get_running_loop(), self.gate.limits
        left = self.heard_at - loop.time()
        left += limits.idle_seconds if self.is_used else limits.first_message_seconds
        # The loop's timers may be early by its clock's resolution.
        if left <= 0.001:
            self.transport.close()
        else:
            self.idle = loop.call_later(left, self._check_idle)


class Streams:
    """Listening and outgoing connections of one stream transport ("tcp" or "tls")."""

    def __init__(self, name: str, gate: Gate, *, context: SSLContext | None = None) -> None:
        self.name = name
        self.gate = gate
        self.context = context
        self.connections: dict[int, Connection] = {}
        self._dialled: dict[tuple[str, int], asyncio.Task[Connection | None]] = {}
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> int:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, host, port, ssl=self.context, backlog=1024)
        return int(self._server.sockets[0].getsockname()[1])

    def send(self, flow: Flow, data: bytes) -> None:
        connection = self.connections.get(flow.connection)
        if connection is not None:
            if not connection.send(data):
                self.gate.closed(flow)
        elif flow.connection:
            self.gate.closed(flow)
        else:
            self._dial_and_send(flow, data)

    def hang_up(self, flow: Flow) -> None:
        connection = self.connections.get(flow.connection)
        if connection is not None and connection.transport is not None:
            connection.transport.abort()

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in list(self.connections.values()):
            if connection.transport is not None:
                connection.transport.close()
        for task in self._dialled.values():
            task.cancel()

    def _connection(self) -> Connection:
        return Connection(self.gate, self.name, self.connections)

    def _dial_and_send(self, flow: Flow, data: bytes) -> None:
        address = (flow.host, flow.port)
        task = self._dialled.get(address)
        if task is None or (task.done() and not _usable(task)):
            self._dialled = {
                peer: one for peer, one in self._dialled.items() if not one.done() or _usable(one)
            }
            task = asyncio.get_running_loop().create_task(self._dial(*address))
            self._dialled[address] = task

        def send(done: "asyncio.Task[Connection | None]") -> None:
            connection = None if done.cancelled() else done.result()
            if connection is None or not connection.send(data):
                self.gate.closed(flow)

        if task.done():
            send(task)
        else:
            task.add_done_callback(send)

    async def _dial(self, host: str, port: int) -> Connection | None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                # A server's context cannot open connections, and the far side's name is what TLS proves.
                outgoing = _client_context() if self.context is not None else None
                _, connection = await loop.create_connection(self._connection, host, port, ssl=outgoing)
        except (OSError, TimeoutError):
            logger.info("sip.connect_failed", transport=self.name)
            return None
        return connection


def _client_context() -> SSLContext:
    import ssl

    return ssl.create_default_context()


def _usable(task: "asyncio.Task[Connection | None]") -> bool:
    connection = None if task.cancelled() else task.result()
    return (
        connection is not None and connection.transport is not None and not connection.transport.is_closing()
    )
