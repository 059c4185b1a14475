from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

from hallom.sip import subscription
from hallom.sip.accounts import Peer
from hallom.sip.dialog import Dialog
from hallom.sip.dialogs import Dialogs, clean
from hallom.sip.event_package import ALLOW_EVENTS, PACKAGES, asked_seconds, event_of, is_accepted
from hallom.sip.events import SubscriptionEnded, SubscriptionReceived, SubscriptionRefreshed
from hallom.sip.flow import Flow
from hallom.sip.header import legible
from hallom.sip.limits import MAX_SUBSCRIPTIONS, MAX_SUBSCRIPTIONS_OF_ACCOUNT
from hallom.sip.message import Request, Response
from hallom.sip.notifier import Notifier
from hallom.sip.server import ServerTransaction, ServerTransactions
from hallom.sip.timers import DECISION_PATIENCE, TIMEOUT, Timer
from hallom.sip.transition import advance
from hallom.sip.wire import Wire

State = subscription.State
Event = subscription.Event
# Subscriptions for less would be more traffic than the lamps they feed.
MIN_SECONDS = 60


@dataclass(slots=True, eq=False)
class Subscription:
    """One telephone's wish to be told of something; its id is our tag. `request` while it is undecided."""

    id: str
    aor: str
    event: str
    event_id: str
    dialog: Dialog
    notifier: Notifier
    seconds: int = 0
    request: Request | None = None
    transaction: ServerTransaction | None = None
    state: State = State.ASKED
    ends_at: float = 0.0
    timer: Timer | None = None

    def step(self, event: Event) -> None:
        self.state = advance(subscription.TRANSITIONS, self.state, event)


