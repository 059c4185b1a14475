"""A worker in a process of its own, and telephones to call it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hallom.media.aio import worker as media_worker
from hallom.media.aio.client import MediaClient
from hallom.media.g711 import Law
from hallom.media.tests.endpoint import Telephone

DEADLINE_SECONDS = 10.0


async def until(condition: Callable[[], object], seconds: float = DEADLINE_SECONDS) -> None:
    """Waits for the condition; fails with its source line when it does not come true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"not within {seconds} s")
        await asyncio.sleep(0.01)


def write_sound(path: Path, samples: np.ndarray) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.astype("<i2").tobytes())
    return str(path)


class Worker:
    """A media worker process with a client, its events and everything opened on it."""

    def __init__(self, data: Path, first_port: int) -> None:
        self.data = data
        self.events: list[dict[str, object]] = []
        self.telephones: list[Telephone] = []
        self._ports = range(first_port, first_port + 200)
        self.restart()
        self.client = MediaClient(media_worker.socket_path(data, 0))
        self._listener: asyncio.Task[None] | None = None

    def restart(self) -> None:
        """Starts the process (again); returns once it says that it is ready."""
        reading, writing = os.pipe()
        call = (
            "from pathlib import Path; from hallom.media.aio import worker; "
            f"worker.main(0, Path({str(self.data)!r}), '127.0.0.1', {self._ports!r}, {writing})"
        )
        self.process = subprocess.Popen([sys.executable, "-c", call], pass_fds=(writing,))
        os.close(writing)
        # Its first heartbeat may have come with it.
        self.ready = os.read(reading, 1000).partition(b"\n")[0]
        os.close(reading)

    async def start(self) -> None:
        await self.client.connect(DEADLINE_SECONDS)
        self._listener = asyncio.ensure_future(self._listen())

    async def _listen(self) -> None:
        async for event in self.client:
            self.events.append(event)

    def of_kind(self, kind: str) -> list[dict[str, object]]:
        return [event for event in self.events if event["event"] == kind]

    async def telephone(
        self, leg: str, frequency: float = 0, *, law: Law = Law.PCMU, **connect: object
    ) -> Telephone:
        """A telephone on a leg of its own."""
        opened = await self.client.call("leg.open", leg=leg, kind="rtp")
        telephone = await Telephone.ring_up(frequency, law=law)
        self.telephones.append(telephone)
        telephone.speak_to(opened["port"])
        address = {"host": "127.0.0.1", "port": telephone.port, "codec": int(law), "dtmf": 101}
        await self.client.call("leg.connect", leg=leg, **(address | connect))
        return telephone

    async def bridge(self, one: str, other: str, gain: float = 1) -> None:
        await self.client.call("mix", edits=[[one, other, gain], [other, one, gain]])

    async def stop(self) -> None:
        for telephone in self.telephones:
            telephone.hang_up()
        if self._listener is not None:
            self._listener.cancel()
        await self.client.close()
        self.process.terminate()
        await asyncio.to_thread(self.process.wait, 5)
