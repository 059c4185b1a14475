"""DTLS flights cut into datagrams."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from hallom.media.dtls import datagrams


def record(size: int) -> bytes:
    return struct.pack("!B12xH", 22, 0)[:11] + struct.pack("!H", size) + b"r" * size


@given(st.lists(st.integers(0, 900), max_size=8))
def test_records_stay_whole_and_datagrams_small(sizes: list[int]) -> None:
    records = [record(size) for size in sizes]
    cut = list(datagrams(b"".join(records), 1000))
    assert b"".join(cut) == b"".join(records)
    assert all(len(datagram) <= 1000 for datagram in cut)
    starts = {sum(map(len, records[:index])) for index in range(len(records))}
    position = 0
    for datagram in cut:
        assert position in starts
        position += len(datagram)


@given(st.binary(max_size=100))
def test_any_bytes_pass_through_unharmed(flight: bytes) -> None:
    assert b"".join(datagrams(flight, 50)) == flight
