"""Stands between the sockets and the pump: who misbehaves is not listened to for a time, and the journal says so."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Any

import structlog

from hallom.switch.aio import metrics
from hallom.switch.aio.bans import Ban, Bans
from hallom.switch.aio.journal_batch import Work
from hallom.switch.aio.kept_file import KeptFile
from hallom.switch.aio.pump import Pump
from hallom.switch.aio.streams import Arrival
from hallom.switch.journal import JournalEntry
from hallom.switch.messages import Order

logger = structlog.get_logger(__name__)

# An order of the settings page; the switch itself knows nothing of addresses.
LIFT = "lift_ban"
NOT_BANNED = "not_banned"

Networks = tuple[IPv4Network | IPv6Network, ...]


class Porter:
    """`networks` are those of the trunks, as last loaded."""

    def __init__(self, pump: Pump, path: Path, networks: Callable[[], Networks]) -> None:
        self.pump = pump
        self.networks = networks
        self.bans = Bans(self._is_trunk, self._is_known)
        self.kept = KeptFile(path, self._rows)

    def received(self, messages: list[Arrival]) -> None:
        self.pump.received(messages)
        conduct = self.pump.endpoint.conduct()
        if not conduct:
            return
        now = self.pump.clock.now()
        for kind, flow in conduct:
            ban = self.bans.note(kind, flow, now)
            if ban is not None:
                self._tell(ban, now)

    def is_banned(self, host: str) -> bool:
        return bool(self.bans.current) and self.bans.is_banned(host, time.time())

    def ordered(self, order: Order) -> None:
        if order.verb != LIFT:
            self.pump.handle(order)
            return
        source = str(order.args.get("source", ""))
        is_lifted = self.bans.lift(source)
        told = [_entry("source.released", self.pump.clock.now(), source=source, by=order.agent)]
        reply = {"id": order.id, "ok": is_lifted, "error": "" if is_lifted else NOT_BANNED}
        self._write(told if is_lifted else [], [reply])

    def load(self) -> list[Ban]:
        """Blocks."""
        return list(_bans(self.kept.load()))

    def count(self) -> None:
        metrics.BANNED.set(self.bans.count(self.pump.clock.now()))

    def _tell(self, ban: Ban, now: float) -> None:
        logger.warning("sip.source_banned", reason=ban.reason, times=ban.times)
        self._write([_entry("source.banned", now, **asdict(ban))], [])

    def _write(self, entries: list[JournalEntry], replies: list[dict[str, Any]]) -> None:
        self.kept.changed()
        self.pump.writer.hold(Work(entries, replies, None))
        self.pump.turn()

    def _rows(self) -> list[Any]:
        return [asdict(ban) for ban in list(self.bans.current.values())]

    def _is_trunk(self, host: str) -> bool:
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self.networks())

    def _is_known(self, host: str) -> bool:
        """A telephone is registered from there, or talks."""
        if any(binding.flow.host == host for binding in self.pump.bindings.known.values()):
            return True
        legs = (leg for call in self.pump.switch.state.calls.values() for leg in call.legs.values())
        return any(_host_of(leg.dialog_state) == host for leg in legs if leg.is_open)


def _host_of(state: Mapping[str, Any] | None) -> str:
    flow = (state or {}).get("flow") or ["", ""]
    return str(flow[1])


def _entry(kind: str, now: float, **data: Any) -> JournalEntry:
    return JournalEntry(kind, now, None, None, data)


def _bans(rows: Iterable[Any]) -> Iterable[Ban]:
    for row in rows:
        try:
            yield Ban(str(row["source"]), str(row["reason"]), int(row["times"]), float(row["until"]))
        except (KeyError, TypeError, ValueError):
            continue
