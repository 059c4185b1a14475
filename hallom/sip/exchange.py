from collections.abc import Callable

from hallom.sip.client import ClientTransaction, ClientTransactions
from hallom.sip.credentials import Credentials
from hallom.sip.dialog import Dialog
from hallom.sip.digest import authorization
from hallom.sip.flow import Flow
from hallom.sip.message import Headers, Request, Response
from hallom.sip.timers import RING_LIMIT, Timer
from hallom.sip.wire import Wire

# Called once with the final response, or None and 408 or 503.
Verdict = Callable[[Response | None, int], None]


class Exchange:
    """One request of ours within a dialog, with a second try when the peer asks who we are."""

    def __init__(
        self,
        wire: Wire,
        clients: ClientTransactions,
        dialog: Dialog,
        flow: Flow,
        *,
        verdict: Verdict | None,
    ) -> None:
        self._wire = wire
        self._clients = clients
        self._dialog = dialog
        self._flow = flow
        self._verdict = verdict
        self._request: Request | None = None
        self._ack: bytes | None = None
        self._transaction: ClientTransaction | None = None
        self._patience: Timer | None = None
        self._tried = False

    def send(self, method: str, headers: Headers, body: bytes = b"") -> None:
        request = self._dialog.request(self._wire, method, self._flow)
        request.headers |= headers
        request.body = body
        self._request = request
        self._transaction = self._clients.start(request, self._flow, self)

    def on_response(self, response: Response, source: Flow) -> None:
        if response.status < 200:
            if response.method == "INVITE":
                self._wire.cancel(self._patience)
                self._patience = self._wire.after(RING_LIMIT, self._lose_patience)
        elif response.method == "INVITE" and response.status < 300:
            self._acknowledge(response)
        elif not self._try_again(response):
            self._conclude(response, response.status)

    def on_failure(self, status: int) -> None:
        self._conclude(None, status)

    def on_ended(self) -> None:
        self._wire.cancel(self._patience)
        self._request = self._transaction = None

    def _acknowledge(self, response: Response) -> None:
        if self._ack is None:
            ack = self._dialog.request(self._wire, "ACK", self._flow, response.cseq)
            self._ack = bytes(ack)
            self._wire.send(self._flow, self._ack)
            self._conclude(response, response.status)
        else:
            self._wire.send(self._flow, self._ack)

    def _try_again(self, response: Response) -> bool:
        request = self._request
        if response.status not in (401, 407) or self._tried or request is None:
            return False
        header = answer_to_challenge(self._wire, response, request, self._dialog.credentials)
        if header is None:
            return False
        self._tried = True
        drop = ("via", "max-forwards", "route", "from", "to", "call-id", "cseq")
        kept = {name: values for name, values in request.headers.items() if name not in drop}
        self.send(request.method, kept | header, request.body)
        return True

    def _conclude(self, response: Response | None, status: int) -> None:
        self._wire.cancel(self._patience)
        verdict, self._verdict = self._verdict, None
        if verdict is not None:
            verdict(response, status)

    def _lose_patience(self) -> None:
        if self._transaction is not None:
            self._clients.abandon(self._transaction)


def answer_to_challenge(
    wire: Wire, response: Response, request: Request, credentials: Credentials | None
) -> Headers | None:
    """The header that answers a 401 or 407 (RFC 3261 22.2), None when we have nothing to show."""
    if credentials is None:
        return None
    asked, answered = (
        ("www-authenticate", "authorization")
        if response.status == 401
        else ("proxy-authenticate", "proxy-authorization")
    )
    value = authorization(
        response.headers.get(asked, ()),
        credentials.username,
        credentials.password,
        method=request.method,
        uri=request.uri,
        cnonce=wire.token(8),
    )
    return None if value is None else {answered: [value]}
