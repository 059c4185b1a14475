"""Whom the SIP side knows, as values: desk phones and lines. Needs no database and no Django."""

import ipaddress
from dataclasses import dataclass, field, replace

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Credentials like a browser phone's serve the practice caller; no agent has this number.
PRACTICE_AGENT = 0


@dataclass(frozen=True, slots=True)
class Device:
    """A desk phone's digests (RFC 7616 3.4.2) and the AOR it may register."""

    realm: str
    ha1_md5: str = field(repr=False)
    ha1_sha256: str = field(repr=False)
    aor: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A trunk: calls come from its networks; one that `registers` is a server where we do, found at `address`.

    Over one that `is_outgoing` calls go out, at most `calls_most` at a time (None: no limit), in the order of `rank`.
    """

    name: str
    networks: tuple[Network, ...]
    host: str
    port: int
    transport: str
    username: str
    secret: str = field(repr=False)
    expires_seconds: int
    registers: bool
    address: str = ""
    is_outgoing: bool = False
    rank: int = 0
    calls_most: int | None = None
    is_probed: bool = True


@dataclass(frozen=True, slots=True)
class Directory:
    devices: dict[str, Device] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    # Active users and the epoch of their sessions: credentials of an earlier one are no longer good.
    epochs: dict[int, int] = field(default_factory=dict)

    def without_passwords(self) -> "Directory":
        """Fit to be kept in a file: passwords of lines are encrypted wherever they lie."""
        return replace(self, lines=tuple(replace(line, secret="", registers=False) for line in self.lines))


def aor_of(agent: int) -> str:
    return f"agent-{agent}"
