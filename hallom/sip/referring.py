from dataclasses import dataclass
from functools import partial
from typing import Any

from hallom.sip import referral
from hallom.sip.accounts import Peer
from hallom.sip.dialog import Dialog
from hallom.sip.dialogs import Dialogs, clean
from hallom.sip.event_package import asked_seconds, event_of
from hallom.sip.events import ReferReceived
from hallom.sip.flow import Flow
from hallom.sip.limits import MAX_REASON, MAX_REFERS, MAX_REFERS_OF_ACCOUNT, MAX_REFERS_OF_DIALOG
from hallom.sip.message import REASONS, Request, Response, parse
from hallom.sip.notifier import Notifier
from hallom.sip.refer_request import CannotRefer, Wish
from hallom.sip.replacing import Replacing
from hallom.sip.server import ServerTransaction, ServerTransactions
from hallom.sip.timers import DECISION_PATIENCE, REFER_SECONDS, Timer
from hallom.sip.transition import advance
from hallom.sip.wire import Wire

Event = referral.Event
FRAGMENT = "message/sipfrag;version=2.0"


@dataclass(slots=True, eq=False)
class Refer:
    """Somebody's wish that we call somebody, until all is told about it; `request` while it is undecided."""

    id: str
    dialog: Dialog
    is_outside: bool
    cseq: int
    notifier: Notifier | None = None
    request: Request | None = None
    transaction: ServerTransaction | None = None
    state: referral.State = referral.State.ASKED
    told: str = "100 Trying"
    ends_at: float = 0.0
    timer: Timer | None = None

    def step(self, event: Event) -> None:
        self.state = advance(referral.TRANSITIONS, self.state, event)


