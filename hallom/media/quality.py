"""How well a stream arrives: RFC 3550 appendix A statistics and the listener's opinion by the E-model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

RATE = 8000
SEQUENCE_WRAP = 1 << 16
JITTER_WEIGHT = 1 / 16
"""Of each packet (RFC 3550 6.4.1)."""
MAXIMUM_DROPOUT = 3000
"""Sequence jump after which the source counts as restarted (RFC 3550 A.1)."""

DEFAULT_R = 93.2
"""R of a perfect call with all other G.107 parameters at their defaults (G.107 table 3, 2015)."""
G711_IE = 0.0
G711_BPL = 25.1
"""G.711 with packet loss concealment, random loss (G.113 appendix I table I.4)."""


class Borrower(Protocol):
    """Counts for others what comes in order."""

    def give_back(self, row: int) -> tuple[int, float, float, float]:
        """Mark of the newest packet, transit, jitter and when it came; from then on nothing is counted."""

    def heard_at(self, row: int) -> float: ...


class ReceiverStatistics:
    """Counts one source as its packets arrive; times in seconds, jitter in timestamp units.

    What is lent to a borrower stands still here until it is taken back.
    """

    __slots__ = (
        "_base", "_borrower", "_cycles", "_expected_before", "_heard_at", "_last_timestamp", "_received_before", "_row",
        "highest", "jitter", "received", "recent_loss", "ssrc", "transit",
    )  # fmt: skip

    def __init__(self) -> None:
        self.ssrc: int | None = None
        self.received = 0
        self.jitter = 0.0
        self.highest = 0
        self.transit: float | None = None
        self._heard_at: float | None = None
        self._base = self._cycles = 0
        self._last_timestamp = -1
        self._expected_before = self._received_before = 0
        self.recent_loss = 0.0
        self._borrower: Borrower | None = None
        self._row = 0

    def _start(self, ssrc: int | None, sequence: int) -> None:
        self.__init__()  # type: ignore[misc]
        self.ssrc = ssrc
        self._base = self.highest = sequence

    def update(self, ssrc: int, sequence: int, timestamp: int, arrival: float) -> None:
        if ssrc != self.ssrc:
            self._start(ssrc, sequence)
        self.go_on(sequence, timestamp, arrival)

    def go_on(self, sequence: int, timestamp: int, arrival: float) -> None:
        """One more packet of the source that is counted."""
        if sequence == self.highest + 1:
            self.highest = sequence
        else:
            self._place(sequence)
        self.received += 1
        self._heard_at = arrival
        if timestamp == self._last_timestamp:
            return
        self._last_timestamp = timestamp
        transit = arrival * RATE - timestamp
        if self.transit is not None:
            difference = abs(transit - self.transit)
            # A second's step is a timestamp that wrapped or began anew, not the network.
            if difference < RATE:
                self.jitter += (difference - self.jitter) * JITTER_WEIGHT
        self.transit = transit

    @property
    def mark(self) -> int | None:
        """Of the newest packet, where all before it came in order: its sequence number and, in the lower 32 bits, timestamp."""
        return None if self._last_timestamp < 0 else self.highest << 32 | self._last_timestamp

    @property
    def heard_at(self) -> float | None:
        """When the newest packet came, lent or not."""
        return self._heard_at if self._borrower is None else self._borrower.heard_at(self._row)

    def lend(self, borrower: Borrower, row: int) -> None:
        """The borrower counts from now on what comes in order."""
        self._borrower, self._row = borrower, row

    def take_back(self) -> None:
        """Brings the numbers up to date, if they are lent."""
        if self._borrower is None:
            return
        mark, self.transit, self.jitter, self._heard_at = self._borrower.give_back(self._row)
        self._borrower = None
        # One packet for each number, none twice: nothing else is counted there.
        self.received += (mark >> 32) - self.highest
        self.highest, self._last_timestamp = mark >> 32, mark & 0xFFFFFFFF

    def _place(self, sequence: int) -> None:
        """A sequence number that is not simply the next one."""
        ahead = (sequence - self.highest) % SEQUENCE_WRAP
        if ahead < MAXIMUM_DROPOUT:
            if sequence < self.highest:
                self._cycles += SEQUENCE_WRAP
            self.highest = sequence
        elif ahead < SEQUENCE_WRAP - MAXIMUM_DROPOUT:
            self._start(self.ssrc, sequence)

    @property
    def extended_highest(self) -> int:
        return self._cycles + self.highest

    @property
    def expected(self) -> int:
        return 0 if self.ssrc is None else self.extended_highest - self._base + 1

    @property
    def lost(self) -> int:
        """Packets missing over the whole life of the source; negative with duplicates (RFC 3550 6.4.1)."""
        return self.expected - self.received

    def interval_loss(self) -> float:
        """Share lost since the last time this was asked, 0 to 1 (RFC 3550 A.3)."""
        expected = self.expected - self._expected_before
        received = self.received - self._received_before
        self._expected_before, self._received_before = self.expected, self.received
        self.recent_loss = max(0.0, (expected - received) / expected) if expected > 0 else 0.0
        return self.recent_loss


@dataclass(frozen=True, slots=True)
class Quality:
    """What one side hears: shares 0 to 1, times in ms, `mos` 1 to 4.5, `level` in dBov."""

    loss: float
    jitter_ms: float
    round_trip_ms: float | None
    mos: float
    level: float

    def as_dict(self) -> dict[str, float | None]:
        return {
            "loss": round(self.loss, 4),
            "jitter_ms": round(self.jitter_ms, 1),
            "round_trip_ms": None if self.round_trip_ms is None else round(self.round_trip_ms, 1),
            "mos": round(self.mos, 2),
            "level": round(self.level, 1),
        }


def delay_impairment(one_way_ms: float) -> float:
    """Idd of G.107 7.4 (sT = 1, mT = 100 ms): what pure delay takes from R."""
    if one_way_ms <= 100:
        return 0.0
    x = math.log2(one_way_ms / 100)
    return float(25 * ((1 + x**6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2))


def loss_impairment(loss: float) -> float:
    """Ie,eff of G.107 7.5 for random loss; `loss` 0 to 1."""
    percent = 100 * loss
    return G711_IE + (95 - G711_IE) * percent / (percent + G711_BPL)


def rating(loss: float, one_way_ms: float) -> float:
    """The transmission rating factor R (G.107 7.1)."""
    return DEFAULT_R - delay_impairment(one_way_ms) - loss_impairment(loss)


def mean_opinion(r: float) -> float:
    """MOS of a rating (G.107 annex B)."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def mos(loss: float, jitter_ms: float, round_trip_ms: float | None, buffer_ms: float) -> float:
    """Estimated MOS: half the round trip, the jitter buffer and one packet make up the delay."""
    one_way = (round_trip_ms or 0.0) / 2 + max(buffer_ms, 2 * jitter_ms) + 20
    return mean_opinion(rating(loss, one_way))
