import hmac
from collections import OrderedDict
from enum import Enum

from hallom.sip.limits import MAX_NONCES

# Requests of one phone may overtake each other over UDP; a count is good once within this many.
WINDOW = 64


class Freshness(Enum):
    FRESH = "fresh"
    STALE = "stale"


class Nonces:
    """Signed, self-dating nonces, and the counts with which each was used (RFC 7616 3.3, 3.4.6).

    Only counts that came with a right digest are remembered, so strangers cannot fill the memory. When it is
    full the oldest entry goes, and with it the validity of every nonce that was issued no later.
    """

    def __init__(self, key: bytes, seconds: float) -> None:
        self._key = key
        self._seconds = seconds
        self._used: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._valid_from: float | None = None

    def __len__(self) -> int:
        return len(self._used)

    def issue(self, salt: str, now: float) -> str:
        self._start(now)
        stamp = f"{int(now * 1000):x}.{salt}"
        return f"{stamp}.{self._signature(stamp)}"

    def use(self, nonce: str, count: int, now: float) -> Freshness:
        """Note that `nonce` came with this nonce-count and a right digest."""
        valid_from = self._start(now)
        issued = self._issued_at(nonce)
        if issued is None or not issued - 1 <= now <= issued + self._seconds or issued <= valid_from:
            return Freshness.STALE
        highest, seen = self._used.get(nonce, (0, 0))
        if count > highest:
            seen = ((seen << min(count - highest, WINDOW)) | 1) & ((1 << WINDOW) - 1)
            highest = count
        else:
            bit = 1 << (highest - count)
            if highest - count >= WINDOW or seen & bit:
                return Freshness.STALE
            seen |= bit
        self._used[nonce] = (highest, seen)
        self._forget(now)
        return Freshness.FRESH

    def _start(self, now: float) -> float:
        """Which counts were used before a restart is not known: older nonces are not valid."""
        if self._valid_from is None:
            self._valid_from = now - 0.002
        return self._valid_from

    def _issued_at(self, nonce: str) -> float | None:
        stamp, _, signature = nonce.rpartition(".")
        if not nonce.isascii() or not hmac.compare_digest(self._signature(stamp), signature):
            return None
        return int(stamp.partition(".")[0], 16) / 1000

    def _forget(self, now: float) -> None:
        while self._used:
            oldest = next(iter(self._used))
            issued = self._issued_at(oldest) or 0.0
            if len(self._used) <= MAX_NONCES and now <= issued + self._seconds:
                return
            if len(self._used) > MAX_NONCES:
                self._valid_from = max(self._valid_from or 0.0, issued)
            del self._used[oldest]

    def _signature(self, stamp: str) -> str:
        return hmac.digest(self._key, b"nonce " + stamp.encode("utf-8", "replace"), "sha256")[:12].hex()