class Referring:
    """Takes REFERs in and tells how they go, within calls and outside (RFC 3515, RFC 4488)."""

    def __init__(
        self, wire: Wire, servers: ServerTransactions, dialogs: Dialogs, replacing: Replacing
    ) -> None:
        self._wire = wire
        self._servers = servers
        self._dialogs = dialogs
        self._replacing = replacing
        self._table: dict[str, Refer] = {}
        self._by_dialog: dict[str, dict[str, Refer]] = {}

    def __len__(self) -> int:
        return len(self._table)

    def of(self, dialog: str) -> list[Refer]:
        """Those that came within a call."""
        return [one for one in self._by_dialog.get(dialog, {}).values() if not one.is_outside]

    def get(self, refer: str) -> Refer | None:
        return self._table.get(refer)

    def within(self, dialog: Dialog, request: Request, transaction: ServerTransaction) -> None:
        """A REFER of the peer of a call."""
        if len(self.of(dialog.id)) >= MAX_REFERS_OF_DIALOG:
            self._servers.respond(transaction, request.respond(503))
            return
        try:
            wish = self._wish(request)
        except CannotRefer as error:
            self._servers.respond(transaction, request.respond(error.status))
            return
        if request.contact() is not None:
            dialog.refresh_target(request)
        self._ask(Refer(self._name(request), dialog, False, request.cseq), request, transaction)
        self._tell(dialog.id, self._name(request), wish, None)

    def outside(self, request: Request, source: Flow, peer: Peer, tag: str) -> Response | None:
        """A REFER that belongs to no call: a telephone has us call somebody."""
        if peer.kind != "account":
            # A carrier has no business making us call.
            return request.respond(403, tag=tag)
        if request.contact() is None:
            return request.respond(400, "Missing or Bad Contact", tag)
        own = sum(one.is_outside and one.dialog.aor == peer.name for one in self._table.values())
        if own >= MAX_REFERS_OF_ACCOUNT:
            return request.respond(503, tag=tag)
        try:
            wish = self._wish(request)
        except CannotRefer as error:
            return request.respond(error.status, tag=tag)
        transaction = self._servers.start(request, source)
        dialog = Dialog.answering(request, transaction.tag, source)
        dialog.aor = peer.name
        self._ask(Refer(self._name(request), dialog, True, request.cseq), request, transaction)
        self._tell("", self._name(request), wish, peer)
        return None

    def accept(self, refer: str) -> None:
        found = self._asked(refer)
        if found is None or found.request is None or found.transaction is None:
            return
        request, transaction = found.request, found.transaction
        response = request.respond(202, tag=transaction.tag)
        response.headers["contact"] = [self._wire.settings.contact(found.dialog.flow)]
        wants_notify = Wish.of(request).wants_notify
        if not wants_notify:
            response.headers["refer-sub"] = ["false"]
            response.headers["supported"] = ["norefersub"]
        self._servers.respond(transaction, response)
        if wants_notify:
            self._activate(found, self._wire.now + REFER_SECONDS)
            self._notify(found)
        else:
            self._end(found, Event.ACCEPT_SILENTLY)

    def refuse(self, refer: str, status: int) -> None:
        if (found := self._asked(refer)) is not None:
            self._decline(found, status if 300 <= status < 700 else 603, Event.REFUSE)

    def progress(self, refer: str, status: int, reason: str, *, last: bool) -> None:
        found = self._table.get(refer)
        if found is None or found.state is not referral.State.ACTIVE:
            return
        status = status if 100 <= status < 700 else 500
        found.told = f"{status} {clean(reason)[:MAX_REASON] or REASONS.get(status, 'Unspecified')}"
        if last or status >= 200:
            self._notify(found, "terminated;reason=noresource")
            self._end(found, Event.LAST)
        else:
            found.step(Event.PROGRESS)
            self._notify(found)

    def matching(self, request: Request) -> Refer | None:
        """What a SUBSCRIBE is about, also when its call is over; without an id it is the first that is told of."""
        kind, number = event_of(request)
        for refer in self._by_dialog.get(request.to_tag, {}).values() if kind == "refer" else ():
            dialog = refer.dialog
            is_meant = refer.notifier is not None and (not number or number == str(refer.cseq))
            if is_meant and (dialog.call_id, dialog.remote_tag) == (request.call_id, request.from_tag):
                return refer
        return None

    def renew(self, found: Refer, request: Request, source: Flow) -> Response | None:
        """Prolong the telling or end it; the response that refuses to, else None."""
        if not self._dialogs.admit(found.dialog, request, source):
            return request.respond(500, "CSeq Out of Order")
        seconds = int(min(asked_seconds(request), REFER_SECONDS))
        response = request.respond(200)
        response.headers["expires"] = [str(seconds)]
        response.headers["contact"] = [self._wire.settings.contact(found.dialog.flow)]
        self._servers.respond(self._servers.start(request, source), response)
        if seconds:
            found.step(Event.REFRESH)
            self._expect_end(found, self._wire.now + seconds)
            self._notify(found)
        else:
            self._notify(found, "terminated;reason=timeout")
            self._end(found, Event.UNSUBSCRIBE)
        return None

    def state(self, refer: Refer) -> dict[str, Any]:
        state: dict[str, Any] = {
            "refer": refer.id,
            "cseq": refer.cseq,
            "told": refer.told,
            "ends_at": refer.ends_at,
            "dialog": refer.dialog.state() if refer.is_outside else None,
        }
        if refer.request is not None and refer.transaction is not None:
            bare = Request(refer.request.method, refer.request.uri, refer.request.headers)
            state["request"] = bytes(bare).decode("latin-1")
            state["reply_to"] = refer.transaction.flow.as_list()
            state["tag"] = refer.transaction.tag
        return state

    def restore(self, state: dict[str, Any], dialog: Dialog | None = None) -> str:
        """A repetition of the REFER finds its transaction again, and the rest of the story is told."""
        if state["refer"] in self._table:
            return str(state["refer"])
        is_outside = state["dialog"] is not None
        dialog = Dialog.restored(state["dialog"], self._wire.now) if is_outside else dialog
        if dialog is None:
            raise KeyError(state["refer"])
        refer = Refer(state["refer"], dialog, is_outside, state["cseq"], told=state["told"])
        if "request" in state:
            self._restore_asked(refer, state)
        else:
            self._add(refer)
            self._activate(refer, state["ends_at"])
        return refer.id

    def _restore_asked(self, refer: Refer, state: dict[str, Any]) -> None:
        request = parse(state["request"].encode("latin-1"))
        if not isinstance(request, Request) or self._servers.find(request, request.method) is not None:
            return
        flow = Flow.from_list(state["reply_to"])
        transaction = self._servers.start(request, flow, state["tag"])
        transaction.flow = flow
        self._ask(refer, request, transaction)

    def _wish(self, request: Request) -> Wish:
        if len(self._table) >= MAX_REFERS:
            raise CannotRefer(503)
        if self._name(request) in self._table:
            raise CannotRefer(482)
        return Wish.of(request)

    def _name(self, request: Request) -> str:
        return self._wire.derived("refer", request.call_id, request.from_tag, str(request.cseq))

    def _ask(self, refer: Refer, request: Request, transaction: ServerTransaction) -> None:
        self._add(refer)
        refer.request, refer.transaction = request, transaction
        late = partial(self._decline, refer, 500, Event.NO_DECISION)
        refer.timer = self._wire.after(DECISION_PATIENCE, late)

    def _add(self, refer: Refer) -> None:
        self._table[refer.id] = self._by_dialog.setdefault(refer.dialog.id, {})[refer.id] = refer

    def _tell(self, dialog: str, refer: str, wish: Wish, peer: Peer | None) -> None:
        replaces = self._replacing.find(wish.replaces) if wish.replaces else None
        self._wire.emit(ReferReceived(dialog, refer, wish.target_uri, replaces, wish.referred_by, peer))

    def _asked(self, refer: str) -> Refer | None:
        found = self._table.get(refer)
        return found if found is not None and found.state is referral.State.ASKED else None

    def _decline(self, refer: Refer, status: int, event: Event) -> None:
        if refer.request is not None and refer.transaction is not None:
            response = refer.request.respond(status, tag=refer.transaction.tag)
            self._servers.respond(refer.transaction, response)
        self._end(refer, event)

    def _activate(self, refer: Refer, ends_at: float) -> None:
        refer.step(Event.ACCEPT)
        refer.request = refer.transaction = None
        # The id is only due from the second REFER on, but never wrong (RFC 3515 2.4.6).
        event = f"refer;id={refer.cseq}"
        gone = partial(self._on_gone, refer)
        refer.notifier = Notifier(self._wire, self._dialogs, refer.dialog, event, on_gone=gone)
        self._expect_end(refer, ends_at)

    def _expect_end(self, refer: Refer, ends_at: float) -> None:
        self._wire.cancel(refer.timer)
        refer.ends_at = ends_at
        refer.timer = self._wire.deadlines.at(ends_at, partial(self._expire, refer))

    def _expire(self, refer: Refer) -> None:
        self._notify(refer, "terminated;reason=timeout")
        self._end(refer, Event.EXPIRE)

    def _on_gone(self, refer: Refer, status: int) -> None:
        if refer.state is referral.State.ACTIVE:
            self._end(refer, Event.PEER_GONE)

    def _notify(self, refer: Refer, state: str = "") -> None:
        if refer.notifier is not None:
            left = max(1, round(refer.ends_at - self._wire.now))
            body = f"SIP/2.0 {refer.told}\r\n".encode()
            refer.notifier.send(state or f"active;expires={left}", FRAGMENT, body)

    def _end(self, refer: Refer, event: Event) -> None:
        refer.step(event)
        self._wire.cancel(refer.timer)
        refer.request = refer.transaction = None
        del self._table[refer.id]
        rest = self._by_dialog[refer.dialog.id]
        del rest[refer.id]
        if not rest:
            del self._by_dialog[refer.dialog.id]
