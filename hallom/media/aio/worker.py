"""The process of one media worker."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
from pathlib import Path

import structlog
import uvloop

from hallom import pulse
from hallom.media.aio import certificate
from hallom.media.aio.batch import open_ring
from hallom.media.aio.commands import Commands
from hallom.media.aio.engine import Engine
from hallom.media.aio.metrics import Publisher
from hallom.media.aio.ports import PortPool
from hallom.media.aio.recorder import Recorder, RecordingWriter
from hallom.media.aio.server import ControlServer
from hallom.media.aio.webrtc import Dtls

logger = structlog.get_logger(__name__)

GC_THRESHOLDS = (50_000, 20, 1000)
"""The cyclic collector was the longest stop of the mixer; hardly anything here is a cycle."""


def socket_path(data: Path, worker: int) -> Path:
    return data / "run" / f"media-{worker}.sock"


def share_of_ports(ports: range, worker: int, workers: int) -> range:
    """The part of the port range that worker number `worker` of so many uses."""
    size = len(ports) // workers // 2 * 2
    return range(ports.start + worker * size, ports.start + (worker + 1) * size)


def go_first() -> None:
    """Before all other work, if this process may (CAP_SYS_NICE, or a limit of real-time priority of 1 at least).

    With fourteen busy programs on two processors a thread that wants 2 ms in 20 was up to 117 ms late at nice -10, and 0.3 ms
    as one of real time. Threads made from here on are too: a mixer that waits for one that holds the interpreter's lock would wait for others' work.
    """
    try:
        lowest = os.sched_param(os.sched_get_priority_min(os.SCHED_RR))
        os.sched_setscheduler(0, os.SCHED_RR, lowest)
    except (OSError, AttributeError) as error:
        logger.info("media.not_real_time", reason=type(error).__name__)


def main(worker: int, data: Path, host: str, ports: range, ready_fd: int | None = None) -> None:
    """Runs until SIGTERM or SIGINT; `ports` are this worker's own."""
    go_first()
    uvloop.run(_serve(worker, data, host, ports, ready_fd))


async def _serve(worker: int, data: Path, host: str, ports: range, ready_fd: int | None) -> None:
    loop = asyncio.get_running_loop()
    dtls = Dtls(certificate.load_or_create(data / "secret" / "dtls.pem"))
    server = ControlServer()

    def tell_failure(recorder: Recorder, reason: str) -> None:
        event = {"event": "recorder.failed", "recorder": recorder.name, "error": reason}
        loop.call_soon_threadsafe(server.broadcast, event)

    ring, reason = open_ring()
    if ring is None:
        logger.info("media.port_by_port", reason=reason)
    engine = Engine(PortPool(host, ports), dtls, server.broadcast, ring=ring)
    writer = RecordingWriter(tell_failure)
    server.commands = Commands(engine, data, writer)
    await server.start(socket_path(data, worker))
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    if ready_fd is not None:
        _say_ready(ready_fd, {"port": ports.start})
    beating = asyncio.ensure_future(_beat(engine))
    publishing = asyncio.ensure_future(Publisher(engine, worker).run())
    await _run_until_told(engine)
    publishing.cancel()
    beating.cancel()
    await server.close()
    for recorder in engine.recorders.values():
        recorder.stop()
    engine.close()
    writer.close()


async def _run_until_told(engine: Engine) -> None:
    loop = asyncio.get_running_loop()
    ticking = asyncio.ensure_future(engine.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ticking.cancel)
    try:
        await ticking
    except asyncio.CancelledError:
        logger.info("media.stopping", legs=len(engine.legs))


def _say_ready(descriptor: int, facts: dict[str, int]) -> None:
    os.write(descriptor, f"ready {json.dumps(facts)}\n".encode())
    pulse.begin(descriptor)


async def _beat(engine: Engine) -> None:
    """While it mixes: a loop that turns and mixes nothing is of no use to anybody."""
    mixed = -1
    while True:
        if engine.ticks != mixed:
            mixed = engine.ticks
            pulse.beat()
        await asyncio.sleep(pulse.BEAT_SECONDS)
