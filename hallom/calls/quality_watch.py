"""How lines sound just now, as the media workers tell everybody who listens at their control sockets.

The relay listens itself, so that the switch, whose loop must never wait, neither carries nor writes it.
"""

import json
import selectors
import socket
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as Signal
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, connection

from hallom.calls.models import LiveQuality
from hallom.calls.snapshot import worker_names

log = structlog.get_logger(__name__)

WRITE_SECONDS = 5.0
PAUSE_SECONDS = 0.5
CHUNK = 256 * 1024
# A line longer than this is no event: what is left of it is thrown away.
LONGEST_LINE = 4 * CHUNK
# Older rows are of lines that are gone.
KEPT = timedelta(minutes=5)
FIGURES = ("mos", "jitter_ms", "loss", "round_trip_ms")


class Ear:
    """One worker's socket; begins anew when the worker does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.socket: socket.socket | None = None
        self._rest = b""

    def listen(self) -> bool:
        if self.socket is None:
            fresh = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                fresh.connect(str(self.path))
            except OSError:
                fresh.close()
                return False
            fresh.setblocking(False)
            self.socket, self._rest = fresh, b""
        return True

    def hear(self) -> list[dict[str, Any]]:
        """The quality events that have come; the connection is given up when the worker has."""
        try:
            data = self.socket.recv(CHUNK) if self.socket else b""
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self.close()
            return []
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._rest = self._rest if len(self._rest) <= LONGEST_LINE else b""
        return [event for line in lines if b'"quality"' in line and (event := _event(line))]

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    is_one = isinstance(event, dict) and event.get("event") == "quality" and isinstance(event.get("leg"), str)
    return event if is_one else None


def run(stop: Signal, ready: Callable[[], None]) -> None:
    ready()
    ears = [Ear(Path(settings.HALLOM_DATA) / "run" / f"{name}.sock") for name in worker_names()]
    heard: dict[str, dict[str, Any]] = {}
    written = time.monotonic()
    while not stop.is_set():
        heard.update((event["leg"], event) for event in _wait(ears))
        if time.monotonic() - written >= WRITE_SECONDS:
            written = time.monotonic()
            _write(list(heard.values()))
            heard.clear()
    for ear in ears:
        ear.close()


def _wait(ears: Iterable[Ear]) -> list[dict[str, Any]]:
    with selectors.DefaultSelector() as selector:
        for ear in ears:
            if ear.listen() and ear.socket is not None:
                selector.register(ear.socket, selectors.EVENT_READ, ear)
        if not selector.get_map():
            time.sleep(PAUSE_SECONDS)
            return []
        return [event for key, _ in selector.select(PAUSE_SECONDS) for event in key.data.hear()]


def _write(events: list[dict[str, Any]]) -> None:
    """While the database is away there is nobody to show it to: what was heard is dropped."""
    try:
        keep(events, datetime.now(UTC))
    except DatabaseError:
        log.warning("quality_watch.not_written", exc_info=True)
        connection.close()


def keep(events: list[dict[str, Any]], now: datetime) -> None:
    if not events:
        return
    rows = [
        LiveQuality(leg=event["leg"][:40], at=now, **{name: _figure(event.get(name)) for name in FIGURES})
        for event in events
    ]
    LiveQuality.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["leg"], update_fields=["at", *FIGURES]
    )
    LiveQuality.objects.filter(at__lt=now - KEPT).delete()


def _figure(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
