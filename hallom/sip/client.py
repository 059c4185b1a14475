from enum import Enum
from functools import partial
from typing import Any, Protocol

from hallom.sip import client_invite, client_other
from hallom.sip.flow import Flow
from hallom.sip.message import Request, Response
from hallom.sip.timers import T1, T2, TIMEOUT, TIMER_D, TIMER_K, Timer
from hallom.sip.transition import advance
from hallom.sip.wire import Wire

Invite = client_invite.Event
Other = client_other.Event


class TransactionUser(Protocol):
    """What is told of a client transaction's fate."""

    def on_response(self, response: Response, source: Flow) -> None: ...

    def on_failure(self, status: int) -> None:
        """No final response will come: 408 after a timeout, 503 after a transport error."""

    def on_ended(self) -> None:
        """No more will be heard of the transaction."""


class ClientTransaction:
    """One request of ours; after its final response only an ACK to repeat is kept."""

    __slots__ = ("again", "data", "flow", "interval", "is_invite", "key", "limit", "request", "state", "user")

    def __init__(self, request: Request, flow: Flow, user: TransactionUser | None) -> None:
        self.key = (request.branch, request.method)
        self.is_invite = request.method == "INVITE"
        self.state: Enum = client_invite.State.CALLING if self.is_invite else client_other.State.TRYING
        self.flow = flow
        self.user = user
        self.request: Request | None = request
        self.data = b""
        self.interval = T1
        self.again: Timer | None = None
        self.limit: Timer | None = None

    def step(self, event: Enum) -> None:
        table: Any = client_invite.TRANSITIONS if self.is_invite else client_other.TRANSITIONS
        self.state = advance(table, self.state, event)


