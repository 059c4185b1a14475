from functools import partial

from hallom.sip import session_timer
from hallom.sip.accounts import Peer
from hallom.sip.acknowledgement import Acknowledgements
from hallom.sip.capability import ALLOW, SUPPORTED, options
from hallom.sip.dialog import Dialog
from hallom.sip.dialogs import Dialogs, clean
from hallom.sip.diversion import diversions
from hallom.sip.events import InviteCancelled, InviteReceived
from hallom.sip.flow import Flow
from hallom.sip.header import BadHeader, NameAddr, legible
from hallom.sip.message import Request, Response
from hallom.sip.refresher import Refresher
from hallom.sip.reliable import ReliableProvisionals
from hallom.sip.replaces import Replaces
from hallom.sip.server import ServerTransaction, ServerTransactions
from hallom.sip.timers import INVITE_PATIENCE, PROVISIONAL_REFRESH, Timer
from hallom.sip.wire import Wire


class IncomingInvite:
    """A call that has come in and has no final response yet."""

    __slots__ = (
        "dialog",
        "id",
        "patience",
        "peer",
        "reliable",
        "reminder",
        "request",
        "source",
        "transaction",
    )

    def __init__(
        self, key: str, request: Request, transaction: ServerTransaction, source: Flow, *, peer: Peer
    ) -> None:
        self.id = key
        self.request = request
        self.transaction = transaction
        self.source = source
        self.peer = peer
        self.reliable: ReliableProvisionals | None = None
        self.dialog: Dialog | None = None
        self.patience: Timer | None = None
        self.reminder: Timer | None = None

    @property
    def tag(self) -> str:
        return self.transaction.tag


