"""Packets of many ports in one system call, received and sent; port by port where the system has no ring."""

from __future__ import annotations

import errno
import mmap
import socket
import struct
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hallom.media.aio import ring as rings
from hallom.media.aio.ring import Ring
from hallom.media.aio.srtp import pointers
from hallom.media.columns import column, zeros
from hallom.media.g711 import FRAME_SAMPLES
from hallom.media.lanes import FRAMES
from hallom.media.latch import Address
from hallom.media.packets import PacketMatrix
from hallom.media.rtp import HEADER_BYTES

PLACES = 256
"""Packets fetched at once; more come in the next go. 528 KiB for each worker, however many calls it has; a go costs 80 µs
beside its packets."""
DATAGRAM_BYTES = 2048
PLACE_BYTES = DATAGRAM_BYTES + 64
"""From one to the next: a power of two apart, all heads would want the same few lines of the processor's nearest memory."""
NAME_BYTES, NAME_BYTES_4 = 28, 16
"""`struct sockaddr_in6` and `sockaddr_in`."""
ADDRESS_BYTES = 32
"""Either of them in whole words."""
STAMP_BYTES = 32
"""A control message with the time of arrival: 16 bytes of head, seconds, nanoseconds."""
KNOWN_ADDRESSES = 8192
"""Peers whose address need not be packed again; a flood of others only makes us forget them."""
MARK = np.uint64(0xFFFFFFFFFFFF)
"""Of the first eight bytes of an RTP packet: sequence number and timestamp."""
HEADER_WORDS = 7
NAME, NAME_LENGTH, VECTORS, VECTOR_COUNT, CONTROL, CONTROL_LENGTH = range(6)
"""Words of `struct msghdr` (recvmsg(2))."""

Words = NDArray[np.uint64]