class ClientTransactions:
    """All client transactions of an endpoint (RFC 3261 17.1, RFC 6026)."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._open: dict[tuple[str, str], ClientTransaction] = {}
        self._by_stream: dict[Flow, set[tuple[str, str]]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def start(self, request: Request, flow: Flow, user: TransactionUser | None) -> ClientTransaction:
        transaction = ClientTransaction(request, flow, user)
        if (old := self._open.get(transaction.key)) is not None:
            return old
        self._open[transaction.key] = transaction
        if flow.is_reliable:
            self._by_stream.setdefault(flow, set()).add(transaction.key)
        transaction.data = self._wire.send(flow, request)
        if not flow.is_reliable:
            transaction.again = self._wire.after(T1, partial(self._repeat, transaction))
        transaction.limit = self._wire.after(TIMEOUT, partial(self._time_out, transaction))
        return transaction

    def has(self, request: Request) -> bool:
        return (request.branch, request.method) in self._open

    def receive(self, response: Response, source: Flow) -> None:
        transaction = self._open.get((response.branch, response.method))
        if transaction is None or len(response.headers["via"]) > 1:
            self._wire.counters["stray_response"] += 1
        elif transaction.is_invite:
            self._to_invite(transaction, response, source)
        else:
            self._to_other(transaction, response, source)

    def flow_closed(self, flow: Flow) -> None:
        for key in list(self._by_stream.get(flow, ())):
            transaction = self._open[key]
            waiting = transaction.request is not None
            transaction.step(Invite.TRANSPORT_ERROR if transaction.is_invite else Other.TRANSPORT_ERROR)
            self._end(transaction, 503 if waiting else 0)

    def abandon(self, transaction: ClientTransaction) -> None:
        """Give up an INVITE whose CANCEL brought no final response (RFC 3261 9.1)."""
        if transaction.state is client_invite.State.PROCEEDING:
            transaction.step(Invite.ABANDON)
            self._end(transaction, 408)

    def _to_invite(self, transaction: ClientTransaction, response: Response, source: Flow) -> None:
        before, status = transaction.state, response.status
        event = Invite.PROVISIONAL if status < 200 else Invite.SUCCESS if status < 300 else Invite.FAILURE
        transaction.step(event)
        if before is client_invite.State.COMPLETED:
            if event is Invite.FAILURE:
                self._wire.send(transaction.flow, transaction.data)
            return
        if before is client_invite.State.ACCEPTED and event is not Invite.SUCCESS:
            return
        if before is client_invite.State.CALLING:
            self._hush(transaction)
        if status >= 200 and before is not client_invite.State.ACCEPTED:
            self._settle(transaction, response)
        if transaction.user is not None:
            transaction.user.on_response(response, source)
        if status >= 300:
            self._release(transaction)

    def _settle(self, transaction: ClientTransaction, response: Response) -> None:
        self._hush(transaction)
        request, transaction.request, transaction.data = transaction.request, None, b""
        if response.status < 300:
            transaction.limit = self._wire.after(TIMEOUT, partial(self._expire, transaction, Invite.TIMER_M))
            return
        if request is not None:
            transaction.data = self._wire.send(transaction.flow, ack_of_failure(request, response))
        seconds = 0.0 if transaction.flow.is_reliable else TIMER_D
        transaction.limit = self._wire.after(seconds, partial(self._expire, transaction, Invite.TIMER_D))

    def _to_other(self, transaction: ClientTransaction, response: Response, source: Flow) -> None:
        before = transaction.state
        transaction.step(Other.PROVISIONAL if response.status < 200 else Other.FINAL)
        if before is client_other.State.COMPLETED:
            return
        if response.status < 200:
            transaction.interval = T2
            return
        self._hush(transaction)
        transaction.request, transaction.data = None, b""
        seconds = 0.0 if transaction.flow.is_reliable else TIMER_K
        transaction.limit = self._wire.after(seconds, partial(self._expire, transaction, Other.TIMER_K))
        if transaction.user is not None:
            transaction.user.on_response(response, source)
        self._release(transaction)

    def _release(self, transaction: ClientTransaction) -> None:
        """What is left of the transaction only absorbs repetitions; its user need not be kept for that."""
        user, transaction.user = transaction.user, None
        if user is not None:
            user.on_ended()

    def _repeat(self, transaction: ClientTransaction) -> None:
        transaction.step(Invite.TIMER_A if transaction.is_invite else Other.TIMER_E)
        self._wire.send(transaction.flow, transaction.data)
        transaction.interval *= 2
        if not transaction.is_invite:
            transaction.interval = min(transaction.interval, T2)
        transaction.again = self._wire.after(transaction.interval, partial(self._repeat, transaction))

    def _time_out(self, transaction: ClientTransaction) -> None:
        transaction.step(Invite.TIMER_B if transaction.is_invite else Other.TIMER_F)
        self._end(transaction, 408)

    def _expire(self, transaction: ClientTransaction, event: Enum) -> None:
        transaction.step(event)
        self._end(transaction, 0)

    def _hush(self, transaction: ClientTransaction) -> None:
        if transaction.again is not None:
            self._wire.cancel(transaction.again)
            transaction.again = None
        if transaction.limit is not None:
            self._wire.cancel(transaction.limit)
            transaction.limit = None

    def _end(self, transaction: ClientTransaction, failure: int) -> None:
        self._hush(transaction)
        del self._open[transaction.key]
        if (keys := self._by_stream.get(transaction.flow)) is not None:
            keys.discard(transaction.key)
            if not keys:
                del self._by_stream[transaction.flow]
        transaction.request = None
        if failure and transaction.user is not None:
            transaction.user.on_failure(failure)
        self._release(transaction)


def ack_of_failure(request: Request, response: Response) -> Request:
    """The ACK that belongs to the INVITE transaction itself (RFC 3261 17.1.1.3)."""
    return sibling(request, "ACK", response.headers["to"])


def sibling(request: Request, method: str, to: list[str]) -> Request:
    """An ACK or CANCEL with the Via, Call-ID and CSeq number of its INVITE (RFC 3261 9.1)."""
    own = request.headers
    headers = {"via": own["via"][:1], "max-forwards": ["70"]}
    if "route" in own:
        headers["route"] = own["route"]
    headers |= {
        "from": own["from"],
        "to": to,
        "call-id": own["call-id"],
        "cseq": [f"{request.cseq} {method}"],
    }
    made = Request(method, request.uri, headers)
    made.branch, made.cseq, made.call_id = request.branch, request.cseq, request.call_id
    return made
