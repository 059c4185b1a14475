"""One supervised process: started, heard when it says it is ready, restarted with back-off when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import structlog

from hallom.config import heartbeat, standby
from hallom.config.heartbeat import Heartbeat
from hallom.config.processes import Program
from hallom.config.status import ProcessStatus

log = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 30.0
# Whoever stayed ready this long has recovered: the next death starts again from the shortest pause.
RECOVERED_SECONDS = 20.0
STOP_SECONDS = 10.0
# A substitute is loaded once whoever it may have to stand in for has seen to its calls: that costs a second of CPU.
STANDBY_SECONDS = 2.0
# How often a program that says nothing by itself is asked, and how long its answer is waited for.
ASK_SECONDS, ANSWER_SECONDS = 5.0, 5.0
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def pause_seconds(failures: int) -> float:
    return min(FIRST_PAUSE_SECONDS * 2.0 ** min(failures, 16), LONGEST_PAUSE_SECONDS)


def die_with(parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends `death_signal` when the supervisor dies, however it dies."""

    def ask_the_kernel() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:
            os._exit(1)

    return ask_the_kernel


@dataclass(frozen=True, slots=True)
class _Started:
    """A process and the pipe by which it says that it is ready; one that stands by has another by which it is told to go."""

    process: asyncio.subprocess.Process
    said: int
    go: int | None

    def is_sent(self) -> bool:
        """Told to go; False when it has died in the meantime."""
        try:
            if self.process.returncode is None and self.go is not None:
                os.write(self.go, standby.GO)
                return True
        except BrokenPipeError:
            pass
        finally:
            _close(self.go)
        os.close(self.said)
        return False

    async def dismiss(self) -> None:
        _close(self.go, self.said)
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


def _close(*descriptors: int | None) -> None:
    for descriptor in descriptors:
        if descriptor is not None:
            os.close(descriptor)


