"""The whole product as `hallom run` starts it, with the demo organisation, on free ports and a data folder of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Lock
from typing import Any, Self

import psutil
import psycopg
from psycopg.rows import dict_row

from hallom.config import postgres, status
from hallom.config.status import Status
from tests import beside, tables
from tests.telephony.house import ROOT, free_ports, stretch, until

START_SECONDS = 120.0
STOP_SECONDS = 30.0
FIRST_RTP_PORT = 34_000
RTP_PORTS = 1_000
# Loading Django takes longer than all else of a log-in: one process makes the links of all.
LINKS = (
    "import sys, django; django.setup()\n"
    "from django.db import connection\n"
    "from django.utils import timezone\n"
    "from hallom.staff import login_link\n"
    "from hallom.staff.models import User\n"
    "for name in sys.stdin:\n"
    "    print('link', login_link.make(User.objects.get(username=name.strip()), timezone.now()), flush=True)\n"
    "    connection.close()\n"
)
TRUNK = (
    "import django; django.setup()\n"
    "from django.db import connection\n"
    "from hallom.calls.models import Trunk\n"
    "Trunk.objects.get_or_create(name='outside', defaults={'kind': 'address', 'addresses': ['127.0.0.0/8']})\n"
    "connection.cursor().execute('NOTIFY switch_config')\n"
)


class Running:
    def __init__(self, data: Path) -> None:
        self.data = data
        self.sip_port, self.ws_port, self.web_port, self.live_port = free_ports(4)
        first_rtp_port = FIRST_RTP_PORT + stretch() * RTP_PORTS
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HALLOM_")},
            "HALLOM_DATA": str(data),
            "HALLOM_DEMO": "1",
            "HALLOM_SIP_PORT": str(self.sip_port),
            "HALLOM_SIP_WS_PORT": str(self.ws_port),
            "HALLOM_WEB_PORT": str(self.web_port),
            "HALLOM_LIVE_PORT": str(self.live_port),
            "HALLOM_RTP_PORTS": f"{first_rtp_port}-{first_rtp_port + RTP_PORTS - 1}",
            "HALLOM_MEDIA_WORKERS": "2",
            "DJANGO_SETTINGS_MODULE": "hallom.config.settings",
            "PYTHONPATH": str(ROOT),
        }
        self._process: subprocess.Popen[str] | None = None
        self._links: subprocess.Popen[str] | None = None
        self._one_link = Lock()
        self._killed: set[int] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def printed(self) -> str:
        return (self.data / "run.out").read_text(errors="replace")

    def open(self) -> Self:
        self.data.mkdir(parents=True, exist_ok=True)
        if not (self.data / "postgres").exists():
            # The start loads the demo organisation into them.
            tables.give(self.data)
        with open(self.data / "run.out", "w") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hallom.config.cli", "run"],
                env=self.environment,
                cwd=ROOT,
                stdout=output,
                stderr=output,
                text=True,
                start_new_session=True,
            )
        until(self._is_ready, seconds=START_SECONDS, what="hallom run")
        self.command("-c", TRUNK)
        return self

    def _is_ready(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"hallom run ended:\n{self.printed}")
        return "Ready after" in self.printed

    def close(self) -> None:
        if self._links is not None:
            self._links.communicate()
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_SECONDS)
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()

    def is_ready(self) -> bool:
        """Whoever was killed counts as ready until the supervisor has seen it: that one is not meant."""
        return all(one.ready and one.pid not in self._killed for one in self._told().processes)

    def pid(self, name: str) -> int:
        return next(one.pid for one in self._told().processes if one.name == name) or 0

    def _told(self) -> Status:
        now = status.read(self.data)
        assert now is not None, self.printed
        return now

    def kill(self, name: str) -> None:
        """`kill -9` of one process with its children."""
        process = psutil.Process(self.pid(name))
        self._killed.add(process.pid)
        for child in process.children(recursive=True) if name != "postgres" else ():
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        process.kill()

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

    def login_url(self, username: str) -> str:
        with self._one_link:
            return f"{self.url}/login/{self._link_of(username)}/"

    def _link_of(self, username: str) -> str:
        if self._links is None or self._links.poll() is not None:
            told = self.data / "links.out"
            self._links = beside.start("-c", LINKS, environment=self.environment, errors=told)
        asked, answers = self._links.stdin, self._links.stdout
        if asked is not None and answers is not None:
            print(username, file=asked, flush=True)
            for line in answers:
                if line.startswith("link "):
                    return line.removeprefix("link ").strip()
        raise RuntimeError(f"no link for {username}:\n{(self.data / 'links.out').read_text()[-3000:]}")

    def query(self, text: str, *values: Any) -> list[dict[str, Any]]:
        address = postgres.conninfo(self.data / "postgres")
        with psycopg.connect(address, autocommit=True, row_factory=dict_row) as connection:
            cursor = connection.execute(text, values)
            return cursor.fetchall() if cursor.description else []

    def newest_call(self, after: float) -> str:
        """Id of the first call that arrived after a moment."""

        def arrived() -> str | None:
            rows = self.query(
                "SELECT call FROM switch_journal WHERE kind = 'call.arrived' AND at >= to_timestamp(%s) ORDER BY id",
                after,
            )
            return rows[0]["call"] if rows else None

        call: str = until(arrived, what="the call to arrive")
        return call

    def entries(self, call: str) -> list[dict[str, Any]]:
        return self.query("SELECT * FROM switch_journal WHERE call = %s ORDER BY id", call)

    def entry(self, call: str, kind: str, *, seconds: float = 10.0) -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            return next((row for row in self.entries(call) if row["kind"] == kind), None)

        row: dict[str, Any] = until(found, seconds=seconds, what=f"{kind} in the journal")
        return row

    def logs(self) -> str:
        """The last lines of every process, for the report of a failed test."""
        logs = sorted((self.data / "log").glob("*.log"))
        texts = [f"== {path.name}\n{path.read_text(errors='replace')[-1500:]}" for path in logs]
        return "\n".join([f"== run.out\n{self.printed[-2000:]}", *texts])


def now() -> float:
    return time.time()
