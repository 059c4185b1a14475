"""DTLS records packed into datagrams (RFC 9147 4.1, RFC 6347 4.1.1)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

RECORD_HEADER = 13
MTU = 1200
"""Bytes of DTLS in a datagram that pass through every tunnel and VPN met so far (as browsers use)."""


def datagrams(flight: bytes, mtu: int = MTU) -> Iterator[bytes]:
    """A flight cut between records only: a record split over two datagrams would be lost."""
    start = position = 0
    while position + RECORD_HEADER <= len(flight):
        end = position + RECORD_HEADER + struct.unpack_from("!H", flight, position + 11)[0]
        if end - start > mtu and position > start:
            yield flight[start:position]
            start = position
        position = end
    if start < len(flight):
        yield flight[start:]
