"""What one peer may take of the switch: connections, and messages a second."""

from collections.abc import Callable
from dataclasses import dataclass, field

SOURCES_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Rates in messages a second; the burst is how many may come at once."""

    connections: int = 5_000
    connections_per_source: int = 500
    idle_seconds: float = 180.0
    first_message_seconds: float = 20.0
    rate: float = 2_000.0
    burst: float = 4_000.0


@dataclass(slots=True)
class RateLimiter:
    """A token bucket for each source address, so that one noisy peer does not take the loop from the others."""

    limits: Limits
    now: Callable[[], float]
    is_banned: Callable[[str], bool] = lambda host: False
    buckets: dict[str, tuple[float, float]] = field(default_factory=dict)
    refused: int = 0

    def allows(self, host: str) -> bool:
        if self.is_banned(host):
            return False
        now = self.now()
        tokens, since = self.buckets.get(host, (self.limits.burst, now))
        tokens = min(self.limits.burst, tokens + (now - since) * self.limits.rate)
        if tokens < 1.0:
            self.refused += 1
            self.buckets[host] = (tokens, now)
            return False
        if len(self.buckets) >= SOURCES_REMEMBERED and host not in self.buckets:
            self._forget_full(now)
        self.buckets[host] = (tokens - 1.0, now)
        return True

    def _forget_full(self, now: float) -> None:
        refill = self.limits.burst / self.limits.rate
        self.buckets = {host: bucket for host, bucket in self.buckets.items() if now - bucket[1] < refill}
        if len(self.buckets) >= SOURCES_REMEMBERED:
            self.buckets.clear()


@dataclass(slots=True)
class ConnectionCount:
    limits: Limits
    total: int = 0
    by_source: dict[str, int] = field(default_factory=dict)

    def admit(self, host: str) -> bool:
        here = self.by_source.get(host, 0)
        if self.total >= self.limits.connections or here >= self.limits.connections_per_source:
            return False
        self.total += 1
        self.by_source[host] = here + 1
        return True

    def release(self, host: str) -> None:
        self.total -= 1
        here = self.by_source.get(host, 0) - 1
        if here > 0:
            self.by_source[host] = here
        else:
            self.by_source.pop(host, None)
