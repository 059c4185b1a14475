"""Mailers in processes of their own, on the database of the test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.mail.dovecot import until

ROOT = Path(__file__).resolve().parents[2]


class Nursery:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.children: set[int] = set()

    def mailer(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write("mailer\n")
        self._process.stdin.flush()
        child = int(self.line())
        self.children.add(child)
        return child

    def kill(self, child: int, how: signal.Signals = signal.SIGKILL) -> None:
        """Nobody waits for the child: a dead one stays as a zombie, with nothing open any more."""
        os.kill(child, how)
        self.children.discard(child)
        until(lambda: _is_zombie(child), what="the mailer is gone")

    def line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@contextmanager
def nursery(port: int = 0) -> Iterator[Nursery]:
    given = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    conninfo = " ".join(f"{name}='{given[name]}'" for name in names if given.get(name))
    environment = {**os.environ, "DATABASE_URL": conninfo, "HALLOM_DATA": str(settings.HALLOM_DATA)}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.mail.mailer_process", str(port)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        young = Nursery(process)
        try:
            assert young.line() == "ready"
            yield young
        finally:
            # Of a test that failed, too.
            for child in young.children:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            process.kill()


def _is_zombie(child: int) -> bool:
    try:
        return Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
