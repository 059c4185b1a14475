"""RTCP sender and receiver reports, source descriptions and goodbyes (RFC 3550 6)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

SENDER_REPORT = 200
RECEIVER_REPORT = 201
SOURCE_DESCRIPTION = 202
BYE = 203
CNAME = 1
VERSION = 0x80
EPOCH = 2_208_988_800
"""Seconds from 1900, where NTP begins, to 1970."""
_HEADER = struct.Struct("!BBH")
_SENDER = struct.Struct("!IIIII")
_BLOCK = struct.Struct("!IIIIII")


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """What a receiver tells of one source; `last_sr` and `delay` in 1/65536 s, jitter in timestamp units."""

    ssrc: int
    fraction_lost: float
    lost: int
    highest: int
    jitter: int
    last_sr: int
    delay: int

    def pack(self) -> bytes:
        fraction = min(255, max(0, int(self.fraction_lost * 256)))
        lost = max(-0x800000, min(0x7FFFFF, self.lost)) & 0xFFFFFF
        return _BLOCK.pack(
            self.ssrc, fraction << 24 | lost, self.highest & 0xFFFFFFFF, self.jitter, self.last_sr, self.delay
        )

    @classmethod
    def parse(cls, data: bytes, position: int) -> ReportBlock:
        ssrc, loss, highest, jitter, last_sr, delay = _BLOCK.unpack_from(data, position)
        lost = loss & 0xFFFFFF
        if lost & 0x800000:
            lost -= 1 << 24
        return cls(ssrc, (loss >> 24) / 256, lost, highest, jitter, last_sr, delay)


@dataclass(frozen=True, slots=True)
class Report:
    """A sender report, or a receiver report when `ntp` is None."""

    ssrc: int
    ntp: int | None = None
    timestamp: int = 0
    packets: int = 0
    octets: int = 0
    blocks: tuple[ReportBlock, ...] = ()

    @property
    def middle(self) -> int:
        """The middle 32 bits of the NTP time: what receivers send back as `last_sr`."""
        return 0 if self.ntp is None else self.ntp >> 16 & 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Compound:
    """One datagram: reports, names by SSRC, and sources that said goodbye."""

    reports: tuple[Report, ...] = ()
    names: dict[int, str] = field(default_factory=dict)
    byes: tuple[int, ...] = ()


def ntp_time(now: float) -> int:
    """64 bits of NTP for `now`, seconds of the Unix epoch."""
    return int((now + EPOCH) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF


def round_trip_seconds(block: ReportBlock, now: float) -> float | None:
    """Round trip by a block that came back at `now` (RFC 3550 6.4.1); None without an earlier report."""
    if not block.last_sr:
        return None
    elapsed = ((ntp_time(now) >> 16) - block.last_sr - block.delay) & 0xFFFFFFFF
    # Rounding on both sides can make it slightly negative, which wraps.
    return elapsed / 65536 if elapsed < 0x80000000 else 0.0


def pack(report: Report, name: str) -> bytes:
    """A compound packet: the report, then the CNAME that RFC 3550 6.1 wants in each."""
    return _pack_report(report) + _pack_name(report.ssrc, name)


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return _HEADER.pack(VERSION | count, kind, len(body) // 4) + body


def _pack_report(report: Report) -> bytes:
    blocks = b"".join(block.pack() for block in report.blocks)
    source = struct.pack("!I", report.ssrc)
    if report.ntp is None:
        return _packet(RECEIVER_REPORT, len(report.blocks), source + blocks)
    sender = _SENDER.pack(
        report.ntp >> 32,
        report.ntp & 0xFFFFFFFF,
        report.timestamp,
        report.packets,
        report.octets & 0xFFFFFFFF,
    )
    return _packet(SENDER_REPORT, len(report.blocks), source + sender + blocks)


def _pack_name(ssrc: int, name: str) -> bytes:
    text = name.encode()[:255]
    chunk = struct.pack("!IBB", ssrc, CNAME, len(text)) + text + b"\0"
    return _packet(SOURCE_DESCRIPTION, 1, chunk + bytes(-len(chunk) % 4))


def pack_bye(ssrc: int) -> bytes:
    return _packet(BYE, 1, struct.pack("!I", ssrc))


def parse(data: bytes) -> Compound | None:
    """The compound packet in `data`, or None when it is malformed; unknown packet types are passed over."""
    reports: list[Report] = []
    names: dict[int, str] = {}
    byes: list[int] = []
    position = 0
    try:
        while position < len(data):
            first, kind, words = _HEADER.unpack_from(data, position)
            end = position + 4 + 4 * words
            if first & 0xC0 != VERSION or end > len(data):
                return None
            body = data[position + 4 : end]
            if kind in (SENDER_REPORT, RECEIVER_REPORT):
                reports.append(_parse_report(body, first & 31, kind))
            elif kind == SOURCE_DESCRIPTION:
                _parse_names(body, first & 31, names)
            elif kind == BYE:
                byes += struct.unpack_from(f"!{first & 31}I", body)
            position = end
    except (struct.error, IndexError):
        return None
    return Compound(tuple(reports), names, tuple(byes)) if position else None


def _parse_report(body: bytes, count: int, kind: int) -> Report:
    (ssrc,) = struct.unpack_from("!I", body)
    ntp, timestamp, packets, octets, position = None, 0, 0, 0, 4
    if kind == SENDER_REPORT:
        seconds, fraction, timestamp, packets, octets = _SENDER.unpack_from(body, 4)
        ntp, position = seconds << 32 | fraction, 24
    blocks = tuple(ReportBlock.parse(body, position + 24 * index) for index in range(count))
    return Report(ssrc, ntp, timestamp, packets, octets, blocks)


def _parse_names(body: bytes, count: int, names: dict[int, str]) -> None:
    position = 0
    for _ in range(count):
        (ssrc,) = struct.unpack_from("!I", body, position)
        position += 4
        while body[position]:
            kind, size = body[position], body[position + 1]
            if kind == CNAME:
                names[ssrc] = body[position + 2 : position + 2 + size].decode("utf-8", "replace")
            position += 2 + size
        # The list ends with at least one zero and goes on at the next word.
        position += 4 - position % 4