class Subscribing:
    """Subscriptions to lamps and message counts, the notifier's side (RFC 6665)."""

    def __init__(self, wire: Wire, servers: ServerTransactions, dialogs: Dialogs) -> None:
        self._wire = wire
        self._servers = servers
        self._dialogs = dialogs
        self._table: dict[str, Subscription] = {}
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._table)

    def ids(self) -> list[str]:
        return [one.id for one in self._table.values() if one.state is State.ACTIVE]

    def receive(self, request: Request, source: Flow, peer: Peer, tag: str) -> Response | None:
        """A SUBSCRIBE that begins a subscription: the response that refuses it, None when our side is asked."""
        if (refused := self._refusal(request, peer, tag)) is not None:
            return refused
        transaction = self._servers.start(request, source)
        kind, number = event_of(request)
        dialog = Dialog.answering(request, transaction.tag, source)
        dialog.aor = peer.name
        made = self._made(dialog, kind, number)
        made.request, made.transaction, made.seconds = request, transaction, asked_seconds(request)
        made.timer = self._wire.after(DECISION_PATIENCE, partial(self._decline, made, 500, Event.NO_DECISION))
        target = legible(request.uri)
        self._wire.emit(SubscriptionReceived(made.id, kind, made.aor, target, made.seconds))
        return None

    def matching(self, request: Request) -> Subscription | None:
        """The subscription that a SUBSCRIBE is about."""
        found = self._table.get(request.to_tag)
        if found is None or found.dialog.call_id != request.call_id:
            return None
        return found if found.dialog.remote_tag == request.from_tag else None

    def renew(self, found: Subscription, request: Request, source: Flow, peer: Peer) -> Response | None:
        """Prolong or end it; the response that refuses to, else None."""
        if peer.name != found.aor:
            return request.respond(403)
        if (refused := self._renewal_refusal(found, request, source)) is not None:
            return refused
        seconds = asked_seconds(request)
        response = self._accepting(found, request, seconds)
        self._servers.respond(self._servers.start(request, source), response)
        found.dialog.refresh_target(request)
        if seconds:
            found.step(Event.REFRESH)
            self._expect_end(found, self._wire.now + seconds)
            self._wire.emit(SubscriptionRefreshed(found.id))
        else:
            self._end(found, Event.UNSUBSCRIBE, "unsubscribed", "timeout")
        return None

    def accept(self, key: str) -> None:
        found = self._asked(key)
        if found is None or found.request is None or found.transaction is None:
            return
        self._servers.respond(found.transaction, self._accepting(found, found.request, found.seconds))
        found.request = found.transaction = None
        found.step(Event.ACCEPT if found.seconds else Event.ACCEPT_ONCE)
        self._expect_end(found, self._wire.now + (found.seconds or TIMEOUT))

    def refuse(self, key: str, status: int) -> None:
        if (found := self._asked(key)) is not None:
            self._decline(found, status if 300 <= status < 700 else 403, Event.REFUSE)

    def notify(self, key: str, content_type: str, body: str) -> None:
        found = self._table.get(key)
        if found is None or found.state is State.ASKED:
            return
        if found.state is State.FETCHING:
            found.notifier.send("terminated;reason=timeout", clean(content_type), body.encode())
            self._forget(found, Event.NOTIFY)
            self._wire.emit(SubscriptionEnded(key, "expired"))
            return
        found.step(Event.NOTIFY)
        left = max(1, round(found.ends_at - self._wire.now))
        found.notifier.send(f"active;expires={left}", clean(content_type), body.encode())

    def end(self, key: str, reason: str) -> None:
        found = self._table.get(key)
        if found is not None and found.state is not State.ASKED:
            self._end(found, Event.END, "ended", clean(reason) or "noresource")

    def state(self, key: str) -> dict[str, Any]:
        """Raises KeyError when there is none that stands."""
        found = self._table[key]
        if found.state is not State.ACTIVE:
            raise KeyError(key)
        return {
            "event": found.event,
            "event_id": found.event_id,
            "ends_at": found.ends_at,
            "dialog": found.dialog.state(),
        }

    def restore(self, state: dict[str, Any]) -> str:
        dialog = Dialog.restored(state["dialog"], self._wire.now)
        if dialog.id not in self._table:
            made = self._made(dialog, state["event"], state["event_id"])
            made.step(Event.ACCEPT)
            self._expect_end(made, state["ends_at"])
        return dialog.id

    def _refusal(self, request: Request, peer: Peer, tag: str) -> Response | None:
        if peer.kind != "account":
            return request.respond(403, tag=tag)
        kind, _ = event_of(request)
        if kind not in PACKAGES:
            response = request.respond(489, tag=tag)
            response.headers["allow-events"] = [ALLOW_EVENTS]
            return response
        if request.contact() is None:
            return request.respond(400, "Missing or Bad Contact", tag)
        if not is_accepted(request, PACKAGES[kind]):
            return request.respond(406, tag=tag)
        if len(self._table) >= MAX_SUBSCRIPTIONS:
            response = request.respond(503, tag=tag)
            response.headers["retry-after"] = ["60"]
            return response
        if self._counts[peer.name] >= MAX_SUBSCRIPTIONS_OF_ACCOUNT:
            return request.respond(403, "Too Many Subscriptions", tag)
        return _too_brief(request, tag)

    def _renewal_refusal(self, found: Subscription, request: Request, source: Flow) -> Response | None:
        if found.state is State.FETCHING:
            return request.respond(481)
        if event_of(request) != (found.event, found.event_id):
            return request.respond(489)
        if found.state is State.ASKED:
            return request.respond(491)
        if (refused := _too_brief(request, "")) is not None:
            return refused
        if not self._dialogs.admit(found.dialog, request, source):
            return request.respond(500, "CSeq Out of Order")
        return None

    def _made(self, dialog: Dialog, kind: str, number: str) -> Subscription:
        event = f"{kind};id={number}" if number else kind
        notifier = Notifier(
            self._wire, self._dialogs, dialog, event, on_gone=partial(self._on_gone, dialog.id)
        )
        made = self._table[dialog.id] = Subscription(dialog.id, dialog.aor, kind, number, dialog, notifier)
        self._counts[made.aor] += 1
        return made

    def _accepting(self, found: Subscription, request: Request, seconds: int) -> Response:
        response = request.respond(200, tag=found.id)
        response.headers["expires"] = [str(seconds)]
        response.headers["contact"] = [self._wire.settings.contact(found.dialog.flow)]
        response.headers["allow-events"] = [ALLOW_EVENTS]
        return response

    def _asked(self, key: str) -> Subscription | None:
        found = self._table.get(key)
        return found if found is not None and found.state is State.ASKED else None

    def _decline(self, found: Subscription, status: int, event: Event) -> None:
        if found.request is not None and found.transaction is not None:
            self._servers.respond(found.transaction, found.request.respond(status, tag=found.id))
        self._forget(found, event)

    def _expect_end(self, found: Subscription, ends_at: float) -> None:
        self._wire.cancel(found.timer)
        found.ends_at = ends_at
        expire = partial(self._end, found, Event.EXPIRE, "expired", "timeout")
        found.timer = self._wire.deadlines.at(ends_at, expire)

    def _on_gone(self, key: str, status: int) -> None:
        found = self._table.get(key)
        if found is not None and found.state is State.ACTIVE:
            self._forget(found, Event.PEER_GONE)
            self._wire.emit(SubscriptionEnded(key, str(status)))

    def _end(self, found: Subscription, event: Event, reason: str, told: str) -> None:
        found.notifier.send(f"terminated;reason={told}")
        self._forget(found, event)
        self._wire.emit(SubscriptionEnded(found.id, reason))

    def _forget(self, found: Subscription, event: Event) -> None:
        found.step(event)
        self._wire.cancel(found.timer)
        found.request = found.transaction = None
        del self._table[found.id]
        self._counts[found.aor] -= 1
        if not self._counts[found.aor]:
            del self._counts[found.aor]


def _too_brief(request: Request, tag: str) -> Response | None:
    if not 0 < asked_seconds(request) < MIN_SECONDS:
        return None
    response = request.respond(423, tag=tag)
    response.headers["min-expires"] = [str(MIN_SECONDS)]
    return response
