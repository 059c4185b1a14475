from typing import Any

from hallom.sip.accounts import Peer
from hallom.sip.acknowledgement import Acknowledgements
from hallom.sip.answering import Answering, IncomingInvite
from hallom.sip.calling import Calling, OutgoingCall
from hallom.sip.dialog import Dialog
from hallom.sip.dialogs import Dialogs
from hallom.sip.flow import Flow
from hallom.sip.message import Request, parse
from hallom.sip.referring import Referring
from hallom.sip.refresher import Refresher
from hallom.sip.server import ServerTransactions
from hallom.sip.target import Target
from hallom.sip.wire import Wire


class Restoration:
    """Makes JSON-able values of calls and dialogs, and these of them again after a crash."""

    def __init__(
        self,
        wire: Wire,
        *,
        servers: ServerTransactions,
        dialogs: Dialogs,
        acks: Acknowledgements,
        refresher: Refresher,
        answering: Answering,
        calling: Calling,
        referring: Referring,
    ) -> None:
        self._wire = wire
        self._servers = servers
        self._dialogs = dialogs
        self._acks = acks
        self._refresher = refresher
        self._answering = answering
        self._calling = calling
        self._referring = referring

    def dialog_state(self, dialog: str) -> dict[str, Any]:
        found = self._dialogs.recent(dialog)
        if found is None:
            raise KeyError(dialog)
        state = found.state()
        state["awaits_prack"] = self._answering.ringing(dialog) is not None
        waiting = self._acks.awaited(dialog)
        if waiting is not None:
            state["unacknowledged"] = {
                "cseq": waiting.cseq,
                "flow": waiting.flow.as_list(),
                "data": _text(waiting.data),
                "since": waiting.since,
            }
        refers = [self._referring.state(refer) for refer in self._referring.of(dialog)]
        if refers:
            state["refers"] = refers
        return state

    def refer_state(self, refer: str) -> dict[str, Any]:
        found = self._referring.get(refer)
        if found is None or not found.is_outside:
            raise KeyError(refer)
        return self._referring.state(found)

    def restore_dialog(self, state: dict[str, Any]) -> str:
        dialog = Dialog.restored(state, self._wire.now)
        if self._dialogs.get(dialog.id) is not None:
            return dialog.id
        ringing = self._answering.ringing(dialog.id) if state["awaits_prack"] else None
        if ringing is not None:
            # Which PRACK it waited for is not known any more; the 2xx goes out at once.
            return self._answering.answer(ringing.id, dialog.local_sdp)
        self._dialogs.add(dialog)
        self._refresher.arm(dialog)
        self._answering.settle(dialog.id)
        self._calling.settle(dialog.id)
        for refer in state.get("refers", ()):
            self._referring.restore(refer, dialog)
        waiting = state.get("unacknowledged")
        if waiting:
            flow, data = Flow.from_list(waiting["flow"]), waiting["data"].encode("latin-1")
            since = waiting.get("since", 0.0)
            if self._acks.expect_still(dialog.id, waiting["cseq"], flow, data, since=since):
                self._wire.send(flow, data)
        return dialog.id

    def invite_state(self, invite: str) -> dict[str, Any]:
        if (incoming := self._answering.get(invite)) is not None:
            return _incoming_state(incoming)
        if (outgoing := self._calling.get(invite)) is not None:
            return _outgoing_state(outgoing)
        raise KeyError(invite)

    def restore_invite(self, state: dict[str, Any]) -> str:
        request = parse(state["request"].encode("latin-1"))
        flow = Flow.from_list(state["flow"])
        if not isinstance(request, Request):
            raise ValueError("the state of a call holds no request")
        if state["kind"] == "incoming":
            self._restore_incoming(state, request, flow)
        else:
            self._restore_outgoing(state, request, flow)
        return str(state["invite"])

    def _restore_incoming(self, state: dict[str, Any], request: Request, flow: Flow) -> None:
        """A retransmission of the INVITE then finds its transaction, and begins no second call."""
        if self._servers.find(request, "INVITE") is not None:
            return
        transaction = self._servers.start(request, flow)
        transaction.tag = state["tag"]
        transaction.flow = Flow.from_list(state["reply_to"])
        transaction.data = state["last"].encode("latin-1")
        peer = Peer(state["peer"][0], state["peer"][1])
        self._answering.open(state["invite"], request, transaction, flow, peer=peer)
        if self._dialogs.get(transaction.tag) is not None:
            self._answering.settle(transaction.tag)

    def _restore_outgoing(self, state: dict[str, Any], request: Request, flow: Flow) -> None:
        """The same INVITE goes out once more: to the peer a retransmission, to which it says how things stand."""
        if self._calling.get(state["invite"]) is not None:
            return
        target = Target(request.uri, flow if state["follows_flow"] else None)
        call = OutgoingCall(state["invite"], request, flow, target)
        call.attempt = state["attempt"]
        call.is_cancelled, call.cancel_reason = state["is_cancelled"], state["cancel_reason"]
        self._calling.begin(call)
        # States of older journals are of calls that still rang.
        if state.get("is_settled") or self._dialogs.get(request.from_tag) is not None:
            self._calling.settle(request.from_tag)


def _incoming_state(call: IncomingInvite) -> dict[str, Any]:
    return {
        "kind": "incoming",
        "invite": call.id,
        "tag": call.tag,
        "request": _text(bytes(call.request)),
        "flow": call.source.as_list(),
        "reply_to": call.transaction.flow.as_list(),
        "last": _text(call.transaction.data),
        "peer": [call.peer.kind, call.peer.name],
    }


def _outgoing_state(call: OutgoingCall) -> dict[str, Any]:
    return {
        "kind": "outgoing",
        "invite": call.id,
        # While the INVITE is out its transaction has it in bytes.
        "request": _text((call.transaction and call.transaction.data) or bytes(call.request)),
        "flow": call.flow.as_list(),
        "follows_flow": call.follows_flow,
        "attempt": call.attempt,
        "is_cancelled": call.is_cancelled,
        "cancel_reason": call.cancel_reason,
        "is_settled": call.is_settled,
    }


def _text(data: bytes) -> str:
    """Bytes as JSON can hold them, each a character; NUL, which PostgreSQL cannot, becomes a space: lengths must hold."""
    return data.replace(b"\x00", b" ").decode("latin-1")
