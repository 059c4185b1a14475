"""SIP over UDP: one socket, read in batches, each message with the moment at which it came."""

import asyncio
import socket
import struct
import time
from collections import deque
from collections.abc import Callable

from hallom.sip.limits import MAX_MESSAGE

RECEIVE_BUFFER = 8 * 1024 * 1024
# More than one core can deal with while the switch rests (`pace.py`).
BATCH = 256
QUEUED_AT_MOST = 10_000
# asm-generic/socket.h, which Python does not name: Linux notes when a packet came, however late it is read.
SO_TIMESTAMPNS = 35
TIMESPEC = struct.Struct("ll")
NOTE_ROOM = socket.CMSG_SPACE(TIMESPEC.size)

Datagram = tuple[bytes, tuple[str, int], float]
Received = Callable[[list[Datagram]], None]


class Datagrams:
    """asyncio's own datagram transport calls back once a packet; under load one call for many is much cheaper."""

    def __init__(self, host: str, port: int, received: Received) -> None:
        self.received = received
        self.dropped = 0
        self._waiting: deque[tuple[bytes, tuple[str, int]]] = deque()
        self._socket = _bound(host, port)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._readable)

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def send(self, data: bytes, address: tuple[str, int]) -> None:
        if self._waiting:
            self._hold(data, address)
            return
        try:
            self._socket.sendto(data, address)
        except BlockingIOError:
            self._hold(data, address)
            self._loop.add_writer(self._socket, self._writable)
        except OSError:
            self.dropped += 1

    def close(self) -> None:
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()

    def _readable(self) -> None:
        batch: list[Datagram] = []
        for _ in range(BATCH):
            try:
                data, notes, _, address = self._socket.recvmsg(MAX_MESSAGE, NOTE_ROOM)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                # Linux reports an ICMP "port unreachable" of an earlier sendto here; the socket is fine.
                continue
            batch.append((data, address, came_at(notes)))
        if batch:
            self.received(batch)

    def _writable(self) -> None:
        while self._waiting:
            data, address = self._waiting[0]
            try:
                self._socket.sendto(data, address)
            except BlockingIOError:
                return
            except OSError:
                self.dropped += 1
            self._waiting.popleft()
        self._loop.remove_writer(self._socket)

    def _hold(self, data: bytes, address: tuple[str, int]) -> None:
        if len(self._waiting) >= QUEUED_AT_MOST:
            self.dropped += 1
            return
        self._waiting.append((data, address))


def came_at(notes: list[tuple[int, int, bytes]]) -> float:
    """When the kernel got the packet that has these notes; seconds of the epoch."""
    for level, kind, note in notes:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = TIMESPEC.unpack(note)
            return float(seconds + nanoseconds / 1e9)
    return time.time()


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_DGRAM)
    bound.setblocking(False)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, RECEIVE_BUFFER)
    bound.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
