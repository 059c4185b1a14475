"""Who is not listened to for a time: sources of wrong passwords, of malformed messages, of requests that prove nothing.

Counted are points that fade; each ban of the same source lasts longer than the one before. Not banned are trunks (their
networks are the administrator's word), this machine (a proxy in front of it speaks for everybody), and what comes over
WebSocket, for the same reason: there one page's connection is closed by its limits, not its whole house.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field

from hallom.sip.flow import Flow
from hallom.switch.aio import metrics

# Points fade so fast that a source at its limit is clean again after this time.
FADING_SECONDS = 60.0
# Points that lead to a ban. A telephone with an old password tries some three times a minute: three of them behind one
# router are let be. Malformed messages come from bugs too, so a chatty broken telephone has leeway. A request that is
# challenged and never comes back with a proof is a scanner's; two hundred telephones may register at once after a power cut.
LIMITS = {"refused": 10.0, "malformed": 50.0, "challenged": 200.0}
REASONS = {"refused": "authentication", "malformed": "malformed", "challenged": "flood"}
# Whoever has registered or is in a call from there is a customer of ours, and UDP sources can be forged to harm him.
KNOWN_FACTOR = 10.0
FIRST_BAN_SECONDS = 60.0
BAN_GROWTH = 4.0
# Addresses change hands: a day is as long as a dynamic one is usually kept.
LONGEST_BAN_SECONDS = 86_400.0
SOURCES_REMEMBERED = 20_000
# Who has an IPv6 network can send from any of its addresses.
IPV6_PREFIX = 64
THIS_MACHINE = frozenset({"127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Ban:
    source: str
    reason: str
    times: int
    until: float


@dataclass(slots=True)
class Conduct:
    """`points` of each kind as of `at`."""

    at: float
    points: dict[str, float] = field(default_factory=dict)

    def add(self, kind: str, amount: float, now: float) -> float:
        passed = max(0.0, now - self.at)
        self.at = now
        for name, points in self.points.items():
            self.points[name] = max(0.0, points - passed * LIMITS[name] / FADING_SECONDS)
        self.points[kind] = max(0.0, self.points.get(kind, 0.0) + amount)
        return self.points[kind]


class Bans:
    """`is_trunk` and `is_known` are asked about a host only when it is about to be banned."""

    def __init__(self, is_trunk: Callable[[str], bool], is_known: Callable[[str], bool]) -> None:
        self.is_trunk = is_trunk
        self.is_known = is_known
        self.current: dict[str, Ban] = {}
        self.dropped = 0
        self._conduct: dict[str, Conduct] = {}

    def is_banned(self, host: str, now: float) -> bool:
        """Asked for every datagram: without a ban it costs one look."""
        if not self.current:
            return False
        ban = self.current.get(source_of(host))
        if ban is None or ban.until <= now:
            return False
        self.dropped += 1
        return True

    def note(self, kind: str, flow: Flow, now: float) -> Ban | None:
        """Points for or against a source; the ban when it has too many."""
        if flow.is_websocket or flow.host in THIS_MACHINE:
            return None
        source = source_of(flow.host)
        conduct = self._conduct_of(source, now)
        if kind == "admitted":
            conduct.add("challenged", -1.0, now)
            return None
        points = conduct.add(kind, 1.0, now)
        if points < LIMITS[kind] or self.is_trunk(flow.host):
            return None
        if points < LIMITS[kind] * KNOWN_FACTOR and self.is_known(flow.host):
            return None
        return self._ban(source, REASONS[kind], now)

    def lift(self, source: str) -> bool:
        """Whether it was banned; what it did before is forgotten."""
        self._conduct.pop(source, None)
        return self.current.pop(source, None) is not None

    def count(self, now: float) -> int:
        return sum(ban.until > now for ban in self.current.values())

    def restore(self, bans: list[Ban], now: float) -> None:
        self.current = {ban.source: ban for ban in bans if _counts(ban, now)}

    def _ban(self, source: str, reason: str, now: float) -> Ban:
        before = self.current.get(source)
        times = before.times + 1 if before is not None and _counts(before, now) else 1
        seconds = min(FIRST_BAN_SECONDS * BAN_GROWTH ** min(times - 1, 16), LONGEST_BAN_SECONDS)
        ban = self.current[source] = Ban(source, reason, times, now + seconds)
        self._conduct.pop(source, None)
        if len(self.current) > SOURCES_REMEMBERED:
            self.current = {one.source: one for one in self.current.values() if _counts(one, now)}
            while len(self.current) > SOURCES_REMEMBERED:
                del self.current[next(iter(self.current))]
        metrics.BANS.labels(reason).inc()
        return ban

    def _conduct_of(self, source: str, now: float) -> Conduct:
        conduct = self._conduct.get(source)
        if conduct is None:
            if len(self._conduct) >= SOURCES_REMEMBERED:
                self._forget(now)
            conduct = self._conduct[source] = Conduct(now)
        return conduct

    def _forget(self, now: float) -> None:
        self._conduct = {name: one for name, one in self._conduct.items() if now - one.at < FADING_SECONDS}
        if len(self._conduct) >= SOURCES_REMEMBERED:
            self._conduct.clear()


def source_of(host: str) -> str:
    """What is banned: the address, of IPv6 its network. Anything else stands for itself."""
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address, IPV6_PREFIX), strict=False).network_address)


def _counts(ban: Ban, now: float) -> bool:
    """A ban that is over is remembered for a day, so that the next one is longer."""
    return ban.until + LONGEST_BAN_SECONDS > now
