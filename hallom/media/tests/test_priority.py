"""A worker goes before all other work where it may, with all its threads, and works all the same where it may not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hallom.media.aio import worker as media_worker
from hallom.media.tests.running import Worker

TRY = "import os; os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))"


def is_allowed() -> bool:
    return subprocess.run([sys.executable, "-c", TRY], capture_output=True, check=False).returncode == 0


def policies(process: int) -> list[int]:
    """By thread; the first is the mixer."""
    threads = sorted(int(folder.name) for folder in Path(f"/proc/{process}/task").iterdir())
    return [os.sched_getscheduler(thread) for thread in threads]


@pytest.mark.telephony
async def test_the_threads_that_mix_and_that_write_recordings_are_of_real_time(worker: Worker) -> None:
    if not is_allowed():
        pytest.skip("this user may not have real time")
    found = policies(worker.process.pid)
    assert found[0] == os.SCHED_RR
    # The others that are not were made by numpy as it was loaded, and rest.
    assert found.count(os.SCHED_RR) >= 2


def test_who_may_not_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def refuse(_: int, policy: int, __: os.sched_param) -> None:
        asked.append(policy)
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    media_worker.go_first()
    assert asked == [os.SCHED_RR]
