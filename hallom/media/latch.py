"""Whose packets a plain RTP leg believes (symmetric RTP, RFC 4961; the attack is known as RTP bleed)."""

from __future__ import annotations

Address = tuple[str, int]

PROBATION = 3
"""Packets in sequence and of one SSRC that an unannounced source must send before it is believed."""
SILENCE_SECONDS = 2.0
"""How long the believed source must have been silent before another may take its place."""


class Latch:
    """Locks a leg to one source: the announced one at once, another only after probation.

    A source other than the locked one is not heard unless the locked one fell silent. The announced address
    itself is always believed: it came with the signalling.
    """

    __slots__ = ("_candidate", "_expected", "_run", "_ssrc", "announced", "heard_at", "locked")

    def __init__(self) -> None:
        self.announced: Address | None = None
        self.locked: Address | None = None
        self.heard_at = 0.0
        self._candidate: Address | None = None
        self._ssrc = self._expected = self._run = 0

    def announce(self, address: Address) -> None:
        """The address of the peer's SDP; a new one begins anew, the same one changes nothing."""
        if address != self.announced:
            self.announced = address
            self.locked = None
            self._candidate = None

    @property
    def target(self) -> Address | None:
        """Where to send: to the source that is heard, before that to the announced address."""
        return self.locked or self.announced

    def accepts(self, source: Address, ssrc: int, sequence: int, now: float) -> bool:
        if source == self.locked:
            self.heard_at = now
            return True
        if self.announced is None:
            return False
        if source == self.announced or self._passes_probation(source, ssrc, sequence, now):
            self.locked = source
            self.heard_at = now
            self._candidate = None
            return True
        return False

    def _passes_probation(self, source: Address, ssrc: int, sequence: int, now: float) -> bool:
        if self.locked is not None and now - self.heard_at < SILENCE_SECONDS:
            return False
        if source == self._candidate and ssrc == self._ssrc and sequence == self._expected:
            self._run += 1
        else:
            self._candidate, self._ssrc, self._run = source, ssrc, 1
        self._expected = (sequence + 1) % 65536
        return self._run >= PROBATION
