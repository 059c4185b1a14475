"""What a worker tells Prometheus is what its engine has counted, no more and no less."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from prometheus_client import REGISTRY

from hallom.media.aio import certificate
from hallom.media.aio.engine import Engine
from hallom.media.aio.metrics import Publisher
from hallom.media.aio.ports import PortPool
from hallom.media.aio.webrtc import Dtls

WORKERS = count(1000)


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine(PortPool("127.0.0.1", range(45100, 45120)), Dtls(certificate.make()), lambda _: None)
    yield made
    made.close()


def told(worker: int, name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"hallom_media_{name}", {"worker": str(worker), **labels})


def test_what_happened_is_added_once(engine: Engine) -> None:
    worker = next(WORKERS)
    publisher = Publisher(engine, worker)
    for tick in range(3):
        engine.tick(100.0 + tick)
    engine.late_ticks = 2
    publisher.publish()
    publisher.publish()
    assert told(worker, "ticks_total") == 3
    assert told(worker, "late_ticks_total") == 2
    assert told(worker, "skipped_ticks_total") == 0
    engine.tick(103.0)
    publisher.publish()
    assert told(worker, "ticks_total") == 4


def test_what_is_open_is_told_as_it_is(engine: Engine) -> None:
    worker = next(WORKERS)
    publisher = Publisher(engine, worker)
    leg = engine.open_leg("c-1", "rtp")
    publisher.publish()
    assert told(worker, "held", what="legs") == 1
    assert told(worker, "held", what="players") == told(worker, "held", what="recorders") == 0
    engine.close_leg(leg, 100.0)
    publisher.publish()
    assert told(worker, "held", what="legs") == 0


def test_dropped_packets_are_told_by_kind_and_strangers_apart(engine: Engine) -> None:
    worker = next(WORKERS)
    engine.counters.update(malformed_rtp=4, srtp_refused=1, stranger=7, received=100, send_failed=2)
    Publisher(engine, worker).publish()
    assert told(worker, "dropped_packets_total", kind="malformed_rtp") == 4
    assert told(worker, "dropped_packets_total", kind="srtp_refused") == 1
    assert told(worker, "dropped_packets_total", kind="stranger") is None
    assert told(worker, "stranger_packets_total") == 7
    assert told(worker, "received_packets_total") == 100
    assert told(worker, "send_failures_total") == 2


def test_the_longest_tick_is_that_of_the_last_seconds(engine: Engine) -> None:
    worker = next(WORKERS)
    engine._longest_lately = engine.longest_tick_seconds = 0.015
    publisher = Publisher(engine, worker)
    publisher.publish()
    assert told(worker, "longest_tick_seconds") == 0.015
    publisher.publish()
    assert told(worker, "longest_tick_seconds") == 0
    assert engine.longest_tick_seconds == 0.015
