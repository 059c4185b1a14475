from enum import Enum
from functools import partial
from typing import Any

from hallom.sip import server_invite, server_other
from hallom.sip.flow import Flow
from hallom.sip.message import Request, Response
from hallom.sip.timers import T1, T2, TIMEOUT, TIMER_I, Timer
from hallom.sip.transition import advance
from hallom.sip.wire import Wire

Invite = server_invite.Event
Other = server_other.Event
Key = tuple[str, ...]
MAGIC_COOKIE = "z9hG4bK"


class ServerTransaction:
    """One request of a peer; after its final response only the bytes to repeat are kept."""

    __slots__ = (
        "again",
        "data",
        "flow",
        "interval",
        "is_invite",
        "key",
        "limit",
        "merge_key",
        "state",
        "tag",
    )

    def __init__(self, key: Key, merge_key: Key, flow: Flow, *, is_invite: bool, tag: str) -> None:
        self.key = key
        self.merge_key = merge_key
        self.is_invite = is_invite
        self.state: Enum = server_invite.State.PROCEEDING if is_invite else server_other.State.TRYING
        self.flow = flow
        self.tag = tag
        self.data = b""
        self.interval = T1
        self.again: Timer | None = None
        self.limit: Timer | None = None

    def step(self, event: Enum) -> None:
        table: Any = server_invite.TRANSITIONS if self.is_invite else server_other.TRANSITIONS
        self.state = advance(table, self.state, event)

    @property
    def is_open(self) -> bool:
        """Whether a final response is still owed."""
        return self.state in (
            server_invite.State.PROCEEDING,
            server_other.State.TRYING,
            server_other.State.PROCEEDING,
        )


class ServerTransactions:
    """All server transactions of an endpoint (RFC 3261 17.2, RFC 6026)."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._open: dict[Key, ServerTransaction] = {}
        self._merges: dict[Key, Key] = {}

    def __len__(self) -> int:
        return len(self._open)

    def find(self, request: Request, method: str) -> ServerTransaction | None:
        return self._open.get(key_of(request, method))

    def start(self, request: Request, source: Flow, tag: str = "") -> ServerTransaction:
        key, merge_key = key_of(request, request.method), merge_key_of(request)
        flow = response_flow(request, source)
        tag = tag or request.to_tag or self._wire.token()
        transaction = ServerTransaction(key, merge_key, flow, is_invite=request.method == "INVITE", tag=tag)
        self._open[key] = transaction
        if merge_key:
            self._merges.setdefault(merge_key, key)
        return transaction

    def is_merged(self, request: Request) -> bool:
        """Whether the same request came on another path before (RFC 3261 8.2.2.2)."""
        first = self._merges.get(merge_key_of(request))
        other = self._open.get(first) if first is not None else None
        return other is not None and (other.is_open or other.state is server_invite.State.ACCEPTED)

    def repeat(self, transaction: ServerTransaction) -> None:
        """Answer a retransmitted request with what was said last (RFC 3261 17.2.1, 17.2.2)."""
        transaction.step(Invite.REQUEST if transaction.is_invite else Other.REQUEST)
        # Our 2xx is repeated by the dialog until its ACK, a confirmed failure needs no repetition.
        if transaction.data and transaction.state not in (
            server_invite.State.ACCEPTED,
            server_invite.State.CONFIRMED,
        ):
            self._wire.send(transaction.flow, transaction.data)

    def respond(self, transaction: ServerTransaction, response: Response) -> bytes:
        self._sign(response)
        data = transaction.data = self._wire.send(transaction.flow, response)
        if transaction.is_invite:
            self._to_invite(transaction, response.status)
        else:
            transaction.step(Other.PROVISIONAL if response.status < 200 else Other.FINAL)
            if response.status >= 200:
                seconds = 0.0 if transaction.flow.is_reliable else TIMEOUT
                transaction.limit = self._wire.after(seconds, partial(self._end, transaction, Other.TIMER_J))
        return data

    def refuse(self, request: Request, response: Response, source: Flow) -> None:
        """Answer without remembering: a repetition is answered anew, so strangers cannot fill the memory (RFC 3261 8.2.7)."""
        self._sign(response)
        self._wire.send(response_flow(request, source), response)

    def _sign(self, response: Response) -> None:
        response.headers.setdefault("server", [self._wire.settings.user_agent])

    def accepted(self, transaction: ServerTransaction) -> None:
        """A 2xx has gone out before a restart."""
        self._to_invite(transaction, 200)

    def acknowledge(self, transaction: ServerTransaction) -> None:
        """An ACK for a response of 300 and above."""
        before = transaction.state
        transaction.step(Invite.ACK)
        if before is server_invite.State.COMPLETED:
            self._hush(transaction)
            transaction.data = b""
            seconds = 0.0 if transaction.flow.is_reliable else TIMER_I
            transaction.limit = self._wire.after(seconds, partial(self._end, transaction, Invite.TIMER_I))

    def _to_invite(self, transaction: ServerTransaction, status: int) -> None:
        if status < 200:
            transaction.step(Invite.PROVISIONAL)
        elif status < 300:
            transaction.step(Invite.SUCCESS)
            transaction.data = b""
            transaction.limit = self._wire.after(TIMEOUT, partial(self._end, transaction, Invite.TIMER_L))
        else:
            transaction.step(Invite.FAILURE)
            if not transaction.flow.is_reliable:
                transaction.again = self._wire.after(T1, partial(self._again, transaction))
            transaction.limit = self._wire.after(TIMEOUT, partial(self._end, transaction, Invite.TIMER_H))

    def _again(self, transaction: ServerTransaction) -> None:
        transaction.step(Invite.TIMER_G)
        self._wire.send(transaction.flow, transaction.data)
        transaction.interval = min(transaction.interval * 2, T2)
        transaction.again = self._wire.after(transaction.interval, partial(self._again, transaction))

    def _end(self, transaction: ServerTransaction, event: Enum) -> None:
        transaction.step(event)
        self._hush(transaction)
        del self._open[transaction.key]
        if self._merges.get(transaction.merge_key) == transaction.key:
            del self._merges[transaction.merge_key]

    def _hush(self, transaction: ServerTransaction) -> None:
        if transaction.again is not None:
            self._wire.cancel(transaction.again)
            transaction.again = None
        if transaction.limit is not None:
            self._wire.cancel(transaction.limit)
            transaction.limit = None


def key_of(request: Request, method: str) -> Key:
    """What a server transaction is matched by (RFC 3261 17.2.3; without the cookie as in RFC 2543)."""
    via, branch = request.via, request.branch
    sent_by = f"{via.host}:{via.port or 5060}" if via else ""
    if branch.startswith(MAGIC_COOKIE) and len(branch) > len(MAGIC_COOKIE):
        return (branch, sent_by, method)
    return (
        request.uri,
        request.from_tag,
        request.call_id,
        str(request.cseq),
        sent_by,
        request.branch,
        method,
    )


def merge_key_of(request: Request) -> Key:
    if request.to_tag or request.method == "CANCEL":
        return ()
    return (request.call_id, request.from_tag, str(request.cseq), request.method)


def response_flow(request: Request, source: Flow) -> Flow:
    """Where responses go (RFC 3261 18.2.2, RFC 3581 4); a sender behind NAT gets them at its source."""
    via = request.via
    if source.is_reliable or via is None or "rport" in via.parameters or via.host != source.host:
        return source
    return Flow("udp", source.host, via.port or 5060)
