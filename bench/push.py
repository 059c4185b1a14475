"""How long a change takes from NOTIFY to 300 browsers; the server is a process of its own, as in life."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import psycopg
from websockets.asyncio.client import ClientConnection, connect

CLIENTS = 300
EVENTS = 60
EVERY_SECONDS = 0.1
WARM_UP = 5
PAGES = "http://127.0.0.1:8000"


def run() -> list[dict[str, Any]]:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hallom.config.settings")
    django.setup()
    from django.conf import settings

    from hallom.config import postgres
    from hallom.ui.live.listener import parameters

    if settings.HALLOM_OWN_POSTGRES:
        postgres.ensure_running(settings.HALLOM_DATA / "postgres")
    return asyncio.run(_measure({**parameters(), "dbname": "postgres"}))


async def _measure(connection: dict[str, Any]) -> list[dict[str, Any]]:
    how = f"{CLIENTS} WebSockets on one topic, {EVENTS} NOTIFYs {EVERY_SECONDS * 1000:.0f} ms apart, server in its own process"
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.push",
        json.dumps(connection, default=str),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert server.stdout is not None
        port = int(await server.stdout.readline())
        before = _cpu(server.pid)
        latencies = await _latencies(port, connection)
        cpu = (_cpu(server.pid) - before) / (len(latencies) or 1)
    finally:
        server.terminate()
        await server.wait()
    complete = len(latencies) / (CLIENTS * (EVENTS - WARM_UP))
    cuts = statistics.quantiles(latencies, n=100)
    return [
        {"name": "push latency p50", "value": cuts[49] * 1000, "unit": "ms", "target": 30, "how": how},
        {"name": "push latency p99", "value": cuts[98] * 1000, "unit": "ms", "target": 60, "how": how},
        {
            "name": "push messages merged",
            "value": (1 - complete) * 100,
            "unit": "%",
            "target": None,
            "how": how,
        },
        {
            "name": "push server CPU",
            "value": cpu * 1e6,
            "unit": "µs",
            "target": None,
            "how": "a message and client",
        },
    ]


def _cpu(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


async def _latencies(port: int, connection: dict[str, Any]) -> list[float]:
    sent: dict[int, float] = {}
    found: list[float] = []
    async with AsyncExitStack() as stack:
        readers = []
        for _ in range(CLIENTS):
            address = f"ws://127.0.0.1:{port}/live/"
            headers = {"Cookie": "sessionid=bench"}
            socket = await stack.enter_async_context(
                connect(address, origin=PAGES, additional_headers=headers, compression=None)  # type: ignore[arg-type]
            )
            await socket.send('{"watch":["queues"],"since":null}')
            await socket.recv()
            readers.append(asyncio.create_task(_read(socket, sent, found)))
        async with await psycopg.AsyncConnection.connect(**connection, autocommit=True) as notifier:
            for number in range(1, EVENTS + 1):
                sent[number] = time.monotonic()
                payload = json.dumps({"id": number, "topics": ["queues", "wallboard"]})
                await notifier.execute("SELECT pg_notify('push', %s)", (payload,))
                await asyncio.sleep(EVERY_SECONDS)
        await asyncio.sleep(1)
        for reader in readers:
            reader.cancel()
    return found


async def _read(socket: ClientConnection, sent: dict[int, float], found: list[float]) -> None:
    async for text in socket:
        now = time.monotonic()
        message = json.loads(text)
        if message["topics"] and message["id"] > WARM_UP:
            found.append(now - sent[message["id"]])


@dataclass(frozen=True)
class _Anybody:
    pk: int = 1


def _serve(connection: dict[str, Any]) -> None:
    import django
    import uvicorn

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hallom.config.settings")
    django.setup()
    from hallom.ui.live.process import configuration
    from hallom.ui.live.server import LiveServer, LiveSettings
    from hallom.ui.live.sessions import SignedIn

    tomorrow = datetime.now(UTC) + timedelta(days=2)
    server = LiveServer(
        LiveSettings(
            connection=connection,
            web_port=8000,
            trusted_origins=(),
            allowed=lambda user, topic: True,
            signed_in=lambda key: SignedIn(_Anybody(), key, tomorrow),
            still_there=frozenset,
            most_per_user=CLIENTS + 1,
        )
    )
    runner = uvicorn.Server(configuration(server, "127.0.0.1", 0))
    with asyncio.Runner(loop_factory=runner.config.get_loop_factory()) as loop:
        loop.run(_serve_until_stopped(server, runner))


async def _serve_until_stopped(server: Any, runner: Any) -> None:
    serving = asyncio.create_task(runner.serve())
    await server.listener.ready.wait()
    while not runner.started:
        await asyncio.sleep(0.01)
    print(runner.servers[0].sockets[0].getsockname()[1], flush=True)
    await serving


if __name__ == "__main__":
    _serve(json.loads(sys.argv[1]))
