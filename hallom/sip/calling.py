from collections.abc import Mapping
from functools import partial

from hallom.sip import client_invite, session_timer
from hallom.sip.capability import ALLOW, SUPPORTED
from hallom.sip.client import ClientTransaction, ClientTransactions, sibling
from hallom.sip.dialog import Dialog
from hallom.sip.dialogs import Dialogs, clean
from hallom.sip.diversion import diversions, redirections
from hallom.sip.early import EarlyDialogs
from hallom.sip.events import InviteAnswered, InviteFailed, ProgressReceived
from hallom.sip.exchange import answer_to_challenge
from hallom.sip.flow import Flow
from hallom.sip.header import BadHeader, NameAddr, legible
from hallom.sip.limits import MAX_FORKS
from hallom.sip.message import Request, Response
from hallom.sip.refresher import Refresher
from hallom.sip.registrar import Registrar
from hallom.sip.replaces import Replaces
from hallom.sip.target import Target
from hallom.sip.timers import RING_LIMIT, TIMEOUT, Timer
from hallom.sip.uri import SCHEMES, flow_to, scheme_of
from hallom.sip.wire import Wire

# One try for a challenge by a proxy, one by the far end, and one for a longer session interval.
MAX_ATTEMPTS = 4


class OutgoingCall:
    """A call of ours from its INVITE until the INVITE transaction is gone."""

    __slots__ = (
        "acks", "attempt", "cancel_reason", "cancel_sent", "credentials", "early", "flow", "follows_flow", "id",
        "is_cancelled", "is_settled", "request", "ring_limit", "status", "transaction",
    )  # fmt: skip

    def __init__(self, key: str, request: Request, flow: Flow, target: Target) -> None:
        self.id = key
        self.request = request
        self.flow = flow
        self.follows_flow = target.flow is not None
        self.credentials = target.credentials
        self.attempt = 0
        self.transaction: ClientTransaction | None = None
        self.early: EarlyDialogs | None = None
        self.acks: dict[str, tuple[Flow, bytes]] = {}
        self.is_cancelled = self.cancel_sent = self.is_settled = False
        self.cancel_reason = ""
        self.status = 487
        self.ring_limit: Timer | None = None


