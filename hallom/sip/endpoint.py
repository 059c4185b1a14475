import os
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from hallom.sip.accounts import Accounts
from hallom.sip.acknowledgement import Acknowledgements
from hallom.sip.answering import Answering
from hallom.sip.binding import Binding
from hallom.sip.calling import Calling
from hallom.sip.client import ClientTransactions
from hallom.sip.dialogs import Dialogs
from hallom.sip.events import SipEvent
from hallom.sip.flow import Flow
from hallom.sip.gatekeeper import Gatekeeper
from hallom.sip.intake import Intake
from hallom.sip.offers import Offers
from hallom.sip.probing import Probing
from hallom.sip.reception import Reception
from hallom.sip.referring import Referring
from hallom.sip.refresher import Refresher
from hallom.sip.registrar import Registrar
from hallom.sip.replacing import Replacing
from hallom.sip.restoration import Restoration
from hallom.sip.server import ServerTransactions
from hallom.sip.settings import EndpointSettings
from hallom.sip.subscribing import Subscribing
from hallom.sip.target import Target
from hallom.sip.trunk import Registrations, Trunk
from hallom.sip.wire import Wire


class Endpoint:
    """A SIP user agent, registrar and trunk client without sockets or clock: bytes and time in, bytes and events out.

    Orders about calls and dialogs that have ended meanwhile change nothing: their end is in the events.
    """

    def __init__(
        self,
        settings: EndpointSettings,
        accounts: Accounts,
        *,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        wire = self._wire = Wire(settings, random)
        self._accounts = accounts
        self._has_read = False
        self._clients = ClientTransactions(wire)
        self._servers = ServerTransactions(wire)
        self._acks = Acknowledgements(wire)
        self._registrar = Registrar(wire)
        self._dialogs = Dialogs(
            wire, clients=self._clients, servers=self._servers, acks=self._acks, registrar=self._registrar
        )
        self._offers = Offers(wire, self._dialogs, self._servers, self._acks)
        self._refresher = Refresher(wire, self._dialogs, self._offers)
        self._answering = Answering(
            wire, servers=self._servers, dialogs=self._dialogs, acks=self._acks, refresher=self._refresher
        )
        self._calling = Calling(
            wire,
            clients=self._clients,
            dialogs=self._dialogs,
            registrar=self._registrar,
            refresher=self._refresher,
        )
        self._registrations = Registrations(wire, self._clients)
        self._probing = Probing(wire, self._clients)
        replacing = Replacing(self._dialogs, self._calling)
        self._referring = Referring(wire, self._servers, self._dialogs, replacing)
        self._subscribing = Subscribing(wire, self._servers, self._dialogs)
        self._intake = Intake(wire, self._clients, self._made_reception(accounts, replacing))
        self._restoration = Restoration(
            wire,
            servers=self._servers,
            dialogs=self._dialogs,
            acks=self._acks,
            refresher=self._refresher,
            answering=self._answering,
            calling=self._calling,
            referring=self._referring,
        )

    def _made_reception(self, accounts: Accounts, replacing: Replacing) -> Reception:
        return Reception(
            self._wire,
            servers=self._servers,
            gatekeeper=Gatekeeper(self._wire, accounts),
            registrar=self._registrar,
            dialogs=self._dialogs,
            offers=self._offers,
            answering=self._answering,
            acks=self._acks,
            replacing=replacing,
            referring=self._referring,
            subscribing=self._subscribing,
        )

    @property
    def counters(self) -> Counter[str]:
        return self._wire.counters

    def receive(self, data: bytes, source: Flow, now: float) -> None:
        """Take in a datagram, a WebSocket message or a piece of a stream; bad input is counted, never raised."""
        self._wire.now = now
        self._intake.receive(data, source)

    def flow_closed(self, flow: Flow, now: float) -> None:
        """A stream is gone, or could not be opened."""
        self._wire.now = now
        self._intake.forget(flow)
        self._registrar.flow_closed(flow)
        self._clients.flow_closed(flow)
        self._answering.flow_closed(flow)

    def outgoing(self) -> list[tuple[Flow, bytes]]:
        return self._wire.drain()

    def conduct(self) -> list[tuple[str, Flow]]:
        """Who sent what is malformed, was challenged, refused or admitted since the last look, in order."""
        told = list(self._wire.conduct)
        self._wire.conduct.clear()
        return told

    def closings(self) -> list[Flow]:
        """Streams to be closed because what came in over them can no longer be cut into messages."""
        closing, self._wire.closing = self._wire.closing, []
        return closing

    def next_event(self) -> SipEvent | None:
        if self._wire.events:
            self._has_read = True
            return self._wire.events.popleft()
        if self._has_read:
            # Whatever parts says so in an event.
            self._has_read = False
            self._dialogs.forget_parted()
            self._answering.forget_parted()
        return None

    def next_deadline(self) -> float | None:
        return self._wire.deadlines.next()

    def advance(self, now: float) -> None:
        """Do what has become due, in order of time."""
        self._wire.now = now
        while (action := self._wire.deadlines.pop_due(now)) is not None:
            action()

    def progress(self, invite: str, status: int, now: float, *, sdp: str | None = None) -> None:
        self._wire.now = now
        self._answering.progress(invite, status, sdp)

    def answer(self, invite: str, sdp: str, now: float) -> str:
        """The id of the new dialog; raises KeyError when the caller has gone already."""
        self._wire.now = now
        return self._answering.answer(invite, sdp)

    def reject(self, invite: str, status: int, now: float, *, reason: str = "") -> None:
        self._wire.now = now
        self._answering.reject(invite, status, reason)

    def invite(
        self,
        invite: str,
        target: Target,
        now: float,
        *,
        from_uri: str,
        from_name: str = "",
        sdp: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Call `target`; the same `invite` id gives the same INVITE, byte for byte, also after a restart."""
        self._wire.now = now
        self._calling.invite(
            invite, target, from_uri=from_uri, from_name=from_name, sdp=sdp, headers=headers or {}
        )

    def cancel(self, invite: str, now: float, *, reason: str = "") -> None:
        self._wire.now = now
        self._calling.cancel(invite, reason)

    def is_heard_of(self, invite: str) -> bool:
        """Whether whoever is called has said anything yet, be it 100 Trying."""
        return self._calling.is_heard_of(invite)

    def bye(self, dialog: str, now: float, *, reason: str = "") -> None:
        self._wire.now = now
        found = self._dialogs.get(dialog)
        if found is not None and not self._answering.withdraw(dialog):
            self._dialogs.bye(found, reason)

    def reinvite(self, dialog: str, sdp: str, now: float) -> None:
        self._wire.now = now
        if (found := self._dialogs.get(dialog)) is not None:
            self._offers.make(found, "INVITE", sdp)

    def update(self, dialog: str, sdp: str, now: float) -> None:
        """As `reinvite`, but by UPDATE if the peer knows it."""
        self._wire.now = now
        if (found := self._dialogs.get(dialog)) is not None:
            self._offers.make(found, "UPDATE", sdp)

    def info(self, dialog: str, content_type: str, body: str, now: float) -> None:
        self._wire.now = now
        if (found := self._dialogs.get(dialog)) is not None:
            self._dialogs.info(found, content_type, body)

    def answer_reinvite(self, transaction: str, sdp: str, now: float) -> None:
        self._wire.now = now
        self._offers.answer(transaction, sdp)

    def reject_reinvite(self, transaction: str, status: int, now: float) -> None:
        self._wire.now = now
        self._offers.reject(transaction, status)

    def accept_refer(self, refer: str, now: float) -> None:
        """Say that we do as asked; the asker then hears how it goes from `refer_progress`."""
        self._wire.now = now
        self._referring.accept(refer)

    def refuse_refer(self, refer: str, status: int, now: float) -> None:
        self._wire.now = now
        self._referring.refuse(refer, status)

    def refer_progress(self, refer: str, status: int, reason: str, now: float, *, last: bool) -> None:
        """Tell how the call that was asked for goes; a final status is the last that is told."""
        self._wire.now = now
        self._referring.progress(refer, status, reason, last=last)

    def accept_subscription(self, subscription: str, now: float) -> None:
        """Its first `notify` is due at once."""
        self._wire.now = now
        self._subscribing.accept(subscription)

    def refuse_subscription(self, subscription: str, status: int, now: float) -> None:
        self._wire.now = now
        self._subscribing.refuse(subscription, status)

    def notify(self, subscription: str, content_type: str, body: str, now: float) -> None:
        """Tell the whole state; while one NOTIFY is under way the newest waits."""
        self._wire.now = now
        self._subscribing.notify(subscription, content_type, body)

    def end_subscription(self, subscription: str, now: float, *, reason: str = "noresource") -> None:
        """`reason` as in RFC 6665 4.1.3: deactivated, probation, rejected, timeout, giveup, noresource."""
        self._wire.now = now
        self._subscribing.end(subscription, reason)

    def subscriptions(self) -> list[str]:
        """Those that stand."""
        return self._subscribing.ids()

    def subscription_state(self, subscription: str) -> dict[str, Any]:
        """What `restore_subscription` needs; raises KeyError when it does not stand."""
        return self._subscribing.state(subscription)

    def restore_subscription(self, state: dict[str, Any], now: float) -> str:
        self._wire.now = now
        return self._subscribing.restore(state)

    def refer_state(self, refer: str) -> dict[str, Any]:
        """What `restore_refer` needs for one outside of any call; those within are in `dialog_state`. Raises KeyError."""
        return self._restoration.refer_state(refer)

    def restore_refer(self, state: dict[str, Any], now: float) -> str:
        self._wire.now = now
        return self._referring.restore(state)

    def dialog_state(self, dialog: str) -> dict[str, Any]:
        """What `restore_dialog` needs; raises KeyError when it has ended and its events are read."""
        return self._restoration.dialog_state(dialog)

    def restore_dialog(self, state: dict[str, Any], now: float) -> str:
        self._wire.now = now
        return self._restoration.restore_dialog(state)

    def invite_state(self, invite: str) -> dict[str, Any]:
        """What `restore_invite` needs, for calls of either direction; raises KeyError as above."""
        return self._restoration.invite_state(invite)

    def restore_invite(self, state: dict[str, Any], now: float) -> str:
        self._wire.now = now
        return self._restoration.restore_invite(state)

    def bindings(self, aor: str, now: float) -> list[Binding]:
        """The phones of an AOR, the newest first."""
        return self._registrar.bindings(aor, now)

    def restore_binding(self, binding: Binding) -> None:
        self._registrar.restore(binding)

    def check_bindings(self, now: float) -> None:
        """After a change of the accounts: what was registered with a secret that is no more goes, and `BindingChanged` says so."""
        self._wire.now = now
        self._registrar.check(self._accounts)

    def register_trunk(self, trunk: Trunk, now: float) -> None:
        """Register with a trunk and stay so; a trunk of the same name is replaced."""
        self._wire.now = now
        self._registrations.register(trunk)

    def forget_trunk(self, name: str, now: float) -> None:
        self._wire.now = now
        self._registrations.forget(name)

    def probe(self, name: str, target: Target, now: float) -> None:
        """Ask by OPTIONS whether a trunk is there; `ProbeAnswered` says so, within 5 s."""
        self._wire.now = now
        self._probing.probe(name, target)

    def census(self) -> dict[str, int]:
        """How much of each kind is in memory, for metrics and tests."""
        return {
            "client_transactions": len(self._clients),
            "server_transactions": len(self._servers),
            "dialogs": len(self._dialogs),
            "unacknowledged": len(self._acks),
            "incoming": len(self._answering),
            "outgoing": len(self._calling),
            "offers": len(self._offers),
            "bindings": len(self._registrar),
            "refers": len(self._referring),
            "subscriptions": len(self._subscribing),
            "probes": len(self._probing),
            "timers": len(self._wire.deadlines),
        }
