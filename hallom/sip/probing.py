from functools import partial

from hallom.sip.capability import ALLOW
from hallom.sip.client import ClientTransactions
from hallom.sip.events import ProbeAnswered
from hallom.sip.flow import Flow
from hallom.sip.header import BadHeader, NameAddr
from hallom.sip.message import Request, Response
from hallom.sip.target import Target
from hallom.sip.timers import PROBE_PATIENCE, Timer
from hallom.sip.uri import flow_to
from hallom.sip.wire import Wire


class Probing:
    """Asks trunks by OPTIONS whether they are there (RFC 3261 11): one question at a time for each name."""

    def __init__(self, wire: Wire, clients: ClientTransactions) -> None:
        self._wire = wire
        self._clients = clients
        self._asked: dict[str, Probe] = {}

    def __len__(self) -> int:
        return len(self._asked)

    def probe(self, name: str, target: Target) -> None:
        if name in self._asked:
            return
        try:
            NameAddr.parse(f"<{target.uri}>")
            flow = target.flow or flow_to(NameAddr.parse(target.route[0]).uri if target.route else target.uri)
        except BadHeader:
            self._wire.emit(ProbeAnswered(name, 416))
            return
        probe = self._asked[name] = Probe(self, name)
        # Timer F takes 32 s, too long for callers who wait behind a dead trunk.
        probe.patience = self._wire.after(PROBE_PATIENCE, partial(self.conclude, probe, 408))
        self._clients.start(self._request(target, flow), flow, probe)

    def conclude(self, probe: "Probe", status: int) -> None:
        if self._asked.get(probe.name) is probe:
            del self._asked[probe.name]
            self._wire.cancel(probe.patience)
            self._wire.emit(ProbeAnswered(probe.name, status))

    def _request(self, target: Target, flow: Flow) -> Request:
        settings = self._wire.settings
        branch = f"z9hG4bK{self._wire.token(8)}"
        headers = {"via": [self._wire.via(flow, branch)], "max-forwards": ["70"]}
        if target.route:
            headers["route"] = list(target.route)
        headers |= {
            "from": [f"<sip:hallom@{settings.host}>;tag={self._wire.token(6)}"],
            "to": [f"<{target.uri}>"],
            "call-id": [f"{self._wire.token(8)}@{settings.host}"],
            "cseq": ["1 OPTIONS"],
            "contact": [settings.contact(flow)],
            "allow": [ALLOW],
            "accept": ["application/sdp"],
            "user-agent": [settings.user_agent],
        }
        request = Request("OPTIONS", target.uri, headers)
        request.branch, request.cseq = branch, 1
        return request


class Probe:
    """One OPTIONS on its way; any final answer shows that somebody is there."""

    __slots__ = ("_probing", "name", "patience")

    def __init__(self, probing: Probing, name: str) -> None:
        self._probing = probing
        self.name = name
        self.patience: Timer | None = None

    def on_response(self, response: Response, source: Flow) -> None:
        if response.status >= 200:
            self._probing.conclude(self, response.status)

    def on_failure(self, status: int) -> None:
        self._probing.conclude(self, status)

    def on_ended(self) -> None:
        """Nothing is kept for the transaction's sake."""
