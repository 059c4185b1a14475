import hashlib
from dataclasses import dataclass
from typing import Literal, Protocol

from hallom.sip.flow import Flow
from hallom.sip.message import Request


@dataclass(frozen=True, slots=True)
class Peer:
    """Whom a request is from: a trunk by its name, or an account by its AOR ("agent-7")."""

    kind: Literal["trunk", "account"]
    name: str


@dataclass(frozen=True, slots=True)
class Secret:
    """What a digest is checked against: HA1 of each algorithm in lower-case hex, and what it opens.

    `username` is who has proved to know it, if anybody has.
    """

    ha1_md5: str
    ha1_sha256: str
    aor: str
    valid_until: float
    username: str = ""

    @property
    def mark(self) -> str:
        """Another with each change of the secret, of which it tells nothing."""
        return hashlib.sha256(self.ha1_sha256.encode()).hexdigest()[:16]


class Accounts(Protocol):
    """Pure look-ups in what the administrator has set."""

    def peer_of(self, flow: Flow, request: Request) -> Peer | None: ...

    def secret_of(self, username: str, realm: str, now: float) -> Secret | None: ...
