"""Who looks after everybody else is itself looked after by systemd."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hallom.config.watchdog import TOLD_WITHIN, Watchdog

SECONDS = 0.15


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The end of the socket at which systemd listens."""
    address = str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", str(int(SECONDS * 1_000_000)))
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)
        listening.settimeout(10)
        yield listening


def test_signs_of_life_come_well_within_the_time(systemd: socket.socket) -> None:
    watchdog = Watchdog.taken()
    assert watchdog == Watchdog(systemd.getsockname(), SECONDS)
    heard: list[float] = []

    def listen() -> None:
        for _ in range(4):
            assert systemd.recv(64) == b"WATCHDOG=1"
            heard.append(time.monotonic())

    async def live() -> None:
        telling = asyncio.create_task(watchdog.keep_telling())
        await asyncio.to_thread(listen)
        telling.cancel()

    asyncio.run(live())
    assert heard[3] - heard[0] >= 3 * SECONDS / TOLD_WITHIN * 0.9


def test_a_loop_that_stands_still_gives_none(systemd: socket.socket) -> None:
    watchdog = Watchdog.taken()
    assert watchdog is not None
    stands, goes_on = threading.Event(), threading.Event()

    async def hang() -> None:
        telling = asyncio.create_task(watchdog.keep_telling())
        while not telling.done() and not stands.is_set():
            await asyncio.sleep(0)
            stands.set()
        goes_on.wait()
        telling.cancel()

    loop = threading.Thread(target=lambda: asyncio.run(hang()))
    loop.start()
    assert systemd.recv(64) == b"WATCHDOG=1"
    stands.wait()
    systemd.settimeout(SECONDS)
    try:
        with pytest.raises(TimeoutError):
            systemd.recv(64)
    finally:
        goes_on.set()
        loop.join()


def test_it_is_for_this_process_alone(systemd: socket.socket) -> None:
    assert Watchdog.taken() is not None
    assert not {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} & set(os.environ)


def test_nobody_asks(systemd: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("WATCHDOG_PID", "1"), ("WATCHDOG_USEC", "0"), ("WATCHDOG_USEC", "soon")):
        with monkeypatch.context() as once:
            once.setenv(name, value)
            assert Watchdog.taken() is None
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert Watchdog.taken() is None


def test_a_systemd_that_does_not_listen_does_no_harm(tmp_path: Path) -> None:
    async def live() -> None:
        telling = asyncio.create_task(Watchdog(str(tmp_path / "nobody"), SECONDS).keep_telling())
        done, _ = await asyncio.wait({telling}, timeout=SECONDS)
        assert not done
        telling.cancel()

    asyncio.run(live())
