"""UDP ports of a worker: handed out in pairs, watched together, emptied once a tick."""

from __future__ import annotations

import errno
import secrets
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from hallom.media.aio.batch import DATAGRAM_BYTES
from hallom.media.latch import Address

SO_TIMESTAMPNS = 35
"""Linux socket option; Python has no name for it. Packets are fetched once a tick, so only the kernel knows
when they came."""
TIMESPEC = struct.Struct("@ll")
ANCILLARY_BYTES = socket.CMSG_SPACE(TIMESPEC.size)
DSCP_EXPEDITED = 0xB8
"""Voice before data in routers that look at it (RFC 3246)."""
ROUNDS = 8
"""Packets fetched from one port in a tick at most: a flood on one leg must not hold up the others.
More only of strangers', so that the peer's are not lost among them."""
FLOOD_SECONDS = 0.004
"""In a tick, for what strangers heap up at ports that nothing guards yet: a fifth of it."""
BATCH = 4096

Receive = Callable[[int, int], tuple[bytes, list[tuple[int, int, bytes]], int, Any]]
Handler = Callable[[bytes, Address, float], None]
WayIn = tuple[Receive, Handler]


class NoPortError(Exception):
    """Every port of the range is taken."""


class PortPool:
    """Hands out even ports with their odd neighbours, going round so that a port just left rests longest."""

    def __init__(self, host: str, ports: range) -> None:
        self.host = host
        self._first = ports.start + ports.start % 2
        self._pairs = max(0, (ports.stop - self._first) // 2)
        # After a restart stale packets of earlier calls still come; another starting place avoids most.
        self._next = secrets.randbelow(self._pairs) if self._pairs else 0
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._handed_out: dict[int, socket.socket] = {}

    def open_pair(self) -> tuple[socket.socket, socket.socket]:
        """Sockets for RTP (even port) and RTCP (the next); raises NoPortError."""
        for _ in range(self._pairs):
            port = self._first + 2 * self._next
            self._next = (self._next + 1) % self._pairs
            if self._is_ours(port):
                continue
            media = self._bind(port)
            if media is None:
                continue
            control = self._bind(port + 1)
            if control is not None:
                self._handed_out[port] = media
                return media, control
            media.close()
        raise NoPortError("no free media port")

    def _is_ours(self, port: int) -> bool:
        """Known without asking: a full pool would try thousands of ports for each caller it has to refuse."""
        media = self._handed_out.get(port)
        return media is not None and media.fileno() >= 0

    def _bind(self, port: int) -> socket.socket | None:
        endpoint = socket.socket(self._family, socket.SOCK_DGRAM)
        try:
            endpoint.bind((self.host, port))
        except OSError as error:
            endpoint.close()
            if error.errno == errno.EADDRINUSE:
                return None
            raise
        endpoint.setblocking(False)
        endpoint.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        if self._family == socket.AF_INET:
            endpoint.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, DSCP_EXPEDITED)
        return endpoint


class PortWatch:
    """All open ports in one epoll: two system calls a tick find every packet that waits."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._ports: dict[int, WayIn] = {}

    def add(self, endpoint: socket.socket, handler: Handler) -> None:
        self._ports[endpoint.fileno()] = way_in(endpoint, handler)
        self._epoll.register(endpoint.fileno(), select.EPOLLIN)

    def remove(self, endpoint: socket.socket) -> None:
        del self._ports[endpoint.fileno()]
        self._epoll.unregister(endpoint.fileno())

    def drain(self) -> int:
        """Gives every waiting packet to its handler; returns how many there were."""
        count = 0
        for _ in range(ROUNDS):
            ready = self._epoll.poll(0, BATCH)
            if not ready:
                break
            count += len(ready)
            self._receive(ready)
        return count

    def _receive(self, ready: list[tuple[int, int]]) -> None:
        """One packet from each port."""
        for descriptor, _ in ready:
            port = self._ports.get(descriptor)
            if port is not None:
                receive_one(port)

    def close(self) -> None:
        self._epoll.close()


def way_in(endpoint: socket.socket, handler: Handler) -> WayIn:
    is_long = endpoint.family == socket.AF_INET6
    return endpoint.recvmsg, _with_short_addresses(handler) if is_long else handler


def receive_one(port: WayIn) -> bool:
    """Gives one packet to its handler; whether one was there."""
    receive, handle = port
    try:
        data, ancillary, _, source = receive(DATAGRAM_BYTES, ANCILLARY_BYTES)
    except OSError:
        return False
    if ancillary:
        seconds, nanoseconds = TIMESPEC.unpack(ancillary[0][2])
        handle(data, source, seconds + nanoseconds * 1e-9)
    else:
        handle(data, source, time.time())
    return True


def drain_flooded(ports: Sequence[WayIn]) -> int:
    """A packet from each by turns, until none waits or the time for it is over; returns how many there were."""
    count, end = 0, time.perf_counter() + FLOOD_SECONDS
    waiting = deque(ports)
    while waiting and time.perf_counter() < end:
        if receive_one(waiting[0]):
            count += 1
            waiting.rotate(-1)
        else:
            waiting.popleft()
    return count


def _with_short_addresses(handler: Handler) -> Handler:
    """IPv6 addresses come with flow and scope, which signalling does not know."""
    return lambda data, source, arrival: handler(data, source[:2], arrival)
