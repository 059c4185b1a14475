"""The house under its real supervisor: whoever is killed is started again by it, not by the test."""

import contextlib
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil

from hallom.config import status
from tests import beside
from tests.telephony.house import READY_SECONDS, House, until

SUPERVISOR = "supervisor"
STOP_SECONDS = 30.0

OneOrder = tuple[int, str, dict[str, Any]]
Done = tuple[bool, str, float]


class SupervisedHouse(House):
    """`order_desk` gives orders through `hallom.calls.orders`, many at a time."""

    def start_processes(self) -> None:
        self.stop("postgres")
        # A database that was killed syncs all its files when it starts: those of a fresh copy would take seconds.
        os.sync()
        self._supervisor = self._script("supervised.py", said="ready")
        self._desk = self._script("order_desk.py", said="ready")

    def close(self) -> None:
        for popen in (getattr(self, "_desk", None), getattr(self, "_supervisor", None)):
            if popen is None:
                continue
            popen.terminate()
            try:
                popen.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                popen.kill()
                popen.wait()
            for pipe in (popen.stdin, popen.stdout):
                # What was not taken any more cannot be flushed.
                with contextlib.suppress(BrokenPipeError):
                    if pipe is not None:
                        pipe.close()

    def status_of(self, name: str) -> status.ProcessStatus | None:
        told = status.read(self.data)
        return next((one for one in told.processes if one.name == name), None) if told else None

    def kill(self, name: str) -> float:
        """`kill -9`, with its children except the database's; returns when."""
        told = until(lambda: self._ready(name), seconds=READY_SECONDS, what=f"{name} to kill")
        process = psutil.Process(told.pid)
        at = time.time()
        for child in process.children(recursive=True) if name != "postgres" else ():
            child.kill()
        process.kill()
        self._killed = (name, told.pid)
        return at

    def is_back(self, name: str) -> bool:
        """Ready again after `kill`."""
        told = self._ready(name)
        return told is not None and (name, told.pid) != self._killed

    def _ready(self, name: str) -> status.ProcessStatus | None:
        told = self.status_of(name)
        return told if told is not None and told.ready and told.pid else None

    def orders(self, orders: list[OneOrder], *, seconds: float = 10.0) -> list[Done]:
        """Give all of them at once; what came of each."""
        if self._desk.stdin is None or self._desk.stdout is None:
            raise RuntimeError("the order desk is closed")
        asked = {"until": time.time() + seconds, "orders": orders}
        self._desk.stdin.write(f"{json.dumps(asked)}\n")
        self._desk.stdin.flush()
        return [(ok, error, at) for ok, error, at in json.loads(self._desk.stdout.readline())]

    def _script(self, name: str, *, said: str) -> "subprocess.Popen[str]":
        told = self.data / f"{name}.out"
        script = str(Path(__file__).with_name(name))
        popen = beside.start(script, environment=self.environment, errors=told)
        line = popen.stdout.readline().strip() if popen.stdout else ""
        if line != said:
            raise RuntimeError(f"{name} did not start: {told.read_text()[-3000:]}")
        return popen
