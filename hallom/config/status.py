"""What the supervisor says about its processes, as kept in `run/status.json`."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hallom import replaced


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """Not ready either while it is hung: it lives, and none has heard of it for a while."""

    name: str
    pid: int | None
    ready: bool
    restarts: int
    since: float | None
    ports: dict[str, int]
    hung_since: float | None = None


@dataclass(frozen=True, slots=True)
class SetupStatus:
    """What the switch says of its set-up: all that was committed before `as_of` holds since `loaded_at`."""

    as_of: float
    loaded_at: float


@dataclass(frozen=True, slots=True)
class Status:
    """`complete` is false until the supervisor has begun to start the last process."""

    supervisor: int
    started_at: float
    complete: bool
    processes: tuple[ProcessStatus, ...]
    setup: SetupStatus | None = None

    @property
    def ready(self) -> bool:
        return self.complete and all(process.ready for process in self.processes)

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "ready": self.ready}

    def as_table(self, now: float) -> str:
        lines = [f"{'process':<12} {'pid':>8}  {'ready':<5}  {'running for':>12}  {'restarts':>8}  ports"]
        for process in self.processes:
            pid = process.pid or "–"
            since = timedelta(seconds=int(now - process.since)) if process.since and process.pid else "–"
            ports = ", ".join(str(number) for number in sorted(set(process.ports.values())))
            yes = "yes" if process.ready else "no"
            lines.append(
                f"{process.name:<12} {pid:>8}  {yes:<5}  {since!s:>12}  {process.restarts:>8}  {ports}"
            )
        lines += [
            f"{process.name} has been hung since {_moment(process.hung_since)}"
            for process in self.processes
            if process.hung_since is not None
        ]
        if self.setup is not None:
            lines.append(f"set-up of the switch loaded at {_moment(self.setup.loaded_at)}")
        return "\n".join(lines)


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M:%S %Z}"


def path_in(data: Path) -> Path:
    return data / "run" / "status.json"


def write(data: Path, status: Status) -> None:
    replaced.write(path_in(data), json.dumps(status.as_dict(), indent=1).encode())


def survivors(data: Path) -> list[int]:
    """Processes of an earlier supervisor, one that was killed, that are still there."""
    try:
        told = json.loads(path_in(data).read_text())
        return [process["pid"] for process in told["processes"] if process["pid"] and _lives(process["pid"])]
    except (OSError, ValueError, KeyError):
        return []


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def read(data: Path) -> Status | None:
    """None when no supervisor is alive to vouch for what the file says."""
    try:
        told = json.loads(path_in(data).read_text())
        os.kill(told["supervisor"], 0)
    except (OSError, ValueError, KeyError):
        return None
    processes = tuple(ProcessStatus(**process) for process in told["processes"])
    return Status(told["supervisor"], told["started_at"], told["complete"], processes, setup_in(data))


def setup_in(data: Path) -> SetupStatus | None:
    """None before the switch has loaded any."""
    try:
        told = json.loads((data / "run" / "setup.json").read_text())
        return SetupStatus(float(told["as_of"]), float(told["loaded_at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
