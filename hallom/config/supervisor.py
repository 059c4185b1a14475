"""The one process that starts all others, keeps each of them alive on its own, and stops them in order."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO

from hallom.config import metrics, status
from hallom.config.child import Child
from hallom.config.processes import Program

PATIENCE = 5


class AlreadyRunning(Exception):
    """Another supervisor holds this data folder."""


class NotReady(Exception):
    """A process did not become ready; `child` is the one that did not."""

    def __init__(self, child: Child) -> None:
        super().__init__(child.program.name)
        self.child = child


class Supervisor:
    def __init__(self, data: Path) -> None:
        self.data = data
        self.children: dict[str, Child] = {}
        # When the last supervisor was killed a moment ago, its children may still be on their way out.
        self.leftovers = status.survivors(data)
        self.complete = False
        self._started_at = time.time()
        self._lock = self._take_lock()
        shutil.rmtree(metrics.folder(data), ignore_errors=True)
        metrics.folder(data).mkdir(parents=True)
        self.write_status()

    def _take_lock(self) -> IO[str]:
        folder = self.data / "run"
        folder.mkdir(parents=True, exist_ok=True)
        file = open(folder / "supervisor.lock", "a+")  # noqa: SIM115
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise AlreadyRunning from None
        return file

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "HALLOM_DATA": str(self.data),
            "PROMETHEUS_MULTIPROC_DIR": str(metrics.folder(self.data)),
            "PYTHONUNBUFFERED": "1",
        }

    def start(self, program: Program, answers: Callable[[], Awaitable[bool]] | None = None) -> None:
        """Start it as soon as the processes it comes after are ready; from then on it is kept alive on its own."""
        child = Child(
            program,
            after=[self.children[name].ready for name in program.after],
            log_folder=self.data / "log",
            environment=self.environment,
            changed=self.write_status,
            answers=answers,
        )
        self.children[program.name] = child
        child.start()
        self.write_status()

    async def wait_ready(self, *names: str, seconds: float) -> None:
        """Raise NotReady for the first that is not ready in time, or that died several times while starting."""
        deadline = time.monotonic() + seconds
        while True:
            waiting = [self.children[name] for name in names if not self.children[name].ready.is_set()]
            if not waiting:
                return
            for child in waiting:
                if child.restarts >= PATIENCE or time.monotonic() > deadline:
                    raise NotReady(child)
            await asyncio.sleep(0.02)

    def write_status(self) -> None:
        processes = tuple(child.status() for child in self.children.values())
        status.write(self.data, status.Status(os.getpid(), self._started_at, self.complete, processes))

    async def stop(self) -> None:
        orders = sorted({child.program.stop_order for child in self.children.values()})
        for order in orders:
            turn = [child for child in self.children.values() if child.program.stop_order == order]
            await asyncio.gather(*(child.stop() for child in turn))
        self.children.clear()
        status.path_in(self.data).unlink(missing_ok=True)
        self._lock.close()
