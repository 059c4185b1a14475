from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from hallom.sip import session_timer
from hallom.sip.acknowledgement import Acknowledgements
from hallom.sip.capability import ALLOW, SUPPORTED
from hallom.sip.dialog import Dialog
from hallom.sip.dialogs import Dialogs
from hallom.sip.events import ReinviteAnswered, ReinviteFailed, ReinviteReceived
from hallom.sip.message import Headers, Request, Response
from hallom.sip.server import ServerTransaction, ServerTransactions
from hallom.sip.timers import REINVITE_PATIENCE, Timer
from hallom.sip.wire import Wire

# A peer that answers 491 more often than this is not in a glare but refuses.
MAX_GLARES = 5


@dataclass(frozen=True, slots=True)
class OwnOffer:
    """What we want to say: by which method, which SDP (empty for a refresh), after how many 491s."""

    method: str
    sdp: str
    glares: int = 0


class PeerOffer:
    """A re-INVITE or UPDATE of the peer that our side has yet to answer."""

    __slots__ = ("dialog", "id", "patience", "request", "transaction")

    def __init__(self, dialog: Dialog, request: Request, transaction: ServerTransaction, key: str) -> None:
        self.dialog = dialog
        self.request = request
        self.transaction = transaction
        self.id = key
        self.patience: Timer | None = None


