"""The client of a worker that dies: one line in the log, everyone who waits is told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from hallom.media.aio.client import ALIVE, DISCONNECTED, SILENT_LOOKS, MediaClient, MediaError
from hallom.media.tests.running import Worker, until


async def refuse_to_read(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Closed with a request unread, a unix socket is reset, as by `kill -9`."""
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    await asyncio.sleep(0.05)
    writer.transport.abort()


async def talk_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    writer.write(b"nonsense\n")
    with contextlib.suppress(OSError):
        await reader.read()
    writer.close()


@pytest.mark.parametrize(
    ("worker", "error"), [(refuse_to_read, "ConnectionResetError"), (talk_nonsense, "JSONDecodeError")]
)
async def test_a_broken_connection_is_one_line(tmp_path: Path, worker, error: str) -> None:
    path = tmp_path / "media-0.sock"
    async with await asyncio.start_unix_server(worker, path) as server:
        client = MediaClient(path)
        with capture_logs() as lines:
            await client.connect(5)
            with pytest.raises(MediaError):
                await client.call("ping")
            async with asyncio.timeout(5):
                async for event in client:
                    if event["event"] == DISCONNECTED:
                        server.close()
                        break
        await client.close()
    assert [(line["event"], line["socket"]) for line in lines] == [
        ("media.connection_broken", "media-0.sock")
    ]
    assert lines[0]["error"].startswith(error)
    assert "exc_info" not in lines[0]


async def test_a_worker_that_stands_still_is_lost_and_found_again(worker: Worker) -> None:
    with capture_logs() as lines:
        os.kill(worker.process.pid, signal.SIGSTOP)
        try:
            await until(lambda: worker.of_kind(DISCONNECTED))
        finally:
            os.kill(worker.process.pid, signal.SIGCONT)
    assert "it says nothing" in lines[0]["error"]
    await until(lambda: worker.client.is_connected)
    assert (await worker.client.call("ping"))["legs"] == 0


async def test_a_worker_that_has_nothing_to_say_is_asked(tmp_path: Path) -> None:
    asked: list[bytes] = []
    enough = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            asked.append(line)
            writer.write(b'{"id":0,"ok":true}\n')
            if len(asked) > SILENT_LOOKS:
                enough.set()
        writer.close()

    path = tmp_path / "media-0.sock"
    async with await asyncio.start_unix_server(answer, path) as server, asyncio.timeout(20):
        client = MediaClient(path)
        await client.connect()
        await enough.wait()
        assert client.is_connected
        assert client._events.qsize() == 1
        await client.close()
        server.close()
    assert set(asked) == {ALIVE}
