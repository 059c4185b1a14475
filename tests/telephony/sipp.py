"""SIPp as many callers, and as many telephones that answer."""

import contextlib
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
SCENARIO = Path(__file__).with_name("caller.xml")
CALLEES = Path(__file__).with_name("callee.xml")
SPARE_SECONDS = 90


@dataclass(frozen=True, slots=True)
class Load:
    """`calls` in all at `rate` a second; each is hung up `hold_seconds` after it was answered."""

    number: str
    calls: int
    rate: float
    hold_seconds: float

    @property
    def seconds(self) -> float:
        return self.calls / self.rate + self.hold_seconds


def start(program: str, sip_port: int, load: Load) -> "subprocess.Popen[str]":
    command = [program, f"{HOST}:{sip_port}", "-sf", str(SCENARIO), "-s", load.number, "-i", HOST]
    command += ["-m", str(load.calls), "-r", str(load.rate), "-d", str(int(load.hold_seconds * 1000))]
    command += ["-nostdin", "-timeout", str(int(load.seconds) + SPARE_SECONDS), "-recv_timeout", "30000"]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tempfile.gettempdir()
    )


def finish(running: "subprocess.Popen[str]", load: Load) -> int:
    """How many calls went through; raises when SIPp itself failed."""
    output, _ = running.communicate(timeout=load.seconds + 2 * SPARE_SECONDS)
    found = re.findall(r"Successful call\s*\|\s*\d+\s*\|\s*(\d+)", output)
    if not found:
        raise RuntimeError(f"SIPp failed:\n{output[-2000:]}")
    return int(found[-1])


@contextlib.contextmanager
def answering(program: str, port: int) -> Iterator[None]:
    """Whoever calls this port is answered at once."""
    command = [program, "-sf", str(CALLEES), "-i", HOST, "-p", str(port), "-nostdin", "-aa"]
    running = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tempfile.gettempdir()
    )
    try:
        yield
    finally:
        running.terminate()
        running.wait()
