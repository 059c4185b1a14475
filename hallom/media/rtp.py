"""RTP packets as values (RFC 3550 5.1) and the demultiplexing of one port (RFC 7983, RFC 5761)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

HEADER = struct.Struct("!BBHII")
EXTENSION = struct.Struct("!HH")
HEADER_BYTES = HEADER.size
MARKER = 0x80
VERSION = 0x80


class Traffic(Enum):
    """What a datagram on a media port is, told by its first two bytes."""

    STUN = "stun"
    DTLS = "dtls"
    RTP = "rtp"
    RTCP = "rtcp"
    UNKNOWN = "unknown"


def traffic_of(data: bytes) -> Traffic:
    if len(data) < 2:
        return Traffic.UNKNOWN
    first = data[0]
    if 128 <= first < 192:
        return Traffic.RTCP if 64 <= data[1] & 0x7F < 96 else Traffic.RTP
    if first < 4:
        return Traffic.STUN
    return Traffic.DTLS if 20 <= first < 64 else Traffic.UNKNOWN


class Packet(NamedTuple):
    """One parsed packet; a tuple because thousands are made a second."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def parse(data: bytes) -> Packet | None:
    """The packet in `data`, or None when it is not well-formed RTP of version 2."""
    size = len(data)
    if size < HEADER_BYTES:
        return None
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    if first == VERSION:
        payload = data[HEADER_BYTES:]
    elif first & 0xC0 == VERSION:
        bounds = _payload_bounds(data, first)
        if bounds is None:
            return None
        payload = data[bounds[0] : bounds[1]]
    else:
        return None
    return Packet(second & 0x7F, second > 0x7F, sequence, timestamp, ssrc, payload)


def _payload_bounds(data: bytes, first: int) -> tuple[int, int] | None:
    """Where the payload begins and ends once CSRC list, extension and padding are taken off."""
    start = HEADER_BYTES + 4 * (first & 0x0F)
    end = len(data)
    if first & 0x10:
        if start + EXTENSION.size > end:
            return None
        start += EXTENSION.size + 4 * EXTENSION.unpack_from(data, start)[1]
    if first & 0x20:
        padding = data[-1]
        if not padding:
            return None
        end -= padding
    return (start, end) if start <= end else None


@dataclass(frozen=True, slots=True)
class Extension:
    """A header extension (RFC 3550 5.3.1); `body` is padded to whole words."""

    profile: int
    body: bytes


def pack(
    packet: Packet, *, csrcs: tuple[int, ...] = (), extension: Extension | None = None, padding: int = 0
) -> bytes:
    """Bytes of a packet; `padding` is the number of padding bytes, 0 to 255, its own count included."""
    first = VERSION | len(csrcs) | (0x10 if extension else 0) | (0x20 if padding else 0)
    second = packet.payload_type | (0x80 if packet.marker else 0)
    parts = [HEADER.pack(first, second, packet.sequence, packet.timestamp, packet.ssrc)]
    parts += [struct.pack("!I", csrc) for csrc in csrcs]
    if extension:
        body = extension.body + bytes(-len(extension.body) % 4)
        parts += [EXTENSION.pack(extension.profile, len(body) // 4), body]
    parts.append(packet.payload)
    if padding:
        parts.append(bytes(padding - 1) + bytes([padding]))
    return b"".join(parts)
