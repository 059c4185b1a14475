"""The worker's holdings (legs, players, recorders, who hears whom) and the clock that mixes them every 20 ms."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import structlog

from hallom.media.aio.intake import Intake
from hallom.media.aio.leg import Leg, Surroundings
from hallom.media.aio.mixing import MixRound
from hallom.media.aio.plain import PlainLeg
from hallom.media.aio.player import Player
from hallom.media.aio.ports import PortPool
from hallom.media.aio.recorder import Recorder
from hallom.media.aio.ring import Ring
from hallom.media.aio.webrtc import Dtls, WebRtcLeg
from hallom.media.mix import MixMatrix

logger = structlog.get_logger(__name__)

TICK_SECONDS = 0.02
TURN_TICKS = 5
"""How often browsers' legs are looked at for one that breaks off, and for what else legs have their turn: several at once,
for a leg alone in each tick cost twice as much, as a processor forgets in 20 ms what to do with it."""
REPORT_TICKS = 250
"""Quality and RTCP every five seconds (RFC 3550 6.2), a fiftieth of all legs in a turn."""
CARE_TICKS = 50
"""Silence and consent are looked at once a second, a tenth of all legs in a turn."""
CATCH_UP_SECONDS = 1.0
"""A longer stop (a suspended machine) is skipped: playing it back fast would help nobody."""
PATIENCE_TICKS = 250
"""A handshake takes a second at most, even over a bad line; after five the sound begins, as the call must go on."""

Event = dict[str, Any]


class Engine:
    """Legs, players and recorders by name; every change takes effect in the next tick."""

    def __init__(
        self, ports: PortPool, dtls: Dtls, emit: Callable[[Event], None], *, ring: Ring | None = None
    ) -> None:
        self.legs: dict[str, Leg] = {}
        self.players: dict[str, Player] = {}
        self.recorders: dict[str, Recorder] = {}
        self.matrix = MixMatrix()
        self.counters: Counter[str] = Counter()
        self.ticks = self.late_ticks = self.skipped_ticks = 0
        self.longest_tick_seconds = 0.0
        self._longest_lately = 0.0
        self._ports = ports
        self._ring = ring
        self._intake = Intake(ring)
        self._dtls = dtls
        self._emit = emit
        self._around = Surroundings(emit, self.changed, self.counters)
        self._phases: list[list[Leg]] = [[] for _ in range(REPORT_TICKS // TURN_TICKS)]
        self._opened = 0
        self._is_changed = False
        self._is_shaking_hands = self._is_waiting = False
        self._round = MixRound((), (), (), {}, ring=ring)

    def changed(self) -> None:
        self._is_changed = True
        self._intake.changed()

    def open_leg(self, name: str, kind: str) -> Leg:
        """Raises NoPortError."""
        media, control = self._ports.open_pair()
        if kind == "webrtc":
            leg: Leg = WebRtcLeg(name, media, control, self._around, self._dtls)
        else:
            leg = PlainLeg(name, media, control, self._around)
        self._intake.add(leg)
        self.legs[name] = leg
        self._phase_of(self._opened).append(leg)
        leg.phase = self._opened
        self._opened += 1
        self.changed()
        return leg

    def _phase_of(self, number: int) -> list[Leg]:
        return self._phases[number % len(self._phases)]

    def close_leg(self, leg: Leg, now: float) -> None:
        self._round.settle(leg)
        del self.legs[leg.name]
        self._phase_of(leg.phase).remove(leg)
        self._intake.remove(leg)
        leg.close(now)
        self.matrix.remove(leg.name)
        # Not laid out at once: that is work for every leg, and with many short calls hundreds end in a second.
        self.changed()

    def add_player(self, player: Player) -> None:
        self.players[player.name] = player
        player.added_tick = self.ticks
        self.changed()

    def remove_player(self, name: str) -> None:
        del self.players[name]
        self.matrix.remove(name)
        self.changed()

    def add_recorder(self, recorder: Recorder) -> None:
        self.recorders[recorder.name] = recorder
        self.changed()

    def remove_recorder(self, name: str) -> Recorder:
        self.changed()
        return self.recorders.pop(name)

    def _lay_out(self) -> None:
        """Brings all changes since the last tick into the arrays of the next."""
        self._collect_failures()
        self._is_changed = False
        self._is_shaking_hands = any(
            leg.needs_attention for leg in self.legs.values() if isinstance(leg, WebRtcLeg)
        )
        self._round = MixRound(
            list(self.legs.values()),
            self._players_at_work(),
            list(self.recorders.values()),
            self.matrix.edges,
            ring=self._ring,
            lanes=self._intake.lanes,
            before=self._round,
        )

    def _players_at_work(self) -> list[Player]:
        """All but those whose every hearer is still shaking hands: a greeting is heard from its first word."""
        new = {player.name for player in self.players.values() if not player.has_begun}
        if new:
            heard = [
                (source, self.legs[leg].is_awaited) for source, leg in self.matrix.edges if source in new
            ]
            new &= {source for source, is_awaited in heard if is_awaited}
            new -= {source for source, is_awaited in heard if not is_awaited}
        patience_ends = self.ticks - PATIENCE_TICKS
        for player in self.players.values():
            player.has_begun = player.name not in new or player.added_tick <= patience_ends
        self._is_waiting = not all(player.has_begun for player in self.players.values())
        return [player for player in self.players.values() if player.has_begun]

    def _collect_failures(self) -> None:
        self.counters["send_failed"] += self._round.send_failures
        self._round.send_failures = 0

    def tick(self, now: float) -> None:
        """One frame for everyone; `now` in seconds of the Unix epoch."""
        self.counters["received"] += self._intake.drain()
        if self._is_changed:
            self._lay_out()
        has_finished = self._round.tick()
        self.ticks += 1
        if has_finished:
            self._finish_players()
        self._care(now)

    def _finish_players(self) -> None:
        for player in [player for player in self.players.values() if player.is_done]:
            self.remove_player(player.name)
            self._emit({"event": "player.done", "player": player.name})

    def _care(self, now: float) -> None:
        if self._is_waiting and not self.ticks % CARE_TICKS:
            self.changed()
        turn, rest = divmod(self.ticks, TURN_TICKS)
        if rest:
            return
        for leg in self.legs.values():
            if leg.is_protected:
                leg.tell_gap(now)
        turns = CARE_TICKS // TURN_TICKS
        for phase in self._phases[turn % turns :: turns]:
            for leg in phase:
                leg.tell_silence(now)
                leg.guard(now)
                if isinstance(leg, WebRtcLeg):
                    leg.check_consent(now)
        for leg in self._phases[turn % len(self._phases)]:
            self._report(leg, now)

    def _report(self, leg: Leg, now: float) -> None:
        self._round.settle(leg)
        if leg.connected is None:
            return
        quality = leg.recent_quality()
        leg.send_control(leg.report(now))
        self._emit({"event": "quality", "leg": leg.name, **quality.as_dict()})

    async def run(self) -> None:
        """Ticks until cancelled; after a delay it catches up tick by tick, so nobody's audio has a gap."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            began = time.perf_counter()
            try:
                self.tick(time.time())
            except Exception:
                logger.exception("media.tick_failed", tick=self.ticks)
                self.changed()
            worked = time.perf_counter() - began
            self.longest_tick_seconds = max(self.longest_tick_seconds, worked)
            self._longest_lately = max(self._longest_lately, worked)
            due = self._next_due(due, loop.time())
            await self._wait(due - loop.time())

    def take_longest_tick(self) -> float:
        """Seconds of the longest tick since this was last asked; `longest_tick_seconds` belongs to `ping`."""
        longest, self._longest_lately = self._longest_lately, 0.0
        return longest

    def _next_due(self, due: float, now: float) -> float:
        due += TICK_SECONDS
        if now - due > CATCH_UP_SECONDS:
            self.skipped_ticks += int((now - due) / TICK_SECONDS)
            return now
        if now - due > TICK_SECONDS:
            self.late_ticks += 1
        return due

    async def _wait(self, seconds: float) -> None:
        if self._is_shaking_hands and seconds > TICK_SECONDS / 2:
            # ICE and DTLS take several turns, which should not each cost a whole tick.
            await asyncio.sleep(TICK_SECONDS / 2)
            self.counters["received"] += self._intake.drain()
            seconds -= TICK_SECONDS / 2
        await asyncio.sleep(max(0.0, seconds))

    def close(self) -> None:
        now = time.time()
        for leg in list(self.legs.values()):
            self.close_leg(leg, now)
        self._intake.close()
        if self._ring is not None:
            self._ring.close()
