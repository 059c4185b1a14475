from typing import Any

from hallom.sip.credentials import Credentials
from hallom.sip.flow import Flow
from hallom.sip.header import BadHeader, NameAddr, legible
from hallom.sip.message import Request, Response
from hallom.sip.session_timer import SessionTimer
from hallom.sip.timers import Timer
from hallom.sip.uri import flow_to, is_address, parse_uri
from hallom.sip.wire import Wire

# After a crash requests may have been sent that no journal knows of.
CSEQ_JUMP = 100
# RFC 3261 8.1.1.5: a sequence number is less than this.
CSEQ_END = 2**31


class Dialog:
    """A peer-to-peer relation between two user agents (RFC 3261 12); its id is our tag."""

    __slots__ = (
        "aor", "call_id", "credentials", "flow", "follows_flow", "id", "instance", "is_caller", "local_cseq",
        "local_sdp", "local_uri", "prefers_update", "remote_cseq", "remote_tag", "remote_uri", "routes",
        "session", "session_ends", "session_timer", "target",
    )  # fmt: skip

    def __init__(self, tag: str, call_id: str, remote_tag: str, flow: Flow) -> None:
        self.id = tag
        self.call_id = call_id
        self.remote_tag = remote_tag
        self.flow = flow
        self.local_uri = self.remote_uri = self.target = self.instance = ""
        self.routes: list[str] = []
        self.local_cseq = self.remote_cseq = 0
        self.is_caller = False
        # The account behind a stream, so that a lost browser is found again where it registers next.
        self.aor = ""
        # A phone is reached the way it came; a trunk where its Contact and Route say.
        self.follows_flow = True
        self.prefers_update = False
        self.local_sdp = ""
        self.session: SessionTimer | None = None
        self.session_timer: Timer | None = None
        self.session_ends = 0.0
        self.credentials: Credentials | None = None

    @classmethod
    def answering(cls, request: Request, tag: str, flow: Flow) -> "Dialog":
        """The dialog that our 2xx to this INVITE makes (RFC 3261 12.1.1)."""
        dialog = cls(tag, request.call_id, request.from_tag, flow)
        dialog.local_uri = NameAddr.parse(request.first("to")).uri
        dialog.remote_uri = NameAddr.parse(request.first("from")).uri
        dialog.routes = list(request.headers.get("record-route", ()))
        dialog.remote_cseq = request.cseq
        dialog.refresh_target(request)
        return dialog

    @classmethod
    def calling(cls, request: Request, response: Response, flow: Flow) -> "Dialog":
        """The dialog that this response to our INVITE makes (RFC 3261 12.1.2)."""
        dialog = cls(request.from_tag, request.call_id, response.to_tag, flow)
        dialog.local_uri = NameAddr.parse(request.first("from")).uri
        dialog.remote_uri = NameAddr.parse(request.first("to")).uri
        dialog.routes = list(reversed(response.headers.get("record-route", ())))
        dialog.local_cseq = request.cseq
        dialog.is_caller = True
        dialog.target = request.uri
        dialog.refresh_target(response)
        return dialog

    def refresh_target(self, message: Request | Response) -> None:
        """Take over the Contact of a target refresh (RFC 3261 12.2)."""
        contact = message.contact()
        if contact is not None:
            self.target = contact.uri
            self.instance = contact.parameters.get("+sip.instance", "").strip("<>")
        allow = message.tokens("allow")
        if allow:
            self.prefers_update = "update" in allow

    def next_hop(self) -> Flow:
        """Where requests go: the peer's flow, or where a trunk's Route or Contact points."""
        if self.follows_flow or self.flow.is_reliable:
            return self.flow
        try:
            uri = NameAddr.parse(self.routes[0]).uri if self.routes else self.target
            flow = flow_to(uri)
        except BadHeader:
            return self.flow
        return flow if is_address(flow.host) and flow.transport == "udp" else self.flow

    def request(self, wire: Wire, method: str, flow: Flow, cseq: int | None = None) -> Request:
        """A request within the dialog (RFC 3261 12.2.1.1)."""
        if cseq is None:
            self.local_cseq += 1
            cseq = self.local_cseq
        branch = f"z9hG4bK{wire.token(8)}"
        uri, routes = self._way()
        headers = {"via": [wire.via(flow, branch)], "max-forwards": ["70"]}
        if routes:
            headers["route"] = routes
        headers["from"] = [f"<{self.local_uri}>;tag={self.id}"]
        headers["to"] = [f"<{self.remote_uri}>" + (f";tag={self.remote_tag}" if self.remote_tag else "")]
        headers["call-id"] = [self.call_id]
        headers["cseq"] = [f"{cseq} {method}"]
        request = Request(method, uri, headers)
        request.branch, request.cseq = branch, cseq
        return request

    def _way(self) -> tuple[str, list[str]]:
        """Request-URI and Route; a strict router wants itself as Request-URI (RFC 3261 12.2.1.1)."""
        if not self.routes:
            return self.target, []
        try:
            first = NameAddr.parse(self.routes[0]).uri
            if "lr" in parse_uri(first).parameters or ";lr" in first:
                return self.target, self.routes
        except BadHeader:
            return self.target, self.routes
        return first, [*self.routes[1:], f"<{self.target}>"]

    def state(self) -> dict[str, Any]:
        session = [self.session.seconds, self.session.we_refresh] if self.session else None
        return {
            "id": self.id,
            "call_id": self.call_id,
            "remote_tag": self.remote_tag,
            "local_uri": self.local_uri,
            "remote_uri": self.remote_uri,
            "target": self.target,
            "instance": self.instance,
            "routes": [legible(route) for route in self.routes],
            "local_cseq": self.local_cseq,
            "remote_cseq": self.remote_cseq,
            "is_caller": self.is_caller,
            "aor": self.aor,
            "follows_flow": self.follows_flow,
            "prefers_update": self.prefers_update,
            "local_sdp": self.local_sdp,
            "flow": self.flow.as_list(),
            "session": session,
        }

    @classmethod
    def restored(cls, state: dict[str, Any], now: float) -> "Dialog":
        dialog = cls(state["id"], state["call_id"], state["remote_tag"], Flow.from_list(state["flow"]))
        for name in ("local_uri", "remote_uri", "target", "instance", "remote_cseq", "is_caller", "aor"):
            setattr(dialog, name, state[name])
        for name in ("follows_flow", "prefers_update", "local_sdp"):
            setattr(dialog, name, state[name])
        dialog.routes = list(state["routes"])
        # The clock grows over any number of restarts with the same state, a jump alone over one.
        dialog.local_cseq = max(state["local_cseq"] + CSEQ_JUMP, int(now) % CSEQ_END)
        if state["session"]:
            dialog.session = SessionTimer(state["session"][0], state["session"][1])
        return dialog
