from dataclasses import dataclass
from functools import partial

from hallom.sip.client import ClientTransactions
from hallom.sip.credentials import Credentials
from hallom.sip.events import TrunkChanged
from hallom.sip.exchange import answer_to_challenge
from hallom.sip.flow import Flow
from hallom.sip.header import BadHeader, NameAddr
from hallom.sip.message import Headers, Request, Response
from hallom.sip.target import Target
from hallom.sip.timers import Timer
from hallom.sip.uri import flow_to
from hallom.sip.wire import Wire

# RFC 5626 4.5: retries after 30 s, doubling, at most half an hour, each between half and all of that.
FIRST_RETRY = 30.0
LONGEST_RETRY = 1800.0


@dataclass(frozen=True, slots=True)
class Trunk:
    """A carrier we register with; `aor` is the URI it knows us by, `user` the one it calls us at."""

    name: str
    registrar: Target
    aor: str
    credentials: Credentials | None = None
    user: str = "hallom"
    expires: int = 600


class Registration:
    """Our standing with one trunk."""

    __slots__ = ("cseq", "expires", "failures", "flow", "registered", "timer", "tried", "trunk")

    def __init__(self, trunk: Trunk, flow: Flow, cseq: int) -> None:
        self.trunk = trunk
        self.flow = flow
        self.cseq = cseq
        self.expires = trunk.expires
        self.registered: bool | None = None
        self.failures = 0
        self.tried = 0
        self.timer: Timer | None = None


class Registrations:
    """Keeps us registered with every trunk that wants it (RFC 3261 10.2)."""

    def __init__(self, wire: Wire, clients: ClientTransactions) -> None:
        self._wire = wire
        self._clients = clients
        self._registrations: dict[str, Registration] = {}

    def register(self, trunk: Trunk) -> None:
        self.forget(trunk.name)
        try:
            flow = trunk.registrar.flow or flow_to(trunk.registrar.uri)
        except BadHeader:
            self._wire.emit(TrunkChanged(trunk.name, registered=False, status=416))
            return
        # The clock gives a CSeq that also grows over restarts (RFC 3261 8.1.1.5 suggests it).
        registration = Registration(trunk, flow, int(self._wire.now) % 2**31)
        self._registrations[trunk.name] = registration
        self._send(registration, {}, registration.expires)

    def forget(self, name: str) -> None:
        """Stop refreshing, and tell the trunk so."""
        registration = self._registrations.pop(name, None)
        if registration is not None:
            self._wire.cancel(registration.timer)
            if registration.registered:
                self._send(registration, {}, 0)

    def on_response(self, registration: Registration, request: Request, response: Response) -> None:
        if self._registrations.get(registration.trunk.name) is not registration or response.status < 200:
            return
        if response.status < 300:
            self._succeed(registration, response)
        elif not self._try_again(registration, request, response):
            self.fail(registration, response.status)

    def fail(self, registration: Registration, status: int) -> None:
        if self._registrations.get(registration.trunk.name) is not registration:
            return
        longest = min(FIRST_RETRY * 2.0**registration.failures, LONGEST_RETRY)
        registration.failures = min(registration.failures + 1, 10)
        registration.tried = 0
        self._again(registration, longest * (0.5 + self._wire.jitter() / 2))
        self._tell(registration, registered=False, status=status)

    def _succeed(self, registration: Registration, response: Response) -> None:
        registration.failures = registration.tried = 0
        granted = self._granted(registration, response)
        self._again(registration, max(granted - max(granted * 0.1, 5.0), 1.0))
        self._tell(registration, registered=True, status=response.status)

    def _try_again(self, registration: Registration, request: Request, response: Response) -> bool:
        if registration.tried >= 2:
            return False
        registration.tried += 1
        if response.status == 423 and (least := response.number("min-expires")) is not None:
            registration.expires = max(least, registration.expires)
            self._send(registration, {}, registration.expires)
            return True
        if response.status in (401, 407):
            header = answer_to_challenge(self._wire, response, request, registration.trunk.credentials)
            if header is not None:
                self._send(registration, header, registration.expires)
                return True
        return False

    def _send(self, registration: Registration, header: Headers, expires: int) -> None:
        trunk = registration.trunk
        registration.cseq += 1
        branch = f"z9hG4bK{self._wire.token(8)}"
        contact = self._wire.settings.contact(registration.flow, trunk.user)
        headers = {
            "via": [self._wire.via(registration.flow, branch)],
            "max-forwards": ["70"],
            "from": [f"<{trunk.aor}>;tag={self._wire.token(6)}"],
            "to": [f"<{trunk.aor}>"],
            "call-id": [f"{self._wire.derived('trunk', trunk.name)}@{self._wire.settings.host}"],
            "cseq": [f"{registration.cseq} REGISTER"],
            "contact": [contact],
            "expires": [str(expires)],
            "user-agent": [self._wire.settings.user_agent],
        }
        if trunk.registrar.route:
            headers["route"] = list(trunk.registrar.route)
        request = Request("REGISTER", trunk.registrar.uri, headers | header)
        request.branch, request.cseq = branch, registration.cseq
        self._clients.start(request, registration.flow, Attempt(self, registration, request))

    def _granted(self, registration: Registration, response: Response) -> int:
        own = NameAddr.parse(self._wire.settings.contact(registration.flow, registration.trunk.user)).uri
        for item in response.headers.get("contact", ()):
            try:
                contact = NameAddr.parse(item)
            except BadHeader:
                continue
            expires = contact.parameters.get("expires", "")
            if contact.uri == own and expires.isascii() and expires.isdecimal() and len(expires) < 10:
                return int(expires)
        granted = response.number("expires")
        return registration.expires if granted is None else granted

    def _again(self, registration: Registration, seconds: float) -> None:
        self._wire.cancel(registration.timer)
        again = partial(self._send, registration, {}, registration.expires)
        registration.timer = self._wire.after(seconds, again)

    def _tell(self, registration: Registration, *, registered: bool, status: int) -> None:
        if registration.registered is not registered:
            registration.registered = registered
            self._wire.emit(TrunkChanged(registration.trunk.name, registered, status))


class Attempt:
    __slots__ = ("_registration", "_registrations", "_request")

    def __init__(self, registrations: Registrations, registration: Registration, request: Request) -> None:
        self._registrations = registrations
        self._registration = registration
        self._request = request

    def on_response(self, response: Response, source: Flow) -> None:
        self._registrations.on_response(self._registration, self._request, response)

    def on_failure(self, status: int) -> None:
        self._registrations.fail(self._registration, status)

    def on_ended(self) -> None:
        """Nothing is kept for the transaction's sake."""
