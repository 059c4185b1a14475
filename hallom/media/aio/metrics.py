"""What a media worker tells Prometheus: counts and times of the mixer, never whose voice it was."""

from __future__ import annotations

import asyncio
from collections import Counter as Counts

from prometheus_client import Counter, Gauge

from hallom.media.aio.engine import Engine

PUBLISH_SECONDS = 5.0
STRANGERS = "stranger"
NOT_DROPPED = frozenset({"received", "send_failed", STRANGERS})

TICKS = Counter("hallom_media_ticks", "Frames of 20 ms mixed", ["worker"])
LATE_TICKS = Counter("hallom_media_late_ticks", "Frames more than 20 ms late", ["worker"])
SKIPPED_TICKS = Counter("hallom_media_skipped_ticks", "Frames left out after a long stop", ["worker"])
RECEIVED = Counter("hallom_media_received_packets", "Packets that came in", ["worker"])
SEND_FAILURES = Counter("hallom_media_send_failures", "Packets that could not be sent", ["worker"])
DROPPED = Counter("hallom_media_dropped_packets", "Packets not understood or not allowed", ["worker", "kind"])
STRANGER_PACKETS = Counter("hallom_media_stranger_packets", "Packets from an unexpected address", ["worker"])
LONGEST_TICK = Gauge(
    "hallom_media_longest_tick_seconds",
    "Longest work on one frame in the last seconds",
    ["worker"],
    multiprocess_mode="livemax",
)
HELD = Gauge(
    "hallom_media_held", "Legs, players and recorders open", ["worker", "what"], multiprocess_mode="livesum"
)


class Publisher:
    """Adds what has happened since the last time: the mixer itself only counts in plain numbers."""

    def __init__(self, engine: Engine, worker: int) -> None:
        self._engine = engine
        self._worker = str(worker)
        self._told: Counts[str] = Counts()

    async def run(self) -> None:
        while True:
            self.publish()
            await asyncio.sleep(PUBLISH_SECONDS)

    def publish(self) -> None:
        engine, worker = self._engine, self._worker
        for name, counter, number in (
            ("ticks", TICKS, engine.ticks),
            ("late ticks", LATE_TICKS, engine.late_ticks),
            ("skipped ticks", SKIPPED_TICKS, engine.skipped_ticks),
            ("received", RECEIVED, engine.counters["received"]),
            ("send failures", SEND_FAILURES, engine.counters["send_failed"]),
            ("strangers", STRANGER_PACKETS, engine.counters[STRANGERS]),
        ):
            counter.labels(worker).inc(self._news(name, number))
        for kind in engine.counters.keys() - NOT_DROPPED:
            DROPPED.labels(worker, kind).inc(self._news(f"dropped {kind}", engine.counters[kind]))
        LONGEST_TICK.labels(worker).set(engine.take_longest_tick())
        for what, held in (
            ("legs", engine.legs),
            ("players", engine.players),
            ("recorders", engine.recorders),
        ):
            HELD.labels(worker, what).set(len(held))

    def _news(self, name: str, number: int) -> int:
        new = number - self._told[name]
        self._told[name] = number
        return new
