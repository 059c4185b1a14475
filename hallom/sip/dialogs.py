from collections.abc import Callable
from functools import partial

from hallom.sip.acknowledgement import Acknowledgements
from hallom.sip.client import ClientTransactions
from hallom.sip.dialog import Dialog
from hallom.sip.events import DialogEnded, InfoReceived
from hallom.sip.exchange import Exchange, Verdict
from hallom.sip.flow import Flow
from hallom.sip.header import legible
from hallom.sip.message import CONTROL, Headers, Request, Response
from hallom.sip.registrar import Registrar
from hallom.sip.server import ServerTransaction, ServerTransactions
from hallom.sip.wire import Wire


class Dialogs:
    """The dialogs of an endpoint: their table, their end, and the requests that change nothing in them."""

    def __init__(
        self,
        wire: Wire,
        *,
        clients: ClientTransactions,
        servers: ServerTransactions,
        acks: Acknowledgements,
        registrar: Registrar,
    ) -> None:
        self._wire = wire
        self._clients = clients
        self._servers = servers
        self._acks = acks
        self._registrar = registrar
        self._table: dict[str, Dialog] = {}
        self._parted: dict[str, Dialog] = {}
        self.on_end: list[Callable[[Dialog], None]] = []

    def __len__(self) -> int:
        return len(self._table)

    def get(self, dialog: str) -> Dialog | None:
        return self._table.get(dialog)

    def recent(self, dialog: str) -> Dialog | None:
        """As `get`, but also one that ended while events about it are still unread."""
        return self._table.get(dialog) or self._parted.get(dialog)

    def forget_parted(self) -> None:
        self._parted.clear()

    def add(self, dialog: Dialog) -> None:
        self._table[dialog.id] = dialog

    def matching(self, request: Request) -> Dialog | None:
        """The dialog a request belongs to (RFC 3261 12.2.2)."""
        dialog = self._table.get(request.to_tag)
        if dialog is None or dialog.call_id != request.call_id or dialog.remote_tag != request.from_tag:
            return None
        return dialog

    def admit(self, dialog: Dialog, request: Request, source: Flow) -> bool:
        """Whether the request is in order; if so the dialog follows its phone to where it now is."""
        if request.cseq <= dialog.remote_cseq:
            return False
        dialog.remote_cseq = request.cseq
        if dialog.follows_flow:
            dialog.flow = source
        return True

    def flow_of(self, dialog: Dialog) -> Flow:
        """Where to send: the phone's newest flow when the one we knew is no longer registered."""
        if dialog.aor and dialog.flow.is_reliable:
            bindings = self._registrar.bindings(dialog.aor, self._wire.now)
            if not any(binding.flow == dialog.flow for binding in bindings):
                binding = self._registrar.reaching(dialog.aor, dialog.target, dialog.instance)
                if binding is not None:
                    dialog.flow, dialog.target = binding.flow, binding.contact
        return dialog.next_hop()

    def request(
        self,
        dialog: Dialog,
        method: str,
        headers: Headers,
        body: bytes = b"",
        *,
        verdict: Verdict | None = None,
    ) -> None:
        exchange = Exchange(self._wire, self._clients, dialog, self.flow_of(dialog), verdict=verdict)
        exchange.send(method, headers, body)

    def bye(self, dialog: Dialog, reason: str) -> None:
        """Hang up; a 2xx that is not yet acknowledged holds the BYE back (RFC 3261 15)."""
        waiting = self._acks.awaited(dialog.id)
        if waiting is None:
            self._send_bye(dialog, reason)
        else:
            waiting.then.append(partial(self._send_bye, dialog, reason))
        self.end(dialog, by_peer=False, reason=reason)

    def hang_up_stray(self, dialog: Dialog) -> None:
        """End a dialog that nobody wants: a later fork, or a 2xx that crossed our CANCEL."""
        self._send_bye(dialog, "")

    def end(self, dialog: Dialog, *, by_peer: bool, reason: str) -> None:
        if self._table.pop(dialog.id, None) is None:
            return
        self._parted[dialog.id] = dialog
        self._wire.cancel(dialog.session_timer)
        for told in self.on_end:
            told(dialog)
        if by_peer:
            self._acks.drop(dialog.id)
        self._wire.emit(DialogEnded(dialog.id, by_peer, reason))

    def judge(self, dialog: Dialog, response: Response | None, status: int) -> None:
        """End a dialog that its peer no longer knows or that it no longer answers in (RFC 3261 12.2.1.2)."""
        if status in (408, 481) and dialog.id in self._table:
            if status == 408:
                self._send_bye(dialog, "")
            self.end(dialog, by_peer=True, reason=f"{status} to our request")

    def info(self, dialog: Dialog, content_type: str, body: str) -> None:
        headers = {"content-type": [clean(content_type)]} if body else {}
        self.request(dialog, "INFO", headers, body.encode(), verdict=partial(self.judge, dialog))

    def on_bye(self, dialog: Dialog, request: Request, transaction: ServerTransaction) -> None:
        self._servers.respond(transaction, request.respond(200))
        self.end(dialog, by_peer=True, reason=legible(request.first("reason")))

    def on_info(self, dialog: Dialog, request: Request, transaction: ServerTransaction) -> None:
        self._servers.respond(transaction, request.respond(200))
        body = request.body.decode("utf-8", "replace").replace("\x00", "")
        self._wire.emit(InfoReceived(dialog.id, legible(request.first("content-type")), body))

    def _send_bye(self, dialog: Dialog, reason: str) -> None:
        self.request(dialog, "BYE", {"reason": [clean(reason)]} if reason else {})


def clean(text: str) -> str:
    """Text of ours made fit for a header field: no line break can start another one."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return legible(CONTROL.sub(" ", text)).strip()
