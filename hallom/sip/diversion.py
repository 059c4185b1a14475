import re
from dataclasses import dataclass
from urllib.parse import unquote

from hallom.sip.header import BadHeader, NameAddr, split_commas
from hallom.sip.limits import MAX_DIVERSIONS, MAX_REDIRECTIONS
from hallom.sip.message import Message
from hallom.sip.uri import SCHEMES, scheme_of

REASON = re.compile(r"[A-Za-z0-9\-]{1,32}\Z")
CAUSE = re.compile(r"cause\s*=\s*([0-9]{3})")
# What the causes of History-Info are called in Diversion (RFC 7544 7.2).
CAUSES = {
    "302": "unconditional",
    "408": "no-answer",
    "480": "unavailable",
    "486": "user-busy",
    "487": "deflection",
}
QVALUE = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\Z")


@dataclass(frozen=True, slots=True)
class Diversion:
    """One station that has sent a call on, why, and how many diversions it stands for (RFC 5806)."""

    uri: str
    reason: str = "unknown"
    count: int = 1


def diversions(message: Message) -> tuple[Diversion, ...]:
    """Who has sent the call on, the last one first, from Diversion or else History-Info; what is malformed is left out."""
    found = [_diversion(item) for item in _items(message, "diversion")]
    if not any(found):
        found = _from_history(_items(message, "history-info"))
    return tuple(filter(None, found))[:MAX_DIVERSIONS]


def redirections(message: Message) -> tuple[str, ...]:
    """The URIs that a 3xx names, the most wanted first (RFC 3261 8.1.3.4); only those that could be called."""
    wanted: list[tuple[float, str]] = []
    for item in message.headers.get("contact", ()):
        try:
            contact = NameAddr.parse(item)
        except BadHeader:
            continue
        uri = contact.uri.partition("?")[0]
        if scheme_of(uri) in SCHEMES and uri not in [known for _, known in wanted]:
            q = contact.parameters.get("q", "1")
            wanted.append((-float(q) if QVALUE.match(q) else -1.0, uri))
    wanted.sort(key=lambda pair: pair[0])
    return tuple(uri for _, uri in wanted[:MAX_REDIRECTIONS])


def _items(message: Message, name: str) -> list[str]:
    return [item for value in message.headers.get(name, ()) for item in split_commas(value)]


def _diversion(item: str) -> Diversion | None:
    try:
        station = NameAddr.parse(item)
    except BadHeader:
        return None
    reason = station.parameters.get("reason", "").lower()
    count = station.parameters.get("counter", "")
    number = int(count) if count.isascii() and count.isdecimal() and len(count) < 4 else 1
    return Diversion(station.uri, reason if REASON.match(reason) else "unknown", max(number, 1))


def _from_history(items: list[str]) -> list[Diversion | None]:
    """Of a history every station but the one that is now called has sent the call on (RFC 7044 5)."""
    stations = []
    for item in items:
        try:
            stations.append(NameAddr.parse(item).uri)
        except BadHeader:
            continue
    found: list[Diversion | None] = []
    for uri in reversed(stations[:-1]):
        address, _, headers = uri.partition("?")
        cause = CAUSE.search(unquote(headers))
        found.append(Diversion(address, CAUSES.get(cause[1], "unknown") if cause else "unknown"))
    return found