class Child:
    def __init__(
        self,
        program: Program,
        *,
        log_folder: Path,
        environment: Mapping[str, str],
        changed: Callable[[], None],
        after: Sequence[asyncio.Event] = (),
        answers: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self.program = program
        self.ready = asyncio.Event()
        self.restarts = 0
        self.since: float | None = None
        self._ports: dict[str, int] = {port.setting: port.number for port in program.ports}
        self._log_folder = log_folder
        self._environment = environment
        self._changed = changed
        self._after = after
        self._answers = answers
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._standby: _Started | None = None
        self._heartbeat = Heartbeat()
        self._hung_since: float | None = None

    @property
    def output_file(self) -> Path:
        return self._log_folder / f"{self.program.name}.out"

    def status(self) -> ProcessStatus:
        pid = self._process.pid if self._process and self._process.returncode is None else None
        is_well = self.ready.is_set() and self._hung_since is None
        return ProcessStatus(
            self.program.name, pid, is_well, self.restarts, self.since, dict(self._ports), self._hung_since
        )

    def start(self) -> None:
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.program.name}")

    async def stop(self) -> None:
        self._stopping.set()
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(self.program.stop_signal)
            try:
                await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
            except TimeoutError:
                log.warning("killed", process=self.program.name, reason="did not stop when asked")
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._standby:
            await self._standby.dismiss()
        if self._process:
            await self._process.wait()
        self.ready.clear()

    async def _keep(self) -> None:
        for ready in self._after:
            await ready.wait()
        failures = 0
        while not self._stopping.is_set():
            try:
                recovered = await self._run_once()
            except OSError as error:
                log.error("not started", process=self.program.name, error=str(error))
                recovered = False
            if self._stopping.is_set():
                return
            failures = 0 if recovered else failures
            pause = pause_seconds(failures)
            failures += 1
            self.restarts += 1
            self._changed()
            await asyncio.sleep(pause)

    async def _run_once(self) -> bool:
        """Run until it exits; true when it had been ready long enough to count as recovered."""
        started = self._take_standby() or await self._spawn()
        process = self._process = started.process
        self.since = time.time()
        self._changed()
        self._heartbeat, self._hung_since = Heartbeat(), None
        around = [
            asyncio.create_task(self._listen(started.said)),
            asyncio.create_task(self._watch(process)),
            asyncio.create_task(self._keep_standby()),
        ]
        try:
            code = await process.wait()
        finally:
            for task in around:
                task.cancel()
            await asyncio.gather(*around, return_exceptions=True)
        was_ready = self.ready.is_set()
        self.ready.clear()
        self._hung_since = None
        self._changed()
        if not self._stopping.is_set():
            log.warning(
                "exited", process=self.program.name, pid=process.pid, exit_code=code, was_ready=was_ready
            )
        return was_ready and time.time() - self.since > RECOVERED_SECONDS

    def _take_standby(self) -> _Started | None:
        waiting, self._standby = self._standby, None
        return waiting if waiting is not None and waiting.is_sent() else None

    async def _spawn(self, *, stands_by: bool = False) -> _Started:
        said, says = os.pipe()
        waits, go = os.pipe() if stands_by else (None, None)
        try:
            process = await self._execute(says, waits)
        except BaseException:
            _close(said, go)
            raise
        finally:
            _close(says, waits)
        return _Started(process, said, go)

    async def _execute(self, says: int, waits: int | None) -> asyncio.subprocess.Process:
        who = self.program.identity
        environment = {**self._environment, "HALLOM_PROCESS": self.program.name, "HALLOM_READY_FD": str(says)}
        if waits is not None:
            environment[standby.VARIABLE] = str(waits)
        with self._open_output() as output:
            return await asyncio.create_subprocess_exec(
                *self.program.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env=environment,
                pass_fds=(says,) if waits is None else (says, waits),
                # Ctrl-C in the terminal reaches the supervisor alone, which stops the others in order.
                start_new_session=True,
                preexec_fn=die_with(os.getpid(), self.program.stop_signal),
                user=who.user,
                group=who.group,
                extra_groups=[] if who.user is not None else None,
            )

    def _open_output(self) -> IO[bytes]:
        self._log_folder.mkdir(parents=True, exist_ok=True)
        return open(self.output_file, "ab")

    async def _listen(self, said: int) -> None:
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(said, "rb", buffering=0)
        )
        try:
            if self._answers is not None:
                await self._keep_asking(self._answers)
            while line := await reader.readline():
                if line.startswith(b"beat"):
                    self._heartbeat.hear(line.removeprefix(b"beat").strip().decode(), time.monotonic())
                elif line.startswith(b"ready") and not self.ready.is_set():
                    self._hear_ports(line)
                    self._set_ready()
        finally:
            transport.close()

    async def _keep_asking(self, answers: Callable[[], Awaitable[bool]]) -> None:
        """For a program that says nothing by itself: its answer is its readiness and its heartbeat."""
        while True:
            with contextlib.suppress(TimeoutError):
                if await asyncio.wait_for(answers(), ANSWER_SECONDS):
                    self._heartbeat.hear("", time.monotonic())
                    if not self.ready.is_set():
                        self._set_ready()
            await asyncio.sleep(ASK_SECONDS if self.ready.is_set() else 0.05)

    def _set_ready(self) -> None:
        self.ready.set()
        self._changed()
        log.info("ready", process=self.program.name)

    async def _keep_standby(self) -> None:
        await self.ready.wait()
        if self.program.has_standby and self._standby is None:
            await asyncio.sleep(STANDBY_SECONDS)
            self._standby = await self._spawn(stands_by=True)

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Tells when it stands still; ends it when it does so for long, as it would never end by itself."""
        await self.ready.wait()
        while True:
            now = time.monotonic()
            self._heartbeat.look(now)
            self._note_hung(now)
            # A database is never ended like this: its disk may be slow, and its own recovery would take longer.
            if self._answers is None and self._heartbeat.is_lost(now, heartbeat.cpu_seconds(process.pid)):
                log.error("killed", process=self.program.name, pid=process.pid, reason="stood still")
                process.kill()
                return
            await asyncio.sleep(heartbeat.LOOK_SECONDS)

    def _note_hung(self, now: float) -> None:
        is_hung = self._heartbeat.is_hung(now)
        if is_hung == (self._hung_since is not None):
            return
        self._hung_since = time.time() - self._heartbeat.silence(now) if is_hung else None
        log.warning("hung" if is_hung else "turns again", process=self.program.name)
        self._changed()

    def _hear_ports(self, line: bytes) -> None:
        with contextlib.suppress(ValueError):
            told = json.loads(line.removeprefix(b"ready").strip() or b"{}")
            if not self._ports and isinstance(told, dict):
                self._ports = {str(name): number for name, number in told.items() if isinstance(number, int)}