class Calling:
    """The calling side of new calls (RFC 3261 13.2, 9.1, forks 13.2.2.4)."""

    def __init__(
        self,
        wire: Wire,
        *,
        clients: ClientTransactions,
        dialogs: Dialogs,
        registrar: Registrar,
        refresher: Refresher,
    ) -> None:
        self._wire = wire
        self._clients = clients
        self._dialogs = dialogs
        self._registrar = registrar
        self._refresher = refresher
        self._calls: dict[str, OutgoingCall] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def get(self, invite: str) -> OutgoingCall | None:
        return self._calls.get(invite)

    def ringing(self, call_id: str, own_tag: str, other_tag: str) -> str | None:
        """The call of ours with this early dialog, None when there is none or it is decided already."""
        for call in self._calls.values():
            if call.request.call_id == call_id and call.request.from_tag == own_tag:
                is_open = not call.is_settled and not call.is_cancelled
                return call.id if is_open and call.early and other_tag in call.early.tags else None
        return None

    def invite(
        self,
        key: str,
        target: Target,
        *,
        from_uri: str,
        from_name: str,
        sdp: str,
        headers: Mapping[str, str],
    ) -> None:
        if key in self._calls:
            return
        try:
            flow = target.flow or flow_to(NameAddr.parse(target.route[0]).uri if target.route else target.uri)
            NameAddr.parse(f"<{from_uri}>"), NameAddr.parse(f"<{target.uri}>")
            # Derived, not drawn: the same INVITE sent again after a crash is a retransmission to the peer.
            tag = self._wire.derived("tag", key)
            caller = NameAddr(clean(from_name), from_uri, {"tag": tag})
        except BadHeader:
            status = 484 if scheme_of(target.uri) in SCHEMES else 416
            self._wire.emit(InviteFailed(key, status, "no address to call"))
            return
        request = self._request(key, flow, target, str(caller))
        request.from_tag = tag
        request.headers |= {name.lower(): [clean(value)] for name, value in headers.items()}
        request.headers["content-type"] = ["application/sdp"]
        request.body = sdp.encode()
        if self._clients.has(request):
            self._wire.emit(InviteFailed(key, 500, "a call of this name was made a moment ago"))
            return
        self.begin(OutgoingCall(key, request, flow, target))

    def begin(self, call: OutgoingCall) -> None:
        self._calls[call.id] = call
        call.early = EarlyDialogs(self._wire, self._clients, call.request, call.flow)
        self._start(call)

    def settle(self, dialog: str) -> None:
        """The dialog of one of these calls is there already: whatever answers now is another fork, or the same once more."""
        for call in self._calls.values():
            if call.request.from_tag == dialog:
                call.is_settled = True

    def is_heard_of(self, invite: str) -> bool:
        call = self._calls.get(invite)
        state = call.transaction.state if call is not None and call.transaction is not None else None
        return state is not None and state is not client_invite.State.CALLING

    def cancel(self, invite: str, reason: str) -> None:
        """Give the call up; before any provisional response the CANCEL is held back (RFC 3261 9.1)."""
        call = self._calls.get(invite)
        if call is None or call.is_settled or call.is_cancelled:
            return
        call.is_cancelled, call.cancel_reason = True, clean(reason)
        if call.transaction is not None and call.transaction.state is client_invite.State.PROCEEDING:
            self._send_cancel(call)

    def on_response(self, call: OutgoingCall, response: Response, source: Flow) -> None:
        if response.status < 200:
            self._on_provisional(call, response)
        elif response.status < 300:
            self._on_success(call, response, source)
        elif not self._try_again(call, response):
            status = call.status if call.is_cancelled else response.status
            self._fail(call, status, legible(response.reason), response)

    def on_failure(self, call: OutgoingCall, status: int) -> None:
        self._fail(call, call.status if call.is_cancelled else status, "no answer from the peer")

    def on_ended(self, call: OutgoingCall) -> None:
        self._wire.cancel(call.ring_limit)
        if self._calls.get(call.id) is call:
            del self._calls[call.id]

    def _request(self, key: str, flow: Flow, target: Target, caller: str) -> Request:
        settings = self._wire.settings
        headers = {"via": [""], "max-forwards": ["70"]}
        if target.route:
            headers["route"] = list(target.route)
        headers |= {
            "from": [caller],
            "to": [f"<{target.uri}>"],
            "call-id": [f"{self._wire.derived('call', key)}@{settings.host}"],
            "cseq": [""],
            "contact": [settings.contact(flow)],
            "allow": [ALLOW],
            "supported": [SUPPORTED],
            "session-expires": [f"{settings.session_seconds};refresher=uac"],
            "min-se": [str(settings.min_session_seconds)],
            "user-agent": [settings.user_agent],
        }
        request = Request("INVITE", target.uri, headers)
        request.call_id = headers["call-id"][0]
        self._number(request, key, flow, 0)
        return request

    def _number(self, request: Request, key: str, flow: Flow, attempt: int) -> None:
        request.branch = f"z9hG4bK{self._wire.derived('branch', key, str(attempt))}"
        request.cseq = attempt + 1
        request.headers["via"] = [self._wire.via(flow, request.branch)]
        request.headers["cseq"] = [f"{request.cseq} INVITE"]

    def _start(self, call: OutgoingCall) -> None:
        call.transaction = self._clients.start(call.request, call.flow, Attempt(self, call, call.attempt))

    def _on_provisional(self, call: OutgoingCall, response: Response) -> None:
        if call.is_settled:
            return
        if call.is_cancelled:
            if not call.cancel_sent:
                self._send_cancel(call)
            return
        if response.status > 100 or call.ring_limit is None:
            self._wire.cancel(call.ring_limit)
            call.ring_limit = self._wire.after(RING_LIMIT, partial(self._ring_out, call))
        if response.status > 100 and call.early is not None and call.early.receive(response):
            reason = legible(response.reason)
            pickup = _pickup(call, response)
            self._wire.emit(ProgressReceived(call.id, response.status, reason, response.sdp, pickup))

    def _on_success(self, call: OutgoingCall, response: Response, source: Flow) -> None:
        if (known := call.acks.get(response.to_tag)) is not None:
            self._wire.send(*known)
            return
        if len(call.acks) >= MAX_FORKS:
            return
        dialog = Dialog.calling(call.request, response, call.flow if call.follows_flow else source)
        dialog.follows_flow, dialog.credentials = call.follows_flow, call.credentials
        if call.early is not None:
            dialog.local_cseq = call.early.last_cseq_of(response.to_tag)
        flow = dialog.next_hop()
        ack = dialog.request(self._wire, "ACK", flow, call.request.cseq)
        call.acks[response.to_tag] = (flow, self._wire.send(flow, ack))
        known_dialog = self._dialogs.get(dialog.id)
        if known_dialog is not None and known_dialog.remote_tag == dialog.remote_tag:
            # Restored together with its call, whose 2xx has only now come again.
            call.is_settled = True
        elif call.is_settled or call.is_cancelled or known_dialog is not None:
            self._dialogs.hang_up_stray(dialog)
            self._fail(call, call.status, "answered while it was cancelled")
        else:
            self._establish(call, dialog, response)

    def _establish(self, call: OutgoingCall, dialog: Dialog, response: Response) -> None:
        settings = self._wire.settings
        call.is_settled = True
        self._wire.cancel(call.ring_limit)
        dialog.local_sdp = call.request.body.decode()
        # Late forks are matched by the headers alone.
        call.request.body = b""
        if dialog.follows_flow:
            dialog.aor = self._registrar.owner_of(call.flow, call.request.uri)
        dialog.session = session_timer.as_uac(
            response, settings.session_seconds, settings.min_session_seconds
        )
        self._dialogs.add(dialog)
        self._refresher.arm(dialog)
        sdp = response.sdp or (call.early.answer_of(response.to_tag) if call.early else None)
        self._wire.emit(InviteAnswered(call.id, dialog.id, sdp))

    def _try_again(self, call: OutgoingCall, response: Response) -> bool:
        """Send the INVITE anew when the response says what was missing (401, 407, 422)."""
        if call.is_settled or call.is_cancelled or call.attempt + 1 >= MAX_ATTEMPTS:
            return False
        if response.status == 422:
            least = response.number("min-se")
            if least is None or call.request.number("min-se") == least:
                return False
            call.request.headers["session-expires"] = [
                f"{max(least, self._wire.settings.session_seconds)};refresher=uac"
            ]
            call.request.headers["min-se"] = [str(least)]
        elif response.status in (401, 407):
            header = answer_to_challenge(self._wire, response, call.request, call.credentials)
            if header is None or set(header) <= set(call.request.headers):
                return False
            call.request.headers |= header
        else:
            return False
        call.attempt += 1
        request = Request("INVITE", call.request.uri, dict(call.request.headers), call.request.body)
        request.call_id, request.from_tag = call.request.call_id, call.request.from_tag
        self._number(request, call.id, call.flow, call.attempt)
        call.request = request
        self.begin(call)
        return True

    def _send_cancel(self, call: OutgoingCall) -> None:
        call.cancel_sent = True
        cancel = sibling(call.request, "CANCEL", call.request.headers["to"])
        if call.cancel_reason:
            cancel.headers["reason"] = [call.cancel_reason]
        self._clients.start(cancel, call.flow, None)
        self._wire.cancel(call.ring_limit)
        if call.transaction is not None:
            call.ring_limit = self._wire.after(TIMEOUT, partial(self._clients.abandon, call.transaction))

    def _ring_out(self, call: OutgoingCall) -> None:
        call.status = 408
        self.cancel(call.id, 'SIP;cause=408;text="Rang too long"')

    def _fail(self, call: OutgoingCall, status: int, reason: str, response: Response | None = None) -> None:
        if call.is_settled:
            return
        call.is_settled = True
        if response is not None and 300 <= status < 400:
            event = InviteFailed(call.id, status, reason, redirections(response), diversions(response))
        else:
            event = InviteFailed(call.id, status, reason)
        self._wire.emit(event)


def _pickup(call: OutgoingCall, response: Response) -> Replaces | None:
    own = call.request.from_tag
    if not response.to_tag:
        return None
    return Replaces(call.request.call_id, own, response.to_tag, dialog=own, invite=call.id)


class Attempt:
    """One INVITE transaction of a call; a later one speaks for the call alone."""

    __slots__ = ("_call", "_calling", "_number")

    def __init__(self, calling: Calling, call: OutgoingCall, number: int) -> None:
        self._calling = calling
        self._call = call
        self._number = number

    def on_response(self, response: Response, source: Flow) -> None:
        if self._number == self._call.attempt:
            self._calling.on_response(self._call, response, source)

    def on_failure(self, status: int) -> None:
        if self._number == self._call.attempt:
            self._calling.on_failure(self._call, status)

    def on_ended(self) -> None:
        if self._number == self._call.attempt:
            self._calling.on_ended(self._call)
