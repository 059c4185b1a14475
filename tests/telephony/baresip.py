"""baresip as a telephone: its configuration folder, its control port, the sound it plays and the sound it writes."""

import contextlib
import json
import shutil
import socket
import subprocess
import tempfile
import wave
from pathlib import Path
from typing import Any

import numpy as np

from hallom.media.g711 import RATE, Samples
from tests.telephony.hearing import tone
from tests.telephony.house import Agent, free_ports, until

HOST = "127.0.0.1"
MODULES = Path("/usr/lib/baresip/modules")

CONFIG = """
poll_method epoll
sip_listen {host}:{sip_port}
sip_trans_def udp
audio_player aubridge,nowhere
audio_source aufile,{folder}/spoken.wav
audio_alert aufile,{folder}/alert.wav
audio_level no
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_buffer 20-160
rtp_timeout 60
net_interface {host}
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
snd_path {folder}
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {host}:{control_port}
"""


class Baresip:
    """`with Baresip(path, …) as phone:` runs it; commands go through its control port as netstrings of JSON."""

    def __init__(
        self,
        program: str,
        sip_port: int,
        *,
        agent: Agent | None = None,
        number: str = "outside",
        hertz: float = 700.0,
        answers: bool = False,
    ) -> None:
        self.program = program
        self.exchange = sip_port
        self.folder = Path(tempfile.mkdtemp(prefix="hallom-baresip-"))
        self.events: list[dict[str, Any]] = []
        self._agent = agent
        self._number = number
        self._answers = answers
        self._hertz = hertz
        self._pending = b""
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def __enter__(self) -> "Baresip":
        # It takes the port after its own for TLS.
        own_port, _, control_port = free_ports(3)
        self._write_folder(own_port, control_port)
        with (self.folder / "output").open("wb") as output:
            self._process = subprocess.Popen(
                [self.program, "-f", str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            self._control = until(lambda: _connected(control_port), what="baresip's control port")
            if self._agent is not None:
                # The event may have gone out before the control connection stood.
                until(lambda: "200 OK" in self.output(), what="baresip registered")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def dial(self, number: str) -> None:
        self.command("dial", f"sip:{number}@{HOST}:{self.exchange}")

    def answer(self) -> None:
        self.command("accept")

    def hang_up(self) -> None:
        self.command("hangup")

    def command(self, name: str, parameters: str = "") -> None:
        if self._control is None:
            raise RuntimeError("baresip is not running")
        text = json.dumps({"command": name, "params": parameters, "token": name})
        self._control.sendall(f"{len(text)}:{text},".encode())

    def saw(self, kind: str) -> bool:
        self._read()
        return any(event.get("type") == kind for event in self.events)

    def output(self) -> str:
        return (self.folder / "output").read_text(errors="replace")

    def wait_for(self, kind: str, *, seconds: float = 15.0) -> None:
        try:
            until(lambda: self.saw(kind), seconds=seconds, what=f"baresip's {kind}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.events}\n{self.output()}") from None

    def heard(self) -> Samples:
        """All it has heard so far; the header of the file is only right after the call, the samples are there."""
        path = next(self.folder.glob("dump-*-dec.wav"), None)
        data = path.read_bytes()[44:] if path is not None else b""
        return np.frombuffer(data[: len(data) // 2 * 2], np.int16)

    def _write_folder(self, own_port: int, control_port: int) -> None:
        config = CONFIG.format(
            host=HOST, sip_port=own_port, control_port=control_port, folder=self.folder, modules=MODULES
        )
        (self.folder / "config").write_text(config)
        (self.folder / "contacts").write_text("")
        (self.folder / "accounts").write_text(self._account() + "\n")
        for name, samples in (("spoken", tone(self._hertz, seconds=600.0)), ("alert", tone(0.0))):
            with wave.open(str(self.folder / f"{name}.wav"), "wb") as file:
                file.setparams((1, 2, RATE, 0, "NONE", ""))
                file.writeframes(samples.tobytes())

    def _account(self) -> str:
        mode = "auto" if self._answers else "manual"
        common = f"answermode={mode};audio_codecs=PCMU/8000/1,PCMA/8000/1;regint="
        if self._agent is None:
            return f"<sip:{self._number}@{HOST}:{self.exchange}>;{common}0"
        agent = self._agent
        place = f"<sip:agent-{agent.id}@{HOST}:{self.exchange}>"
        return f"{place};auth_user={agent.username};auth_pass={agent.secret};{common}120"

    def _read(self) -> None:
        if self._control is None:
            return
        with contextlib.suppress(BlockingIOError):
            while chunk := self._control.recv(65_536):
                self._pending += chunk
        while b":" in self._pending:
            length, _, rest = self._pending.partition(b":")
            if len(rest) <= int(length):
                return
            self.events.append(json.loads(rest[: int(length)]))
            self._pending = rest[int(length) + 1 :]


def _connected(port: int) -> socket.socket | None:
    control = socket.socket()
    try:
        control.connect((HOST, port))
    except OSError:
        control.close()
        return None
    control.setblocking(False)
    return control
