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
from hallom.sip.referring import Referring
from hallom.sip.registrar import Registrar
from hallom.sip.replacing import CannotReplace, Replacing
from hallom.sip.server import ServerTransaction, ServerTransactions
from hallom.sip.subscribing import Subscribing
from hallom.sip.uri import SCHEMES, scheme_of
from hallom.sip.wire import Wire


class Reception:
    """Takes requests in: finds their transaction, their dialog, or who they are from (RFC 3261 8.2)."""

    def __init__(
        self,
        wire: Wire,
        *,
        servers: ServerTransactions,
        gatekeeper: Gatekeeper,
        registrar: Registrar,
        dialogs: Dialogs,
        offers: Offers,
        answering: Answering,
        acks: Acknowledgements,
        replacing: Replacing,
        referring: Referring,
        subscribing: Subscribing,
    ) -> None:
        self._wire = wire
        self._servers = servers
        self._gatekeeper = gatekeeper
        self._registrar = registrar
        self._dialogs = dialogs
        self._offers = offers
        self._answering = answering
        self._acks = acks
        self._replacing = replacing
        self._referring = referring
        self._subscribing = subscribing

    def receive(self, request: Request, source: Flow) -> None:
        self._stamp(request, source)
        if request.method == "ACK":
            self._on_ack(request)
            return
        transaction = self._servers.find(request, request.method)
        if transaction is not None:
            self._servers.repeat(transaction)
        elif (refused := self._refusal(request, source)) is not None:
            self._servers.refuse(request, refused, source)

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

    def _refusal(self, request: Request, source: Flow) -> Response | None:
        """The response to a request of which nothing is kept; None when a part of us has taken it over."""
        # A request within a dialog brings its tag along, and a response has no other.
        tag = "" if request.to_tag else self._wire.derived("tag", request.branch, request.call_id)
        if request.method == "CANCEL":
            return self._cancel(request, source, tag)
        if scheme_of(request.uri) not in SCHEMES:
            return request.respond(416, tag=tag)
        if (refused := refusal(request, tag)) is not None:
            return refused
        if len(self._servers) >= MAX_TRANSACTIONS:
            return self._overload(request, tag)
        if request.to_tag:
            return self._within_dialog(request, source)
        return self._out_of_dialog(request, source, tag)

    def _overload(self, request: Request, tag: str) -> Response:
        self._wire.counters["overload"] += 1
        response = request.respond(503, tag=tag)
        response.headers["retry-after"] = ["5"]
        return response

    def _cancel(self, request: Request, source: Flow, tag: str) -> Response | None:
        target = self._servers.find(request, "INVITE")
        if target is None:
            return request.respond(481, tag=tag)
        transaction = self._servers.start(request, source)
        self._servers.respond(transaction, request.respond(200, tag=target.tag))
        self._answering.cancel(target, legible(request.first("reason")))
        self._offers.cancel(target)
        return None

    def _within_dialog(self, request: Request, source: Flow) -> Response | None:
        if request.method == "SUBSCRIBE":
            return self._renewed(request, source)
        dialog = self._dialogs.matching(request)
        if not self._answering.is_early(request):
            if dialog is None:
                return request.respond(481)
            if not self._dialogs.admit(dialog, request, source):
                return request.respond(500, "CSeq Out of Order")
        transaction = self._servers.start(request, source)
        if not self._answering.early(request, transaction) and dialog is not None:
            self._to_dialog(dialog, request, transaction)
        return None

    def _renewed(self, request: Request, source: Flow) -> Response | None:
        """A SUBSCRIBE is about a subscription, which outlives the call that it came with (RFC 5057 3)."""
        if (subscription := self._subscribing.matching(request)) is not None:
            # Else a telephone whose account is gone could go on watching for ever.
            peer = self._gatekeeper.admit(request, source, "")
            if isinstance(peer, Response):
                return peer
            return self._subscribing.renew(subscription, request, source, peer)
        if (refer := self._referring.matching(request)) is not None:
            return self._referring.renew(refer, request, source)
        # A telephone might take a 481 as the end of its call.
        return request.respond(481 if self._dialogs.matching(request) is None else 489)

    def _to_dialog(self, dialog: Dialog, request: Request, transaction: ServerTransaction) -> None:
        if request.method == "BYE":
            self._dialogs.on_bye(dialog, request, transaction)
        elif request.method in ("INVITE", "UPDATE"):
            self._offers.receive(dialog, request, transaction)
        elif request.method == "REFER":
            self._referring.within(dialog, request, transaction)
        elif request.method == "INFO":
            self._dialogs.on_info(dialog, request, transaction)
        elif request.method == "OPTIONS":
            self._servers.respond(transaction, options(request, ""))
        else:
            self._servers.respond(transaction, request.respond(481))

    def _out_of_dialog(self, request: Request, source: Flow, tag: str) -> Response | None:
        if request.method == "OPTIONS":
            return options(request, tag)
        if request.method not in ("REGISTER", "INVITE", "REFER", "SUBSCRIBE"):
            return request.respond(481, tag=tag)
        if self._servers.is_merged(request):
            return request.respond(482, tag=tag)
        if request.method == "REGISTER":
            return self._register(request, source, tag)
        admitted: Peer | Response = self._gatekeeper.admit(request, source, tag)
        if isinstance(admitted, Response):
            return admitted
        if request.method == "REFER":
            return self._referring.outside(request, source, admitted, tag)
        if request.method == "SUBSCRIBE":
            return self._subscribing.receive(request, source, admitted, tag)
        return self._invited(request, source, admitted, tag)

    def _invited(self, request: Request, source: Flow, peer: Peer, tag: str) -> Response | None:
        try:
            replaces = self._replacing.sought_by(request)
        except CannotReplace as error:
            return request.respond(error.status, tag=tag)
        transaction = self._servers.start(request, source)
        self._answering.receive(request, transaction, source, peer, replaces=replaces)
        return None

    def _register(self, request: Request, source: Flow, tag: str) -> Response | None:
        checked = self._gatekeeper.check(request, source, tag)
        if isinstance(checked, Response):
            return checked
        response = self._registrar.register(request, checked, source, tag)
        # Kept, for a repetition would be refused: its nonce count has been used.
        self._servers.respond(self._servers.start(request, source, tag), response)
        return None


def _without_rport(via: str) -> str:
    start = via.lower().find(";rport")
    end = via.find(";", start + 1)
    return via[:start] + (via[end:] if end >= 0 else "")
