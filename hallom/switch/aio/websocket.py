"""SIP over WebSocket (RFC 7118): one message a frame, subprotocol "sip", pages of our own only."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from ssl import SSLContext
from urllib.parse import urlsplit

import structlog
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from hallom.sip.flow import Flow
from hallom.sip.limits import MAX_MESSAGE
from hallom.switch.aio.streams import SEND_BUFFER_LIMIT, Gate

logger = structlog.get_logger(__name__)

SUBPROTOCOL = Subprotocol("sip")
PING_SECONDS = 25.0


class WebSockets:
    def __init__(
        self, gate: Gate, *, origins: frozenset[str] = frozenset(), context: SSLContext | None = None
    ) -> None:
        self.gate = gate
        self.origins = origins
        self.context = context
        self.name = "ws" if context is None else "wss"
        self.connections: dict[int, ServerConnection] = {}
        self._server: Server | None = None

    async def listen(self, host: str, port: int) -> int:
        self._server = await serve(
            self._converse,
            host,
            port,
            ssl=self.context,
            subprotocols=[SUBPROTOCOL],
            compression=None,
            max_size=MAX_MESSAGE,
            process_request=self._greet,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            open_timeout=self.gate.limits.first_message_seconds,
            server_header=None,
        )
        return int(next(iter(self._server.sockets)).getsockname()[1])

    def send(self, flow: Flow, data: bytes) -> None:
        """A frame is text when it can be (RFC 7118 5.2): browsers' SIP libraries expect text."""
        connection = self.connections.get(flow.connection)
        transport = None if connection is None else connection.transport
        if connection is None or transport is None or transport.is_closing():
            self.gate.closed(flow)
            return
        if transport.get_write_buffer_size() > SEND_BUFFER_LIMIT:
            transport.abort()
            return
        _write(connection, data)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    def _greet(self, connection: ServerConnection, request: Request) -> Response | None:
        offered = request.headers.get("Sec-WebSocket-Protocol", "")
        if SUBPROTOCOL not in [name.strip() for name in offered.split(",")]:
            return connection.respond(HTTPStatus.BAD_REQUEST, "the subprotocol is sip\n")
        if not is_own_page(request.headers, self.origins):
            return connection.respond(HTTPStatus.FORBIDDEN, "this page may not telephone here\n")
        return None

    async def _converse(self, connection: ServerConnection) -> None:
        peer = connection.remote_address or ("", 0)
        if not self.gate.count.admit(peer[0]):
            await connection.close(1013, "too many connections")
            return
        flow = Flow(self.name, peer[0], peer[1], next(self.gate.numbers))
        self.connections[flow.connection] = connection
        try:
            await self._listen_to(connection, flow)
        except (ConnectionClosed, TimeoutError):
            logger.debug("sip.websocket_closed")
        finally:
            del self.connections[flow.connection]
            self.gate.count.release(flow.host)
            self.gate.closed(flow)

    async def _listen_to(self, connection: ServerConnection, flow: Flow) -> None:
        async with asyncio.timeout(self.gate.limits.first_message_seconds):
            self._take(flow, await connection.recv(decode=False))
        async for message in _frames(connection):
            self._take(flow, message)

    def _take(self, flow: Flow, message: bytes) -> None:
        if self.gate.rate.allows(flow.host):
            self.gate.received([(message, flow, None)])


async def _frames(connection: ServerConnection) -> AsyncIterator[bytes]:
    while True:
        yield await connection.recv(decode=False)


def _write(connection: ServerConnection, data: bytes) -> None:
    # Written through the protocol object because `send` is a coroutine: order within one turn must hold, and a
    # task for each message costs more than the message.
    protocol = connection.protocol
    try:
        data.decode()
        protocol.send_text(data)
    except UnicodeDecodeError:
        protocol.send_binary(data)
    connection.send_data()


def is_own_page(headers: Headers, origins: frozenset[str]) -> bool:
    """Browsers always send Origin; a telephone sends none and proves itself by digest like everyone."""
    origin = headers.get("Origin")
    if origin is None:
        return True
    if origin in origins:
        return True
    host = urlsplit(f"//{headers.get('Host', '')}").hostname
    return host is not None and urlsplit(origin).hostname == host
