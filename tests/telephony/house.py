"""The real processes on free ports with a data folder of their own, and what a test does to them."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg.rows import dict_row

from hallom.calls import sealed_keys
from hallom.config import postgres, status
from hallom.storage import key_file
from tests import tables

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 60.0
STOP_SECONDS = 20.0
FIRST_RTP_PORT = 31_000
RTP_PORTS = 2_000
FIRST_PORT, STRETCH, STRETCHES = 21_000, 2_500, 4
MOST_PORTS = 500


class NotInTime(AssertionError):
    pass


def until(condition: Callable[[], Any], *, seconds: float = 10.0, what: str = "") -> Any:
    """The first true value of `condition`; looked at every 10 ms."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise NotInTime(f"not within {seconds} s: {what or condition}")
        time.sleep(0.01)
    return value


@dataclass(slots=True)
class Agent:
    id: int
    username: str
    secret: str


@dataclass(slots=True)
class Desk:
    """A queue with a number of its own and two agents: each test gets a fresh one."""

    queue: int
    number: str
    agents: list[Agent]


@dataclass(slots=True)
class Process:
    popen: "subprocess.Popen[bytes]"
    arguments: tuple[str, ...]
    ready: dict[str, Any]


@dataclass(slots=True)
class House:
    data: Path
    workers: int
    rooms: int = 60
    agents_each: int = 2
    is_silent: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)
    desks: Iterator[Desk] = field(default_factory=lambda: iter(()))
    sip_port: int = 0
    ws_port: int = 0

    def open(self) -> None:
        self.sip_port, self.ws_port, web, live = free_ports(4)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HALLOM_")},
            "HALLOM_DATA": str(self.data),
            "HALLOM_SIP_PORT": str(self.sip_port),
            "HALLOM_SIP_WS_PORT": str(self.ws_port),
            "HALLOM_WEB_PORT": str(web),
            "HALLOM_LIVE_PORT": str(live),
            "HALLOM_RTP_PORTS": f"{FIRST_RTP_PORT}-{FIRST_RTP_PORT + RTP_PORTS - 1}",
            "HALLOM_MEDIA_WORKERS": str(self.workers),
            "DJANGO_SETTINGS_MODULE": "hallom.config.settings",
            "PYTHONPATH": str(ROOT),
            "PYTHONFAULTHANDLER": "1",
        }
        self.make_database()
        rooms = json.loads(self.command(*self._furnishing()))
        self.desks = iter(
            [
                Desk(room["queue"], room["number"], [Agent(**agent) for agent in room["agents"]])
                for room in rooms
            ]
        )
        self.start_processes()

    def start_processes(self) -> None:
        for number in range(self.workers):
            self.start(f"media-{number}", "media", "--worker", str(number))
        self.start("switch", "switch")
        self.start("relay", "relay")

    def close(self) -> None:
        for name in ("relay", "switch", *(f"media-{number}" for number in range(self.workers)), "postgres"):
            with contextlib.suppress(KeyError):
                self.stop(name)

    def _furnishing(self) -> list[str]:
        greeting = "silent" if self.is_silent else "greeting"
        return [str(Path(__file__).with_name("furnish.py")), str(self.rooms), str(self.agents_each), greeting]

    def make_database(self) -> None:
        tables.give(self.data)
        self.start_postgres()

    def command(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{arguments} failed:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def start(self, name: str, *arguments: str) -> Process:
        """Start a process of the product and wait until it says that it is ready."""
        said, says = os.pipe()
        environment = {**self.environment, "HALLOM_READY_FD": str(says), "HALLOM_PROCESS": name}
        folder = self.data / "log"
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / f"{name}.out", "ab") as output:
            popen = subprocess.Popen(
                [sys.executable, "-m", "hallom.config.cli", *arguments],
                env=environment,
                cwd=ROOT,
                pass_fds=(says,),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        os.close(says)
        with open(said, "rb") as pipe:
            os.set_blocking(said, False)
            try:
                line = until(
                    lambda: pipe.readline() or popen.poll() is not None,
                    seconds=READY_SECONDS,
                    what=f"{name} ready",
                )
            except NotInTime:
                # It writes down where each of its threads stands.
                popen.send_signal(signal.SIGABRT)
                line = b""
        if not isinstance(line, bytes) or not line.startswith(b"ready"):
            popen.wait(STOP_SECONDS)
            raise RuntimeError(f"{name} did not start ({popen.returncode}):\n{self.output(name)}")
        self.processes[name] = Process(
            popen, arguments, json.loads(line.removeprefix(b"ready").strip() or b"{}")
        )
        return self.processes[name]

    def start_postgres(self) -> None:
        folder = self.data / "postgres"
        binaries, who = postgres.find(os.environ.get("HALLOM_PG_BIN", "")), postgres.identity()
        postgres.prepare(folder, binaries, who)
        with open(self.data / "postgres.log", "ab") as log:
            popen = subprocess.Popen(
                postgres.command(folder, binaries, who),
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )
        self.processes["postgres"] = Process(popen, (), {})
        until(lambda: postgres.answers(folder), seconds=READY_SECONDS, what="postgres")

    def kill(self, name: str) -> float:
        """`kill -9`; returns when it was done."""
        process = self.processes[name].popen
        at = time.time()
        for child in psutil.Process(process.pid).children(recursive=True) if name != "postgres" else ():
            child.kill()
        process.kill()
        process.wait()
        return at

    def restart(self, name: str) -> None:
        arguments = self.processes[name].arguments
        if name == "postgres":
            until(lambda: postgres.running_pid(self.data / "postgres") is None, what="old postgres gone")
            self.start_postgres()
        else:
            self.start(name, *arguments)

    def stop(self, name: str) -> None:
        process = self.processes.pop(name).popen
        process.send_signal(signal.SIGINT if name == "postgres" else signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def pid(self, name: str) -> int:
        return self.processes[name].popen.pid

    def is_running(self, name: str) -> bool:
        return self.processes[name].popen.poll() is None

    def output(self, name: str) -> str:
        texts = [self.data / "log" / f"{name}{ending}" for ending in (".out", ".log")]
        return "\n".join(path.read_text(errors="replace")[-6000:] for path in texts if path.exists())

    @property
    def database(self) -> str:
        return postgres.conninfo(self.data / "postgres")

    def query(self, text: str, *values: Any) -> list[dict[str, Any]]:
        with psycopg.connect(self.database, autocommit=True, row_factory=dict_row) as connection:
            cursor = connection.execute(text, values)
            return cursor.fetchall() if cursor.description else []

    def order(self, agent: Agent, verb: str, /, **args: Any) -> dict[str, Any]:
        """Give an order as the desk would, and wait for the answer."""
        with psycopg.connect(self.database, autocommit=True, row_factory=dict_row) as connection:
            made = (
                connection.execute(
                    "INSERT INTO switch_order (agent, verb, args) VALUES (%s, %s, %s) RETURNING id",
                    (agent.id, verb, json.dumps(args)),
                ).fetchone()
                or {}
            )
            connection.execute("NOTIFY switch_orders")

            def answer() -> dict[str, Any] | None:
                return connection.execute(
                    "SELECT ok, error FROM switch_order WHERE id = %s AND done_at IS NOT NULL", (made["id"],)
                ).fetchone()

            return until(answer, seconds=5, what=f"answer to {verb}")

    def reconfigure(self) -> None:
        """Returns when the switch goes by what was committed before."""
        asked = self.query("SELECT extract(epoch FROM clock_timestamp())::float8 AS at")[0]["at"]
        self.query("NOTIFY switch_config")

        def is_loaded() -> bool:
            loaded = status.setup_in(self.data)
            return loaded is not None and loaded.as_of >= asked

        # One that has just started loads twice, a second of CPU each.
        until(is_loaded, seconds=READY_SECONDS, what="the switch's new set-up")

    def press(self, agent: Agent, verb: str, digits: str, /, **args: Any) -> dict[str, Any]:
        """An order that brings keys, sealed as the desk does it."""
        key = key_file.bytes_of(self.data / "secret" / "phone-key", bytes)
        return self.order(agent, verb, sealed=sealed_keys.seal(key, digits), **args)

    def done_at(self, agent: Agent) -> float:
        """When the switch had carried out the newest order of somebody: the asking took a while longer."""
        rows = self.query(
            "SELECT extract(epoch FROM done_at)::float8 AS at FROM switch_order"
            " WHERE agent = %s AND done_at IS NOT NULL ORDER BY id DESC LIMIT 1",
            agent.id,
        )
        return float(rows[0]["at"])

    def entries(self, call: str) -> list[dict[str, Any]]:
        return self.query("SELECT * FROM switch_journal WHERE call = %s ORDER BY id", call)

    def calls_to(self, number: str) -> list[str]:
        """Ids of all calls to a number, oldest first."""
        rows = self.query(
            "SELECT call FROM switch_journal WHERE kind = 'call.arrived' AND data->>'dialled' = %s ORDER BY id",
            number,
        )
        return [row["call"] for row in rows]

    def kinds(self, call: str) -> list[str]:
        return [row["kind"] for row in self.entries(call)]

    def entry(self, call: str, kind: str, *, seconds: float = 10.0) -> dict[str, Any]:
        """The first entry of a kind, waited for."""

        def found() -> dict[str, Any] | None:
            return next((row for row in self.entries(call) if row["kind"] == kind), None)

        return until(found, seconds=seconds, what=f"{kind} in the journal")

    def agent_state(self, agent: Agent) -> dict[str, Any]:
        rows = self.query(
            "SELECT data FROM switch_journal WHERE agent = %s AND kind = 'agent.changed' ORDER BY id DESC LIMIT 1",
            agent.id,
        )
        return rows[0]["data"] if rows else {}

    def record(self, call: str, *, seconds: float = 10.0) -> dict[str, Any]:
        """The finished call record."""

        def ended() -> dict[str, Any] | None:
            rows = self.query("SELECT * FROM calls_call WHERE id = %s AND ended_at IS NOT NULL", call)
            return rows[0] if rows else None

        return until(ended, seconds=seconds, what="the call record")


def free_ports(count: int) -> list[int]:
    """Ports that are free for UDP and TCP, outside the range the kernel hands out by itself."""
    found: list[int] = []
    for port in _own_ports():
        with (
            contextlib.suppress(OSError),
            socket.socket() as tcp,
            socket.socket(type=socket.SOCK_DGRAM) as udp,
        ):
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
            found.append(port)
            if len(found) == count:
                return found
    raise RuntimeError("no free ports")


def stretch() -> int:
    """Which of the runs of tests that share this machine this one is, from 0."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return int(os.environ.get("HALLOM_TEST_STRETCH", worker)) % STRETCHES


def _own_ports() -> range:
    """Tests that run beside each other find none that the other has found but not yet taken."""
    first = FIRST_PORT + stretch() * STRETCH
    return range(first + os.getpid() % (STRETCH - MOST_PORTS), first + STRETCH)
