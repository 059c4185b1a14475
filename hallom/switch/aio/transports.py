"""Every way SIP reaches the switch, behind one `send`."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hallom.sip.flow import Flow
from hallom.switch.aio.datagrams import Datagram, Datagrams
from hallom.switch.aio.limits import ConnectionCount, Limits, RateLimiter
from hallom.switch.aio.streams import Arrival, Closed, Gate, Received, Streams
from hallom.switch.aio.websocket import WebSockets

FLOWS_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """Where to listen; port 0 takes a free one. TLS and WSS are on when there is a certificate."""

    host: str
    sip_port: int
    ws_host: str
    ws_port: int
    tls_port: int = 5061
    certificate: Path | None = None
    key: Path | None = None
    origins: frozenset[str] = frozenset()
    limits: Limits = field(default_factory=Limits)


class Transports:
    def __init__(
        self,
        settings: TransportSettings,
        received: Received,
        closed: Closed,
        now: Callable[[], float],
        *,
        is_banned: Callable[[str], bool] = lambda host: False,
    ) -> None:
        self.settings = settings
        self.received = received
        self.rate = RateLimiter(settings.limits, now, is_banned)
        self.count = ConnectionCount(settings.limits)
        gate = Gate(received, closed, settings.limits, self.rate, self.count)
        context = _server_context(settings)
        self.tcp = Streams("tcp", gate)
        self.tls = None if context is None else Streams("tls", gate, context=context)
        self.ws = WebSockets(gate, origins=settings.origins, context=context)
        self.udp: Datagrams | None = None
        self.ports: dict[str, int] = {}
        self._flows: dict[tuple[str, int], Flow] = {}

    async def listen(self) -> None:
        settings = self.settings
        self.udp = Datagrams(settings.host, settings.sip_port, self._datagrams)
        self.ports["udp"] = self.udp.port
        self.ports["tcp"] = await self.tcp.listen(settings.host, self.udp.port)
        self.ports[self.ws.name] = await self.ws.listen(settings.ws_host, settings.ws_port)
        if self.tls is not None:
            self.ports["tls"] = await self.tls.listen(settings.host, settings.tls_port)

    def send(self, flow: Flow, data: bytes) -> None:
        match flow.transport:
            case "udp" if self.udp is not None:
                self.udp.send(data, (flow.host, flow.port))
            case "tcp":
                self.tcp.send(flow, data)
            case "tls" if self.tls is not None:
                self.tls.send(flow, data)
            case "ws" | "wss":
                self.ws.send(flow, data)

    def hang_up(self, flow: Flow) -> None:
        """Close a stream that can no longer be understood."""
        if flow.transport == "tcp":
            self.tcp.hang_up(flow)
        elif flow.transport == "tls" and self.tls is not None:
            self.tls.hang_up(flow)

    async def close(self) -> None:
        self.tcp.close()
        self.ws.close()
        if self.tls is not None:
            self.tls.close()
        if self.udp is not None:
            self.udp.close()
        await asyncio.sleep(0)

    def _datagrams(self, batch: list[Datagram]) -> None:
        messages: list[Arrival] = []
        for data, address, came_at in batch:
            if self.rate.allows(address[0]):
                messages.append((data, self._flow(address), came_at))
        if messages:
            self.received(messages)

    def _flow(self, address: tuple[str, int]) -> Flow:
        flow = self._flows.get(address[:2])
        if flow is None:
            if len(self._flows) >= FLOWS_REMEMBERED:
                self._flows.clear()
            flow = self._flows[address[:2]] = Flow("udp", address[0], address[1])
        return flow


def _server_context(settings: TransportSettings) -> ssl.SSLContext | None:
    if settings.certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.certificate, settings.key)
    return context
