"""The relay: journal into call records, timeline into subscribers and pushes; each loop in a thread of its own."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Sequence
from functools import partial

import structlog

import hallom.calls.quality_watch
import hallom.calls.relay
import hallom.timeline.relay
from hallom import pulse
from hallom.config.subscribers import SUBSCRIBERS

log = structlog.get_logger(__name__)

Loop = Callable[[threading.Event, Callable[[], None]], None]
LOOPS: dict[str, Loop] = {
    "journal": hallom.calls.relay.run,
    "quality": hallom.calls.quality_watch.run,
    "timeline": partial(hallom.timeline.relay.run, subscribers=SUBSCRIBERS),
}


class Stop(threading.Event):
    """Each loop asks at each of its turns whether it is to stop: that is its heartbeat."""

    def __init__(self, loop: str) -> None:
        super().__init__()
        self._loop = loop

    def is_set(self) -> bool:
        pulse.beat(self._loop)
        return super().is_set()


def main(_arguments: Sequence[str]) -> None:
    stops = {name: Stop(name) for name in LOOPS}

    def end(*_: object) -> None:
        for stop in stops.values():
            stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    ready = threading.Barrier(len(LOOPS), action=pulse.tell_ready)
    threads = [
        threading.Thread(target=_run, args=(name, loop, stops[name], ready), name=name)
        for name, loop in LOOPS.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _run(name: str, loop: Loop, stop: threading.Event, ready: threading.Barrier) -> None:
    def is_ready() -> None:
        threading.Thread(target=ready.wait, daemon=True, name=f"{name} ready").start()

    try:
        loop(stop, is_ready)
    except Exception:
        log.exception("relay.died", loop=name)
        # Half a relay is worse than none: the supervisor starts both loops anew.
        os._exit(1)
