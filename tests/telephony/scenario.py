"""SIPp as one party that speaks a tone and goes through a scenario step by step."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hallom.media import g711
from hallom.media.g711 import Law
from tests.telephony.hearing import tone
from tests.telephony.house import free_ports

HOST = "127.0.0.1"
HERE = Path(__file__).parent
SECONDS = 40


@contextmanager
def playing(
    program: str, name: str, *, hertz: float, arguments: tuple[str, ...] = (), port: int = 0
) -> Iterator["subprocess.Popen[str]"]:
    """`name` is the scenario's file; ends the program however the test ends."""
    with tempfile.TemporaryDirectory(prefix="hallom-sipp-") as folder:
        sound, scenario = Path(folder, "tone.alaw"), Path(folder, name)
        sound.write_bytes(g711.encode(tone(hertz), Law.PCMA))
        scenario.write_text((HERE / name).read_text().replace("TONE", str(sound)))
        command = [program, "-sf", str(scenario), "-i", HOST, "-m", "1", "-nostdin"]
        command += [
            "-trace_err",
            *arguments,
            "-p",
            str(port or free_ports(1)[0]),
            "-timeout",
            str(SECONDS),
            "-timeout_error",
        ]
        running = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder
        )
        try:
            yield running
        finally:
            running.kill()
            running.communicate()


def finished(running: "subprocess.Popen[str]") -> None:
    """Every step went as the scenario says."""
    output, _ = running.communicate(timeout=SECONDS + 10)
    assert running.returncode == 0, output[-3000:]
