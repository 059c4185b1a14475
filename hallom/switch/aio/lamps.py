"""The subscriptions of desk phones: each is told what it watches once in a turn, when it has changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from hallom.sip import dialog_info, message_summary
from hallom.sip.dialog_info import DialogInfo
from hallom.sip.endpoint import Endpoint
from hallom.sip.events import ProgressReceived, SubscriptionReceived
from hallom.sip.message_summary import MessageSummary
from hallom.sip.replaces import Replaces
from hallom.switch import lamps
from hallom.switch.aio.kept_file import KeptFile
from hallom.switch.call import call_of
from hallom.switch.core import Switch
from hallom.switch.destination import Destination, DestinationKind
from hallom.switch.journal import JournalEntry

logger = structlog.get_logger(__name__)

_DIALOG = "dialog"
_FORBIDDEN = 403
_NOT_FOUND = 404
# After these somebody may be at a parking place, or no longer.
_PARKING = frozenset({"call.parked", "call.bridged", "call.returned", "call.ending"})

Shown = tuple[DialogInfo, ...] | int


@dataclass(slots=True)
class Watch:
    """`of` is an agent or a place; `told` is what the telephone shows by now, None before the first NOTIFY."""

    event: str
    aor: str
    target: str
    of: Destination
    told: Shown | None = None
    version: int = 0


class Lamps:
    def __init__(self, endpoint: Endpoint, switch: Switch, path: Path) -> None:
        self._endpoint = endpoint
        self._switch = switch
        self._watches: dict[str, Watch] = {}
        self._by_place: dict[Destination, set[str]] = {}
        self._pickups: dict[str, Replaces] = {}
        self._ringing: dict[str, list[str]] = {}
        self._dirty: dict[Destination, None] = {}
        self._file = KeptFile(path, self._rows)

    def __len__(self) -> int:
        return len(self._watches)

    def received(self, event: SubscriptionReceived, now: float) -> None:
        """Any lamp for everybody of the house; messages only for whose they are."""
        of = lamps.watched(self._switch.config, event.target)
        agent = self._switch.config.agent_of(event.aor)
        is_his = agent is not None and of == Destination(DestinationKind.AGENT, str(agent.id))
        if agent is None or (event.event != _DIALOG and not is_his and of is not None):
            self._endpoint.refuse_subscription(event.subscription, _FORBIDDEN, now)
        elif of is None:
            self._endpoint.refuse_subscription(event.subscription, _NOT_FOUND, now)
        else:
            self._add(event.subscription, Watch(event.event, event.aor, event.target, of))
            self._endpoint.accept_subscription(event.subscription, now)
            self._notify(event.subscription, now)

    def refreshed(self, subscription: str, now: float) -> None:
        if subscription in self._watches:
            self._notify(subscription, now)

    def ended(self, subscription: str) -> None:
        watch = self._watches.pop(subscription, None)
        if watch is not None:
            self._by_place[watch.of].discard(subscription)
            if not self._by_place[watch.of]:
                del self._by_place[watch.of]
            self._file.changed()

    def rings(self, event: ProgressReceived) -> None:
        """What the ringing call is to be named by, of the first telephone of a fork."""
        if not self._watches:
            return
        leg = event.invite.partition("~")[0]
        found = self._switch.state.leg(leg)
        if event.pickup is None or leg in self._pickups or found is None:
            return
        self._pickups[leg] = event.pickup
        self._ringing.setdefault(call_of(leg), []).append(leg)
        if found.agent is not None:
            self._touch(Destination(DestinationKind.AGENT, str(found.agent)))

    def stirred(self, entries: Iterable[JournalEntry]) -> None:
        """What these entries may have changed."""
        if not self._watches and not self._ringing:
            return
        for entry in entries:
            if entry.kind == "call.ended":
                self._forget(entry.call or "")
            if entry.agent is not None:
                self._touch(Destination(DestinationKind.AGENT, str(entry.agent)))
            if entry.kind in _PARKING:
                for of in self._by_place:
                    if of.kind is DestinationKind.PLACE:
                        self._dirty[of] = None

    def tell(self, now: float) -> None:
        """The telephones whose lamps are no longer right."""
        while self._dirty:
            of = self._dirty.popitem()[0]
            for subscription in list(self._by_place.get(of, ())):
                if self._shown(self._watches[subscription]) != self._watches[subscription].told:
                    self._notify(subscription, now)

    def configured(self, now: float) -> None:
        """Extensions may have moved to somebody else, and people may have left."""
        for subscription, watch in list(self._watches.items()):
            of = lamps.watched(self._switch.config, watch.target)
            if of == watch.of and self._switch.config.agent_of(watch.aor) is not None:
                continue
            self.ended(subscription)
            if of is None or self._switch.config.agent_of(watch.aor) is None:
                self._endpoint.end_subscription(subscription, now)
            elif watch.event == _DIALOG:
                self._add(subscription, Watch(watch.event, watch.aor, watch.target, of))
                self._notify(subscription, now)
            else:
                self._endpoint.end_subscription(subscription, now)

    def restore(self, rows: Iterable[Any], now: float) -> None:
        """Those that still run after a restart; what changed meanwhile is told with `tell`."""
        for row in rows:
            try:
                of = lamps.watched(self._switch.config, row["target"])
                if of is None or row["state"]["ends_at"] <= now:
                    continue
                subscription = self._endpoint.restore_subscription(row["state"], now)
                self._add(subscription, Watch(row["event"], row["aor"], row["target"], of))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                logger.warning("lamps.unreadable", error=type(error).__name__)
        self._dirty.update(dict.fromkeys(self._by_place))

    def load(self) -> list[Any]:
        """Blocks."""
        return self._file.load()

    def write(self) -> None:
        """Blocks until whoever comes after this process finds it."""
        self._file.write()

    def _add(self, subscription: str, watch: Watch) -> None:
        self._watches[subscription] = watch
        self._by_place.setdefault(watch.of, set()).add(subscription)

    def _touch(self, of: Destination) -> None:
        if of in self._by_place:
            self._dirty[of] = None

    def _forget(self, call: str) -> None:
        for leg in self._ringing.pop(call, ()):
            del self._pickups[leg]

    def _shown(self, watch: Watch) -> Shown:
        if watch.event == _DIALOG:
            return lamps.shown(self._switch.state, watch.of, self._pickups)
        return lamps.waiting(self._switch.state, watch.of.number)

    def _notify(self, subscription: str, now: float) -> None:
        watch = self._watches[subscription]
        shown = watch.told = self._shown(watch)
        if isinstance(shown, int):
            body = str(MessageSummary(f"sip:{watch.aor}@{self._switch.config.domain}", new=shown))
            kind = message_summary.CONTENT_TYPE
        else:
            watch.version = dialog_info.next_version(watch.version, now)
            body = dialog_info.document(watch.target, watch.version, shown)
            kind = dialog_info.CONTENT_TYPE
        self._endpoint.notify(subscription, kind, body, now)
        self._file.changed()

    def _rows(self) -> list[Any]:
        rows = []
        for subscription, watch in list(self._watches.items()):
            try:
                state = self._endpoint.subscription_state(subscription)
            except KeyError:
                continue
            rows.append({"state": state, "event": watch.event, "aor": watch.aor, "target": watch.target})
        return rows
