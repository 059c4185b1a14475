"""Two endpoints on a wire of our own making: virtual time, loss, duplication, reordering."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from hallom.sip.accounts import Peer, Secret
from hallom.sip.credentials import secret_from
from hallom.sip.endpoint import Endpoint
from hallom.sip.events import SipEvent
from hallom.sip.flow import Flow
from hallom.sip.message import Request
from hallom.sip.settings import EndpointSettings
from hallom.sip.target import Target

START = 1_700_000_000.0
OFFER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
ANSWER = OFFER.replace("4000", "5000")


@dataclass
class Book:
    """Accounts of a test: trunks by host and port, users by name."""

    trunks: dict[tuple[str, int], str] = field(default_factory=dict)
    users: dict[str, tuple[str, str]] = field(default_factory=dict)
    valid_until: float = START + 1e6

    def peer_of(self, flow: Flow, request: Request) -> Peer | None:
        name = self.trunks.get((flow.host, flow.port))
        return Peer("trunk", name) if name else None

    def secret_of(self, username: str, realm: str, now: float) -> Secret | None:
        if username not in self.users:
            return None
        password, aor = self.users[username]
        return secret_from(username, password, realm, aor=aor, valid_until=self.valid_until)


def dice(seed: int) -> Callable[[int], bytes]:
    return Random(seed).randbytes


class Party:
    """One endpoint, its address and the events it has had."""

    def __init__(self, name: str, port: int, book: Book, seed: int, transport: str = "udp") -> None:
        self.name = name
        self.port = port
        self.transport = transport
        self.settings = EndpointSettings("127.0.0.1", f"key of {name}".encode(), port=port, ws_port=port)
        self.book = book
        self.seed = seed
        self.endpoint = Endpoint(self.settings, book, random=dice(seed))
        self.events: list[SipEvent] = []

    def restart(self) -> None:
        self.seed += 1000
        self.endpoint = Endpoint(self.settings, self.book, random=dice(self.seed))

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def last(self, kind: type[Any]) -> Any:
        return self.of(kind)[-1]


class Network:
    """Carries bytes between the parties, each after `delay`, as `mangle` decides."""

    def __init__(self, transport: str = "udp", *, delay: float = 0.01) -> None:
        book = Book({("127.0.0.1", 5060): "alice", ("127.0.0.1", 5070): "bob"})
        self.transport = transport
        self.alice = Party("alice", 5060, book, 1, transport)
        self.bob = Party("bob", 5070, book, 2, transport)
        self.now = START
        self.delay = delay
        self.log: list[tuple[str, bytes]] = []
        self.mangle: Callable[[str, bytes], list[float]] = lambda sender, data: [self.delay]
        self.react: Callable[[Party, SipEvent], None] = lambda party, event: None
        self._flying: list[tuple[float, int, Party, Flow, bytes]] = []
        self._count = 0

    def other(self, party: Party) -> Party:
        return self.bob if party is self.alice else self.alice

    def flow_to(self, party: Party) -> Flow:
        return Flow(self.transport, "127.0.0.1", party.port, 0 if self.transport == "udp" else 1)

    def target(self) -> Target:
        return Target("sip:bob@127.0.0.1:5070", self.flow_to(self.bob))

    def call(self, invite: str = "leg-1", sdp: str = OFFER, **more: Any) -> None:
        self.alice.endpoint.invite(
            invite, self.target(), self.now, from_uri="sip:alice@127.0.0.1", sdp=sdp, **more
        )

    def collect(self) -> None:
        for party in (self.alice, self.bob):
            moved = True
            while moved:
                moved = self._send_all(party) or self._hear_all(party)

    def _send_all(self, party: Party) -> bool:
        sent = party.endpoint.outgoing()
        for _, data in sent:
            self.log.append((party.name, data))
            for delay in self.mangle(party.name, data):
                self._count += 1
                receiver = self.other(party)
                self._flying.append((self.now + delay, self._count, receiver, self.flow_to(party), data))
        return bool(sent)

    def _hear_all(self, party: Party) -> bool:
        heard = False
        while (event := party.endpoint.next_event()) is not None:
            heard = True
            party.events.append(event)
            self.react(party, event)
        return heard

    def _times(self) -> Iterator[float]:
        for party in (self.alice, self.bob):
            due = party.endpoint.next_deadline()
            if due is not None:
                yield due
        for entry in self._flying:
            yield entry[0]

    def run(self, seconds: float) -> None:
        """Let time pass, from one thing that happens to the next."""
        end = self.now + seconds
        self.collect()
        while (soonest := min(self._times(), default=end + 1)) <= end:
            self.now = max(self.now, soonest)
            arrived = sorted(entry for entry in self._flying if entry[0] <= self.now)
            self._flying = [entry for entry in self._flying if entry[0] > self.now]
            for _, _, receiver, source, data in arrived:
                receiver.endpoint.receive(data, source, self.now)
                self.collect()
            for party in (self.alice, self.bob):
                party.endpoint.advance(self.now)
            self.collect()
        self.now = end

    def starts(self, sender: str) -> list[str]:
        """The first words of what one side has sent."""
        return [
            data.split(b"\r\n")[0].decode().removesuffix(" SIP/2.0")
            for who, data in self.log
            if who == sender
        ]

    def methods(self, sender: str) -> list[str]:
        return [start.split(" ")[1 if start.startswith("SIP/") else 0] for start in self.starts(sender)]
