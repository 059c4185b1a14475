from hallom.sip import server_invite
from hallom.sip.accounts import Peer
from hallom.sip.acknowledgement import Acknowledgements
from hallom.sip.answering import Answering
from hallom.sip.capability import options, refusal
from hallom.sip.dialog import Dialog
from hallom.sip.dialogs import Dialogs
from hallom.sip.flow import Flow
from hallom.sip.gatekeeper import Gatekeeper
from hallom.sip.header import legible
from hallom.sip.limits import MAX_TRANSACTIONS
from hallom.sip.message import Request, Response
from hallom.sip.offers import Offers
from hallom.sip.registrar import Registrar
from hallom.sip.server import ServerTransaction, ServerTransactions, response_flow
from hallom.sip.uri import SCHEMES, scheme_of
from hallom.sip.wire import Wire


class Reception:
    """Takes requests in: finds their transaction, their dialog, or who they are from (RFC 3261 8.2)."""

    def __init__(
        self,
        wire: Wire,
        servers: ServerTransactions,
        gatekeeper: Gatekeeper,
        registrar: Registrar,
        dialogs: Dialogs,
        offers: Offers,
        answering: Answering,
        acks: Acknowledgements,
    ) -> None:
        self._wire = wire
        self._servers = servers
        self._gatekeeper = gatekeeper
        self._registrar = registrar
        self._dialogs = dialogs
        self._offers = offers
        self._answering = answering
        self._acks = acks

    def receive(self, request: Request, source: Flow) -> None:
        self._stamp(request, source)
        if request.method == "ACK":
            self._on_ack(request)
            return
        transaction = self._servers.find(request, request.method)
        if transaction is not None:
            self._servers.repeat(transaction)
        elif len(self._servers) >= MAX_TRANSACTIONS:
            self._wire.counters["overload"] += 1
            response = request.respond(503, tag=self._wire.derived("overload", request.call_id))
            response.headers["retry-after"] = ["5"]
            self._wire.send(response_flow(request, source), response)
        else:
            self._on_new(request, self._servers.start(request, source), source)

    def _stamp(self, request: Request, source: Flow) -> None:
        """Note in the Via where the request really came from (RFC 3261 18.2.1, RFC 3581 4)."""
        via, stamped = request.via, request.headers["via"][0]
        if via is None:
            return
        if "rport" in via.parameters:
            stamped = f"{_without_rport(stamped)};rport={source.port};received={source.host}"
        elif via.host != source.host:
            stamped = f"{stamped};received={source.host}"
        request.headers["via"] = [stamped, *request.headers["via"][1:]]

    def _on_ack(self, request: Request) -> None:
        transaction = self._servers.find(request, "INVITE")
        if transaction is not None and transaction.state is not server_invite.State.ACCEPTED:
            self._servers.acknowledge(transaction)
            return
        dialog = self._dialogs.matching(request)
        if dialog is not None:
            self._acks.receive(dialog.id, request)
        elif self._acks.awaited(request.to_tag) is not None:
            # We have hung up already, and our BYE waits for this.
            self._acks.receive(request.to_tag, request)
        else:
            self._wire.counters["stray_ack"] += 1

    def _on_new(self, request: Request, transaction: ServerTransaction, source: Flow) -> None:
        if request.method == "CANCEL":
            self._on_cancel(request, transaction)
        elif scheme_of(request.uri) not in SCHEMES:
            self._servers.respond(transaction, request.respond(416, tag=transaction.tag))
        elif self._servers.is_merged(transaction):
            self._servers.respond(transaction, request.respond(482, tag=transaction.tag))
        elif (refused := refusal(request, transaction.tag)) is not None:
            self._servers.respond(transaction, refused)
        elif request.to_tag:
            self._within_dialog(request, transaction, source)
        else:
            self._out_of_dialog(request, transaction, source)

    def _on_cancel(self, request: Request, transaction: ServerTransaction) -> None:
        target = self._servers.find(request, "INVITE")
        if target is None:
            self._servers.respond(transaction, request.respond(481, tag=transaction.tag))
            return
        self._servers.respond(transaction, request.respond(200, tag=target.tag))
        self._answering.cancel(target, legible(request.first("reason")))
        self._offers.cancel(target)

    def _within_dialog(self, request: Request, transaction: ServerTransaction, source: Flow) -> None:
        if self._answering.early(request, transaction):
            return
        dialog = self._dialogs.matching(request)
        if dialog is None:
            self._servers.respond(transaction, request.respond(481))
        elif not self._dialogs.admit(dialog, request, source):
            self._servers.respond(transaction, request.respond(500, "CSeq Out of Order"))
        else:
            self._to_dialog(dialog, request, transaction)

    def _to_dialog(self, dialog: Dialog, request: Request, transaction: ServerTransaction) -> None:
        if request.method == "BYE":
            self._dialogs.on_bye(dialog, request, transaction)
        elif request.method in ("INVITE", "UPDATE"):
            self._offers.receive(dialog, request, transaction)
        elif request.method == "INFO":
            self._dialogs.on_info(dialog, request, transaction)
        elif request.method == "OPTIONS":
            self._servers.respond(transaction, options(request, ""))
        else:
            self._servers.respond(transaction, request.respond(481))

    def _out_of_dialog(self, request: Request, transaction: ServerTransaction, source: Flow) -> None:
        tag = transaction.tag
        if request.method == "OPTIONS":
            self._servers.respond(transaction, options(request, tag))
        elif request.method == "REGISTER":
            self._register(request, transaction, source)
        elif request.method != "INVITE":
            self._servers.respond(transaction, request.respond(481, tag=tag))
        else:
            admitted: Peer | Response = self._gatekeeper.admit(request, source, tag)
            if isinstance(admitted, Response):
                self._servers.respond(transaction, admitted)
            else:
                self._answering.receive(request, transaction, source, admitted)

    def _register(self, request: Request, transaction: ServerTransaction, source: Flow) -> None:
        checked = self._gatekeeper.check(request, transaction.tag)
        if not isinstance(checked, Response):
            checked = self._registrar.register(request, checked, source, transaction.tag)
        self._servers.respond(transaction, checked)


def _without_rport(via: str) -> str:
    start = via.lower().find(";rport")
    end = via.find(";", start + 1)
    return via[:start] + (via[end:] if end >= 0 else "")
