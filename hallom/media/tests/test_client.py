"""The client of a worker that dies: one line in the log, everyone who waits is told."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from hallom.media.aio.client import DISCONNECTED, MediaClient, MediaError


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
