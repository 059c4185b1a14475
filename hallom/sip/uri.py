import re
from functools import lru_cache

from sipmessage import URI

from hallom.sip.flow import DEFAULT_PORTS, Flow
from hallom.sip.header import BadHeader

SCHEMES = frozenset(("sip", "sips", "tel"))
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
# The library knows no host label with a digit in its first run and no header part ("pbx1", "a_b", "?x=y").
LENIENT = re.compile(
    r"(sips?):(?:([^@:\s]+)(?::([^@\s]*))?@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.\-]+)(?::([0-9]{1,5}))?([;?].*)?\Z",
    re.I,
)
# What nearly every caller and called number looks like: a fifth of the library's cost.
USUAL = re.compile(r"sips?:([A-Za-z0-9+_.\-]+)@[A-Za-z0-9.\-]+(?::[0-9]{1,4})?\Z")
ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}\Z|\[?[0-9A-Fa-f]*:[0-9A-Fa-f:.]*\]?\Z")


def scheme_of(uri: str) -> str:
    match = SCHEME.match(uri)
    return match[1].lower() if match else ""


@lru_cache(maxsize=4096)
def parse_uri(uri: str) -> URI:
    """A SIP, SIPS or tel URI, also as deployed phones write it (RFC 3261 19.1); raises BadHeader."""
    try:
        return URI.parse(uri)
    except ValueError:
        match = LENIENT.match(uri)
    if match is None or (match[5] and not 0 < int(match[5]) < 65_536):
        raise BadHeader("an address that is no URI")
    return URI(match[1].lower(), match[4], user=match[2], port=int(match[5]) if match[5] else None)


def user_of(uri: str) -> str:
    match = USUAL.match(uri)
    return match[1] if match else parse_uri(uri).user or ""


def is_address(host: str) -> bool:
    return ADDRESS.match(host) is not None


def flow_to(uri: str) -> Flow:
    """Where a request to this URI goes when nothing else says so (RFC 3263 without DNS); raises BadHeader."""
    parsed = parse_uri(uri)
    if parsed.scheme == "tel":
        raise BadHeader("a telephone number has no host")
    transport = (parsed.parameters.get("transport") or "udp").lower()
    if parsed.scheme == "sips":
        transport = {"udp": "tls", "tcp": "tls", "ws": "wss"}.get(transport, transport)
    if transport not in DEFAULT_PORTS:
        raise BadHeader("a transport we do not speak")
    return Flow(transport, parsed.host.strip("[]"), parsed.port or DEFAULT_PORTS[transport])


def same_contact(one: str, other: str) -> bool:
    """Whether two Contact URIs name the same phone: scheme, user, host and port agree (RFC 3261 19.1.4)."""
    if one == other:
        return True
    try:
        a, b = parse_uri(one), parse_uri(other)
    except BadHeader:
        return False
    return (a.scheme, a.user, a.host.lower(), a.port) == (b.scheme, b.user, b.host.lower(), b.port)
