import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from hallom.switch.aio import kept_file
from hallom.switch.aio.kept_file import SAVE_SECONDS, KeptFile


class Rows:
    """What is kept; a writer waits at `gate`."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.asked = 0
        self.at_once = self.most = 0
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self) -> list[Any]:
        self.asked += 1
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.gate.wait(10)
        self.at_once -= 1
        return list(self.rows)


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def test_the_first_change_is_kept_at_once_and_many_soon_after_make_one_write(tmp_path: Path) -> None:
    rows = Rows()
    kept = KeptFile(tmp_path / "rows.json", rows)
    loop = asyncio.get_running_loop()
    began = loop.time()
    rows.rows = [1]
    kept.changed()
    await until(lambda: kept.load() == [1])
    assert loop.time() - began < SAVE_SECONDS
    for number in range(50):
        rows.rows = [number]
        kept.changed()
    await until(lambda: kept.load() == [49])
    assert rows.asked == 2


async def test_a_slow_disk_has_one_writer_and_the_last_change_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_file, "SAVE_SECONDS", 0.0)
    rows = Rows()
    rows.gate.clear()
    kept = KeptFile(tmp_path / "rows.json", rows)
    kept.changed()
    await until(lambda: rows.asked == 1)
    rows.rows = [2]
    kept.changed()
    for _ in range(50):
        await asyncio.sleep(0)
    rows.gate.set()
    await until(lambda: kept.load() == [2])
    assert rows.most == 1
