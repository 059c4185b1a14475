import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from hallom.storage import aftercare, blobs, scan
from hallom.storage.models import Blob, Scan
from hallom.storage.scan import ScannerAway, ask
from hallom.storage.tasks import scan_blob, scan_rest

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
LIMIT = 500_000


class Clamd:
    """Speaks clamd's INSTREAM: finds EICAR, refuses what is longer than LIMIT."""

    def __init__(self, listening: socket.socket) -> None:
        self.listening = listening
        self.received: list[bytes] = []
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        while True:
            try:
                connection, _peer = self.listening.accept()
            except OSError:
                return
            with closing(connection):
                connection.sendall(self.answer(connection.makefile("rb")))  # type: ignore[arg-type]

    def answer(self, stream: BytesIO) -> bytes:
        if stream.read(10) != b"zINSTREAM\0":
            return b"UNKNOWN COMMAND\0"
        data = b""
        while length := struct.unpack(">I", stream.read(4))[0]:
            data += stream.read(length)
            if len(data) > LIMIT:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.received.append(data)
        return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0"


@pytest.fixture
def clamd() -> Iterator[tuple[Clamd, str]]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield Clamd(listening), f"127.0.0.1:{listening.getsockname()[1]}"


def test_a_scanner_says_what_it_found(clamd: tuple[Clamd, str]) -> None:
    server, address = clamd
    big = b"x" * 200_000
    assert ask(BytesIO(big), address) == Scan.CLEAN
    assert ask(BytesIO(b"mail " + EICAR), address) == Scan.INFECTED
    assert ask(BytesIO(b""), address) == Scan.CLEAN
    assert server.received == [big, b"mail " + EICAR, b""]


def test_a_socket_of_the_file_system(tmp_path: Path) -> None:
    path = tmp_path / "clamd.ctl"
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(str(path))
        listening.listen()
        Clamd(listening)
        assert ask(BytesIO(EICAR), str(path)) == Scan.INFECTED


def test_no_verdict_is_not_a_clean_one(clamd: tuple[Clamd, str], tmp_path: Path) -> None:
    with pytest.raises(ScannerAway):
        ask(BytesIO(b"x" * (LIMIT + 200_000)), clamd[1])
    for nowhere in ("127.0.0.1:1", str(tmp_path / "none.ctl"), "nonsense"):
        with pytest.raises(ScannerAway):
            ask(BytesIO(b"x"), nowhere)
    with closing(socket.create_server(("127.0.0.1", 0))) as silent, pytest.raises(ScannerAway):
        ask(BytesIO(b"x"), f"127.0.0.1:{silent.getsockname()[1]}", seconds=0.2)


@pytest.mark.django_db
def test_the_verdict_stays_with_the_file(clamd: tuple[Clamd, str], now: datetime, settings: Any) -> None:
    settings.HALLOM_CLAMD = clamd[1]
    bad, good = blobs.keep(EICAR, now=now), blobs.keep(b"good", now=now)
    scan_blob(blob=bad.pk)
    scan_rest(timestamp=0)
    assert {one.pk: one.scan for one in Blob.objects.all()} == {bad.pk: Scan.INFECTED, good.pk: Scan.CLEAN}


@pytest.mark.django_db
def test_what_is_ordered_for_a_file(now: datetime, settings: Any) -> None:
    blob = blobs.keep(b"picture", now=now)
    aftercare.look_after(blob, "image/PNG")
    aftercare.look_after(blob, "text/plain")
    assert [job.task_name for job in ProcrastinateJob.objects.all()] == ["storage.preview"]
    settings.HALLOM_CLAMD = "localhost:3310"
    aftercare.look_after(blob, "text/plain")
    assert [job.task_name for job in ProcrastinateJob.objects.order_by("id")] == [
        "storage.preview",
        "storage.scan",
    ]
    assert scan.is_on()