class Offers:
    """Changes of a running session by re-INVITE and UPDATE, from either side (RFC 3261 14, RFC 3311)."""

    def __init__(
        self, wire: Wire, dialogs: Dialogs, servers: ServerTransactions, acks: Acknowledgements
    ) -> None:
        self._wire = wire
        self._dialogs = dialogs
        self._servers = servers
        self._acks = acks
        self._own: set[str] = set()
        self._queued: dict[str, OwnOffer] = {}
        self._peer: dict[str, PeerOffer] = {}
        self._by_transaction: dict[str, PeerOffer] = {}
        self._retries: dict[str, Timer] = {}
        self._refreshes: set[str] = set()
        self.on_session: Callable[[Dialog], None] = lambda dialog: None
        dialogs.on_end.append(self._forget)

    def __len__(self) -> int:
        return len(self._own) + len(self._queued) + len(self._peer) + len(self._retries)

    def make(self, dialog: Dialog, method: str, sdp: str) -> None:
        """Offer `sdp`; while another offer is under way the newest waits."""
        self._refreshes.discard(dialog.id)
        self._begin(dialog, OwnOffer(method, sdp))

    def refresh(self, dialog: Dialog) -> None:
        """Keep the session alive without changing it (RFC 4028 10)."""
        if dialog.id in self._own or dialog.id in self._queued or dialog.id in self._retries:
            return
        self._refreshes.add(dialog.id)
        self._begin(dialog, OwnOffer("UPDATE" if dialog.prefers_update else "INVITE", ""))

    def receive(self, dialog: Dialog, request: Request, transaction: ServerTransaction) -> None:
        minimum = self._wire.settings.min_session_seconds
        if session_timer.is_too_brief(request, minimum):
            response = request.respond(422)
            response.headers["min-se"] = [str(minimum)]
            self._servers.respond(transaction, response)
        elif request.method == "UPDATE" and request.sdp is None:
            self._accept(dialog, request, transaction, "")
        elif dialog.id in self._peer:
            self._refuse_for_now(request, transaction)
        elif dialog.id in self._own:
            self._servers.respond(transaction, request.respond(491))
        else:
            self._ask(dialog, request, transaction)

    def answer(self, key: str, sdp: str) -> None:
        if (offer := self._take(key)) is not None:
            offer.dialog.local_sdp = sdp
            self._accept(offer.dialog, offer.request, offer.transaction, sdp)
            self._go_on(offer.dialog)

    def reject(self, key: str, status: int) -> None:
        if (offer := self._take(key)) is not None:
            self._servers.respond(offer.transaction, offer.request.respond(status))
            self._go_on(offer.dialog)

    def cancel(self, transaction: ServerTransaction) -> None:
        """The peer takes its re-INVITE back; the session stays as it was."""
        for offer in self._peer.values():
            if offer.transaction is transaction:
                self.reject(offer.id, 487)
                return

    def _ask(self, dialog: Dialog, request: Request, transaction: ServerTransaction) -> None:
        if request.method == "INVITE":
            self._acks.take_as_read(dialog.id)
            self._servers.respond(transaction, request.respond(100))
        offer = PeerOffer(dialog, request, transaction, self._wire.token())
        offer.patience = self._wire.after(REINVITE_PATIENCE, partial(self.reject, offer.id, 504))
        self._peer[dialog.id] = self._by_transaction[offer.id] = offer
        self._wire.emit(ReinviteReceived(dialog.id, offer.id, request.sdp))

    def _accept(self, dialog: Dialog, request: Request, transaction: ServerTransaction, sdp: str) -> None:
        settings = self._wire.settings
        dialog.refresh_target(request)
        dialog.session = session_timer.as_uas(request, settings.session_seconds, settings.min_session_seconds)
        response = request.respond(200)
        response.headers |= self._described(dialog) | session_timer.uas_headers(request, dialog.session)
        if sdp:
            response.headers["content-type"] = ["application/sdp"]
            response.body = sdp.encode()
        data = self._servers.respond(transaction, response)
        if request.method == "INVITE":
            self._acks.expect(dialog.id, request.cseq, transaction.flow, data)
        self.on_session(dialog)

    def _refuse_for_now(self, request: Request, transaction: ServerTransaction) -> None:
        response = request.respond(500)
        response.headers["retry-after"] = [str(int(self._wire.jitter() * 10))]
        self._servers.respond(transaction, response)

    def _begin(self, dialog: Dialog, offer: OwnOffer) -> None:
        if dialog.id in self._own or dialog.id in self._peer or dialog.id in self._retries:
            self._queued[dialog.id] = offer
            return
        if (waiting := self._acks.awaited(dialog.id)) is not None:
            self._queued[dialog.id] = offer
            waiting.then.append(partial(self._go_on, dialog))
            return
        if not dialog.prefers_update:
            offer = replace(offer, method="INVITE")
        headers = self._described(dialog) | self._session_headers(dialog)
        if offer.method == "INVITE" or offer.sdp:
            headers["content-type"] = ["application/sdp"]
        body = offer.sdp or (dialog.local_sdp if offer.method == "INVITE" else "")
        self._own.add(dialog.id)
        verdict = partial(self._on_verdict, dialog, offer)
        self._dialogs.request(dialog, offer.method, headers, body.encode(), verdict=verdict)

    def _on_verdict(self, dialog: Dialog, offer: OwnOffer, response: Response | None, status: int) -> None:
        self._own.discard(dialog.id)
        if self._dialogs.get(dialog.id) is None:
            return
        if status == 491 and offer.glares < MAX_GLARES:
            self._retry_later(dialog, offer)
            return
        if response is not None and status < 300:
            self._on_accepted(dialog, offer.sdp, response)
        else:
            self._on_refused(dialog, offer, response, status)
        self._go_on(dialog)

    def _on_accepted(self, dialog: Dialog, sdp: str, response: Response) -> None:
        settings = self._wire.settings
        dialog.refresh_target(response)
        dialog.session = session_timer.as_uac(
            response, settings.session_seconds, settings.min_session_seconds
        )
        self.on_session(dialog)
        if sdp:
            dialog.local_sdp = sdp
        if dialog.id in self._refreshes:
            self._refreshes.discard(dialog.id)
        else:
            self._wire.emit(ReinviteAnswered(dialog.id, response.sdp))

    def _on_refused(self, dialog: Dialog, offer: OwnOffer, response: Response | None, status: int) -> None:
        if offer.method == "UPDATE" and status in (405, 501):
            dialog.prefers_update = False
            self._queued.setdefault(dialog.id, replace(offer, method="INVITE"))
            return
        if dialog.id in self._refreshes:
            self._refreshes.discard(dialog.id)
        else:
            self._wire.emit(ReinviteFailed(dialog.id, status))
        self._dialogs.judge(dialog, response, status)

    def _retry_later(self, dialog: Dialog, offer: OwnOffer) -> None:
        # RFC 3261 14.1: whoever owns the Call-ID waits longer, so the two sides do not meet again.
        seconds = 2.1 + 1.9 * self._wire.jitter() if dialog.is_caller else 2.0 * self._wire.jitter()
        again = partial(self._retry, dialog, replace(offer, glares=offer.glares + 1))
        self._retries[dialog.id] = self._wire.after(seconds, again)

    def _retry(self, dialog: Dialog, offer: OwnOffer) -> None:
        del self._retries[dialog.id]
        newer = self._queued.pop(dialog.id, offer)
        self._begin(dialog, replace(newer, glares=offer.glares))

    def _go_on(self, dialog: Dialog) -> None:
        """Send the offer that waited for another one."""
        busy = dialog.id in self._own or dialog.id in self._peer or dialog.id in self._retries
        if not busy and self._dialogs.get(dialog.id) is not None:
            queued = self._queued.pop(dialog.id, None)
            if queued is not None:
                self._begin(dialog, queued)

    def _take(self, key: str) -> PeerOffer | None:
        offer = self._by_transaction.pop(key, None)
        if offer is not None:
            self._peer.pop(offer.dialog.id, None)
            self._wire.cancel(offer.patience)
        return offer

    def _forget(self, dialog: Dialog) -> None:
        offer = self._peer.get(dialog.id)
        if offer is not None and self._take(offer.id) is not None:
            self._servers.respond(offer.transaction, offer.request.respond(487))
        self._queued.pop(dialog.id, None)
        self._own.discard(dialog.id)
        self._refreshes.discard(dialog.id)
        self._wire.cancel(self._retries.pop(dialog.id, None))

    def _described(self, dialog: Dialog) -> Headers:
        contact = self._wire.settings.contact(dialog.flow)
        return {"contact": [contact], "allow": [ALLOW], "supported": [SUPPORTED]}

    def _session_headers(self, dialog: Dialog) -> Headers:
        session = dialog.session
        if session is None:
            return {}
        refresher = "uac" if session.we_refresh else "uas"
        least = str(self._wire.settings.min_session_seconds)
        return {"session-expires": [f"{session.seconds};refresher={refresher}"], "min-se": [least]}