class Answering:
    """The called side of new calls (RFC 3261 13.3, RFC 3262)."""

    def __init__(
        self,
        wire: Wire,
        *,
        servers: ServerTransactions,
        dialogs: Dialogs,
        acks: Acknowledgements,
        refresher: Refresher,
    ) -> None:
        self._wire = wire
        self._servers = servers
        self._dialogs = dialogs
        self._acks = acks
        self._refresher = refresher
        self._pending: dict[str, IncomingInvite] = {}
        self._by_tag: dict[str, IncomingInvite] = {}
        self._parted: dict[str, IncomingInvite] = {}

    def __len__(self) -> int:
        return len(self._pending)

    def get(self, invite: str) -> IncomingInvite | None:
        return self._pending.get(invite) or self._parted.get(invite)

    def ringing(self, tag: str) -> IncomingInvite | None:
        """The call whose dialog will have, or already has, this id, and which has no final response yet."""
        return self._by_tag.get(tag)

    def forget_parted(self) -> None:
        """Their events have been read; until then their state could be asked for."""
        self._parted.clear()

    def receive(
        self,
        request: Request,
        transaction: ServerTransaction,
        source: Flow,
        peer: Peer,
        *,
        replaces: Replaces | None = None,
    ) -> None:
        if (refusal := self._refusal(request, transaction.tag)) is not None:
            self._servers.respond(transaction, refusal)
            return
        self._servers.respond(transaction, request.respond(100))
        call = self.open(self._wire.token(), request, transaction, source, peer=peer)
        caller, called = NameAddr.parse(request.first("from")), NameAddr.parse(request.first("to"))
        self._wire.emit(
            InviteReceived(
                call.id,
                call.tag,
                caller.uri,
                legible(caller.name),
                called.uri,
                legible(request.uri),
                peer,
                request.sdp,
                source,
                _asserted(request) if peer.kind == "trunk" else None,
                replaces,
                diversions(request),
            )
        )

    def open(
        self, key: str, request: Request, transaction: ServerTransaction, source: Flow, *, peer: Peer
    ) -> IncomingInvite:
        call = IncomingInvite(key, request, transaction, source, peer=peer)
        if "100rel" in request.tokens("require"):
            give_up = partial(self._give_up, key, 504, "no PRACK")
            call.reliable = ReliableProvisionals(self._wire, self._servers, transaction, give_up)
        self._pending[key] = self._by_tag[call.tag] = call
        call.patience = self._wire.after(INVITE_PATIENCE, partial(self._give_up, key, 480, "not answered"))
        call.reminder = self._wire.after(PROVISIONAL_REFRESH, partial(self._remind, call))
        return call

    def progress(self, invite: str, status: int, sdp: str | None) -> None:
        call = self._pending.get(invite)
        if call is None or call.dialog is not None or not 100 < status < 200:
            return
        # A call without an offer gets ours in the 2xx; an offer in a provisional response would need more.
        response = self._described(call, status, sdp if call.request.sdp is not None else None)
        if call.reliable is not None:
            call.reliable.send(response)
        else:
            self._servers.respond(call.transaction, response)

    def answer(self, invite: str, sdp: str) -> str:
        """The id of the dialog; raises KeyError when the call has gone meanwhile."""
        call = self._pending[invite]
        if call.dialog is None:
            settings = self._wire.settings
            dialog = call.dialog = Dialog.answering(call.request, call.tag, call.source)
            dialog.local_sdp = sdp
            dialog.follows_flow = call.peer.kind == "account"
            dialog.aor = call.peer.name if dialog.follows_flow else ""
            dialog.session = session_timer.as_uas(
                call.request, settings.session_seconds, settings.min_session_seconds
            )
            self._dialogs.add(dialog)
            accept = partial(self._accept, call, dialog)
            if call.reliable is not None:
                call.reliable.once_acknowledged(accept)
            else:
                accept()
        return call.tag

    def reject(self, invite: str, status: int, reason: str) -> None:
        call = self._pending.get(invite)
        if call is not None:
            final = status if 300 <= status < 700 else 500
            response = call.request.respond(final, clean(reason), call.tag)
            self._close(call)
            self._servers.respond(call.transaction, response)

    def cancel(self, transaction: ServerTransaction, reason: str) -> None:
        call = self._by_tag.get(transaction.tag)
        if call is not None and call.transaction is transaction:
            self._terminate(call, 487, reason)

    def withdraw(self, tag: str) -> bool:
        """Refuse a call whose 2xx still waits for a PRACK: hung up before it was up. False for any other."""
        call = self._by_tag.get(tag)
        if call is None or call.dialog is None:
            return False
        self.reject(call.id, 480, "")
        self._dialogs.end(call.dialog, by_peer=False, reason="hung up before the 2xx")
        return True

    def settle(self, tag: str) -> None:
        """Close a restored call that is known to have been answered: its dialog repeats the 2xx."""
        if (call := self._by_tag.get(tag)) is not None:
            self._close(call)
            self._servers.accepted(call.transaction)

    def flow_closed(self, flow: Flow) -> None:
        """An account whose stream breaks while it calls can hear no answer any more."""
        for call in [call for call in self._pending.values() if call.source == flow]:
            if call.peer.kind == "account":
                self._terminate(call, 487, "connection lost")

    def is_early(self, request: Request) -> bool:
        """Whether the request belongs to the dialog of a call that is not up yet."""
        call = self._by_tag.get(request.to_tag)
        return (
            call is not None
            and call.request.call_id == request.call_id
            and call.request.from_tag == request.from_tag
        )

    def early(self, request: Request, transaction: ServerTransaction) -> bool:
        """Serve a request within the dialog of a call not yet answered; False when there is none."""
        if not self.is_early(request):
            return False
        call = self._by_tag[request.to_tag]
        if request.method == "PRACK" and call.reliable is not None and call.reliable.acknowledge(request):
            self._servers.respond(transaction, request.respond(200))
            call.reliable.go_on()
        elif request.method == "BYE":
            self._servers.respond(transaction, request.respond(200))
            self._terminate(call, 487, legible(request.first("reason")))
        elif request.method == "OPTIONS":
            self._servers.respond(transaction, options(request, ""))
        elif request.method in ("UPDATE", "INVITE", "REFER"):
            # RFC 3311 5.2: the offer of the INVITE has no answer yet; nor is there a call to transfer.
            response = request.respond(500)
            response.headers["retry-after"] = [str(int(self._wire.jitter() * 10))]
            self._servers.respond(transaction, response)
        else:
            self._servers.respond(transaction, request.respond(481))
        return True

    def _refusal(self, request: Request, tag: str) -> Response | None:
        minimum = self._wire.settings.min_session_seconds
        if request.contact() is None:
            return request.respond(400, "Missing or Bad Contact", tag)
        if request.number("max-forwards") == 0:
            return request.respond(483, tag=tag)
        if session_timer.is_too_brief(request, minimum):
            response = request.respond(422, tag=tag)
            response.headers["min-se"] = [str(minimum)]
            return response
        return None

    def _described(self, call: IncomingInvite, status: int, sdp: str | None) -> Response:
        response = call.request.respond(status, tag=call.tag)
        response.headers["contact"] = [self._wire.settings.contact(call.source)]
        response.headers["allow"] = [ALLOW]
        response.headers["supported"] = [SUPPORTED]
        if sdp is not None:
            response.headers["content-type"] = ["application/sdp"]
            response.body = sdp.encode()
        return response

    def _accept(self, call: IncomingInvite, dialog: Dialog) -> None:
        response = self._described(call, 200, dialog.local_sdp)
        if dialog.session is not None:
            response.headers |= session_timer.uas_headers(call.request, dialog.session)
        self._close(call)
        data = self._servers.respond(call.transaction, response)
        self._acks.expect(dialog.id, call.request.cseq, call.transaction.flow, data)
        self._refresher.arm(dialog)

    def _terminate(self, call: IncomingInvite, status: int, reason: str) -> None:
        self._close(call)
        self._parted[call.id] = call
        if call.dialog is not None:
            # Answered, but the 2xx still waited for a PRACK.
            self._dialogs.end(call.dialog, by_peer=True, reason=reason)
        self._servers.respond(call.transaction, call.request.respond(status, tag=call.tag))
        self._wire.emit(InviteCancelled(call.id, reason))

    def _give_up(self, invite: str, status: int, reason: str) -> None:
        if (call := self._pending.get(invite)) is not None:
            self._terminate(call, status, reason)

    def _remind(self, call: IncomingInvite) -> None:
        if call.transaction.data:
            self._wire.send(call.transaction.flow, call.transaction.data)
        call.reminder = self._wire.after(PROVISIONAL_REFRESH, partial(self._remind, call))

    def _close(self, call: IncomingInvite) -> None:
        del self._pending[call.id]
        del self._by_tag[call.tag]
        self._wire.cancel(call.patience)
        self._wire.cancel(call.reminder)
        if call.reliable is not None:
            call.reliable.stop()


def _asserted(request: Request) -> str | None:
    """The caller as a trusted network names it (RFC 3325)."""
    try:
        return NameAddr.parse(request.first("p-asserted-identity").split(",")[0]).uri
    except BadHeader:
        return None