def _addresses_of(memory: NDArray[np.generic], count: int) -> Words:
    """Where each of so many equal parts of the memory begins."""
    addresses = np.arange(count, dtype=np.uint64)
    addresses *= np.uint64(memory.nbytes // max(1, count))
    addresses += np.uint64(memory.ctypes.data)
    return addresses


def _headers(names: NDArray[np.generic], vectors: Words) -> Words:
    count = len(vectors)
    headers = zeros(count * HEADER_WORDS, np.uint64).reshape(count, HEADER_WORDS)
    headers[:, NAME] = _addresses_of(names, count)
    headers[:, VECTORS] = _addresses_of(vectors, count)
    headers[:, VECTOR_COUNT] = 1
    return headers


@lru_cache(KNOWN_ADDRESSES)
def pack_address(address: Address, family: int) -> bytes:
    """`struct sockaddr_in` or `sockaddr_in6`; all zero, which is refused on sending, for what is none."""
    try:
        host = socket.inet_pton(family, address[0])
        port = struct.pack("!H", address[1])
    except (OSError, struct.error):
        return bytes(ADDRESS_BYTES)
    gap = bytes(4) if family == socket.AF_INET6 else b""
    return (struct.pack("=H", family) + port + gap + host).ljust(ADDRESS_BYTES, b"\0")


def parse_address(packed: bytes) -> Address:
    (family,) = struct.unpack_from("=H", packed)
    (port,) = struct.unpack_from("!H", packed, 2)
    if family == socket.AF_INET6:
        return socket.inet_ntop(socket.AF_INET6, packed[8:24]), port
    return socket.inet_ntop(socket.AF_INET, packed[4:8]), port


class Inbox:
    """Takes one packet from each of many ports in one go; each lies in a place of its own until the next."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        # A slice of an mmap is bytes at once; touched now, so that the first busy hour finds it there.
        self.data = mmap.mmap(-1, PLACES * PLACE_BYTES)
        data = np.frombuffer(self.data, np.uint8)
        data[:] = 0
        self.starts = range(0, PLACES * PLACE_BYTES, PLACE_BYTES)
        self.pointers = pointers(data.reshape(PLACES, PLACE_BYTES))
        self.names = np.zeros((PLACES, ADDRESS_BYTES // 8), np.uint64)
        self._stamps = np.zeros((PLACES, STAMP_BYTES // 8), np.int64)
        self._vectors = np.empty((PLACES, 2), np.uint64)
        self._vectors[:, 0] = _addresses_of(data, PLACES)
        self._vectors[:, 1] = DATAGRAM_BYTES
        self._headers = _headers(self.names, self._vectors)
        self._headers[:, CONTROL] = _addresses_of(self._stamps, PLACES)
        self._entries = rings.entries(PLACES, rings.RECVMSG, socket.MSG_DONTWAIT)
        rings.set_messages(self._entries, _addresses_of(self._headers, PLACES))
        self._heads = self._column(">u2", 0)
        self._firsts = self._column(">u8", 0)
        self._sources = self._column(">u4", 8)
        self.frames = np.ndarray((PLACES,), FRAMES, self.data, HEADER_BYTES, (PLACE_BYTES,))
        self._looks, self._marks, self._timestamps = np.empty((3, PLACES), np.int64)
        self._arrivals = np.empty(PLACES, np.float64)
        self._unstamped = np.empty(PLACES, np.bool_)

    def _column(self, form: str, offset: int) -> NDArray[np.integer[Any]]:
        """One field of the RTP header, of all places together."""
        return np.ndarray((PLACES,), form, self.data, offset, (PLACE_BYTES,))

    def fetch(self, descriptors: NDArray[np.int32]) -> NDArray[np.int32]:
        """How much came from each of at most PLACES ports; negative where nothing waited. Valid until the next submission."""
        count = len(descriptors)
        self._headers[:count, NAME_LENGTH] = NAME_BYTES
        self._headers[:count, CONTROL_LENGTH] = STAMP_BYTES
        rings.set_descriptors(self._entries[:count], descriptors)
        return self._ring.submit(self._entries[:count])

    def looks(self, count: int) -> NDArray[np.int64]:
        """First two bytes and SSRC of each packet as one number; valid until the next time."""
        looks = self._looks[:count]
        looks[:] = self._heads[:count]
        looks <<= 32
        looks |= self._sources[:count]
        return looks

    def numbers(self, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of each packet the RTP sequence number and timestamp as one number, and the timestamp; valid until the next time."""
        marks, timestamps = self._marks[:count], self._timestamps[:count]
        np.bitwise_and(self._firsts[:count], MARK, marks.view(np.uint64))
        np.bitwise_and(marks, 0xFFFFFFFF, timestamps)
        return marks, timestamps

    def frame(self, place: int) -> bytes:
        """What lies behind the header, as long as a usual packet's sound."""
        start = self.starts[place] + HEADER_BYTES
        return self.data[start : start + FRAME_SAMPLES]

    def arrivals(self, count: int) -> NDArray[np.float64]:
        """When each packet came, in seconds of the Unix epoch; valid until the next time."""
        stamps, arrivals, unstamped = self._stamps[:count], self._arrivals[:count], self._unstamped[:count]
        np.multiply(stamps[:, 3], 1e-9, arrivals)
        arrivals += stamps[:, 2]
        np.less(self._headers[:count, CONTROL_LENGTH], STAMP_BYTES, unstamped)
        if unstamped.any():
            arrivals[unstamped] = time.time()
        return arrivals

    def datagram(self, place: int, size: int) -> bytes:
        start = self.starts[place]
        return self.data[start : start + size]

    def source(self, place: int) -> Address:
        return parse_address(self.names[place].tobytes())


class Outbox(Protocol):
    """Sends the packets of a matrix to where each belongs."""

    def send(self) -> int:
        """Returns how many could not be sent."""


class RingOutbox:
    """All in one go."""

    def __init__(
        self, ring: Ring, packets: PacketMatrix, ways: Sequence[tuple[socket.socket, Address]]
    ) -> None:
        count = len(ways)
        # Not by `socket.family`: it makes an enumeration of a number each time, a twelfth of a busy worker's work.
        families = [socket.AF_INET6 if ":" in target[0] else socket.AF_INET for _, target in ways]
        packed = [pack_address(way[1], family) for way, family in zip(ways, families, strict=True)]
        self._ring = ring
        # Kept: the kernel reads from where these lie.
        self._packets = packets
        self._names = np.frombuffer(b"".join(packed), np.uint8)
        self._vectors = zeros(2 * count, np.uint64).reshape(count, 2)
        self._vectors[:, 0] = _addresses_of(packets.bytes, count)
        self._headers = _headers(self._names, self._vectors)
        lengths = [NAME_BYTES_4 if family == socket.AF_INET else NAME_BYTES for family in families]
        self._headers[:, NAME_LENGTH] = column(lengths, np.uint64)
        self._entries = rings.entries(count, rings.SENDMSG, socket.MSG_DONTWAIT)
        rings.set_descriptors(self._entries, [way[0].fileno() for way in ways])
        rings.set_messages(self._entries, _addresses_of(self._headers, count))

    def send(self) -> int:
        lengths = self._packets.lengths
        self._vectors[:, 1] = lengths
        entries = self._entries if lengths.all() else self._entries[lengths > 0]
        return int(np.count_nonzero(self._ring.submit(entries) < 0))


class SingleOutbox:
    """One after the other, where the system has no ring or forbids it."""

    def __init__(self, packets: PacketMatrix, ways: Sequence[tuple[socket.socket, Address]]) -> None:
        self._packets = packets
        rows = [row.data for row in packets.bytes]
        self._ways = [
            (endpoint.sendto, row, target) for row, (endpoint, target) in zip(rows, ways, strict=True)
        ]

    def send(self) -> int:
        failures = 0
        for (send, row, target), length in zip(self._ways, self._packets.lengths.tolist(), strict=True):
            try:
                if length:
                    send(row[:length], target)
            except (OSError, OverflowError):
                failures += 1
        return failures


def open_ring() -> tuple[Ring | None, str]:
    """The ring, or None and why there is none (an old kernel, a container that forbids it)."""
    try:
        return Ring(), ""
    except (OSError, AttributeError) as error:
        reason = errno.errorcode.get(getattr(error, "errno", None) or 0, type(error).__name__)
        return None, reason
