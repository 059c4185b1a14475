"""How a process tells whoever keeps it alive that it is ready and, from then on, that it still turns."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time

BEAT_SECONDS = 2.0
VARIABLE = "HALLOM_READY_FD"

_pipe: int | None = None
_beaten: dict[str, float] = {}


def tell_ready(**ports: int) -> None:
    """One line into HALLOM_READY_FD; nothing when the process was started by hand."""
    begin()
    _write(f"ready {json.dumps(ports)}\n")


def begin(descriptor: int | None = None) -> None:
    """For who is told ready by another, as gunicorn's arbiter is: from here on `beat` is heard."""
    global _pipe
    if descriptor is None and (named := os.environ.pop(VARIABLE, "")):
        descriptor = int(named)
    if descriptor is not None:
        # Nobody may come to wait because the supervisor does not listen.
        os.set_blocking(descriptor, False)
        _pipe = descriptor


def beat(loop: str = "") -> None:
    """To be called at each turn of a loop: told at most every BEAT_SECONDS. What has beaten once must go on beating."""
    now = time.monotonic()
    if _pipe is not None and now - _beaten.get(loop, 0.0) >= BEAT_SECONDS:
        _beaten[loop] = now
        _write(f"beat {loop}\n")


async def keep_beating() -> None:
    """For a process that lives in one event loop."""
    while True:
        beat()
        await asyncio.sleep(BEAT_SECONDS)


def _write(line: str) -> None:
    if _pipe is not None:
        with contextlib.suppress(OSError):
            os.write(_pipe, line.encode())
