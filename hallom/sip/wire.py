import hashlib
from collections import Counter, deque
from collections.abc import Callable

from hallom.sip.events import SipEvent
from hallom.sip.flow import DEFAULT_PORTS, Flow
from hallom.sip.limits import MAX_CONDUCT
from hallom.sip.message import Message
from hallom.sip.settings import EndpointSettings
from hallom.sip.timers import Deadlines, Timer


class Wire:
    """What all parts of one endpoint share: its clock reading, its way out, its events and deadlines."""

    def __init__(self, settings: EndpointSettings, random: Callable[[int], bytes]) -> None:
        self.settings = settings
        self.now = 0.0
        self.events: deque[SipEvent] = deque()
        self.deadlines = Deadlines()
        self.counters: Counter[str] = Counter()
        self.closing: list[Flow] = []
        # What spoke for or against a source, until the shell asks; telephones in tests never do.
        self.conduct: deque[tuple[str, Flow]] = deque(maxlen=MAX_CONDUCT)
        self._random = random
        self._key = hashlib.blake2b(settings.secret, digest_size=32).digest()
        self._outgoing: list[tuple[Flow, bytes]] = []
        self._vias = {
            transport: f"SIP/2.0/{transport.upper()} {settings.sent_by(Flow(transport, '', 0))};rport;branch="
            for transport in DEFAULT_PORTS
        }

    def send(self, flow: Flow, data: bytes | Message) -> bytes:
        written = data if isinstance(data, bytes) else bytes(data)
        self._outgoing.append((flow, written))
        return written

    def drain(self) -> list[tuple[Flow, bytes]]:
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def emit(self, event: SipEvent) -> None:
        self.events.append(event)

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        return self.deadlines.at(self.now + seconds, action)

    def cancel(self, timer: Timer | None) -> None:
        self.deadlines.cancel(timer)

    def token(self, size: int = 10) -> str:
        return self._random(size).hex()

    def jitter(self) -> float:
        """A random number between 0 and 1."""
        return int.from_bytes(self._random(2), "big") / 65_536

    def derived(self, *parts: str) -> str:
        """A token that is the same after a restart for the same parts, and that no one else can guess."""
        text = "\0".join(parts).encode("utf-8", "surrogateescape")
        return hashlib.blake2b(text, key=self._key, digest_size=12).hexdigest()

    def via(self, flow: Flow, branch: str) -> str:
        return self._vias[flow.transport] + branch
