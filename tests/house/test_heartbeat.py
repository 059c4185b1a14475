"""Whether a process still turns is told by itself; one that stands still is shown, and started anew."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from hallom import pulse
from hallom.config import heartbeat, status
from hallom.config.heartbeat import (
    BUSY_CPU_SECONDS,
    BUSY_SECONDS,
    HUNG_SECONDS,
    LATE_SECONDS,
    LOOK_SECONDS,
    STILL_SECONDS,
    Heartbeat,
)
from hallom.config.supervisor import Supervisor
from tests.house.programs import BEATS, SLEEPS, program


def beating(*loops: str) -> Heartbeat:
    heard = Heartbeat()
    for loop in loops:
        heard.hear(loop, 0.0)
    return heard


def test_one_silent_loop_makes_a_process_hung() -> None:
    heard = beating("journal", "timeline")
    heard.hear("journal", 100.0)
    assert heard.silence(100.0) == 100.0
    assert heard.is_hung(100.0)
    heard.hear("timeline", 100.0)
    assert not heard.is_hung(100.0)


def test_of_who_never_beats_nothing_is_expected() -> None:
    assert not Heartbeat().is_hung(1e9)
    assert not Heartbeat().is_lost(1e9, 0.0)


def test_a_beat_left_out_is_no_hang() -> None:
    assert not beating("").is_hung(HUNG_SECONDS)
    assert beating("").is_hung(HUNG_SECONDS + 0.1)
    assert HUNG_SECONDS > 5 * pulse.BEAT_SECONDS


def test_who_stands_still_is_lost_sooner_than_who_works() -> None:
    still, busy = beating(""), beating("")
    for now in (0.0, HUNG_SECONDS):
        assert not still.is_lost(now, 1.0)
        assert not busy.is_lost(now, 1.0)
    assert not still.is_lost(STILL_SECONDS, 1.0)
    assert still.is_lost(STILL_SECONDS + 1, 1.0)
    much = 1.0 + BUSY_CPU_SECONDS + 0.1
    assert not busy.is_lost(BUSY_SECONDS, much)
    assert busy.is_lost(BUSY_SECONDS + 1, much)


def test_a_machine_that_slept_accuses_nobody() -> None:
    heard = beating("")
    heard.look(0.0)
    heard.look(LOOK_SECONDS + LATE_SECONDS)
    assert heard.silence(LOOK_SECONDS + LATE_SECONDS) > 0
    heard.look(3600.0)
    assert heard.silence(3600.0) == 0


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Supervisor]:
    house = Supervisor(tmp_path)
    yield house
    await house.stop()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(heartbeat, "HUNG_SECONDS", 3.0)


def told(house: Supervisor) -> status.ProcessStatus:
    now = status.read(house.data)
    assert now is not None
    return now.processes[0]


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(40):
        while not happened():
            await asyncio.sleep(0.02)


async def test_a_stopped_process_is_hung_until_it_goes_on(house: Supervisor, impatient: None) -> None:
    house.start(program("relay", BEATS))
    house.complete = True
    await house.wait_ready("relay", seconds=20)
    await until(lambda: told(house).ready)
    os.kill(told(house).pid or 0, signal.SIGSTOP)
    await until(lambda: told(house).hung_since is not None)
    now = status.read(house.data)
    assert now is not None
    assert not now.ready
    assert "relay has been hung since 20" in now.as_table(0.0)
    assert now.as_dict()["processes"][0]["hung_since"] == told(house).hung_since
    os.kill(told(house).pid or 0, signal.SIGCONT)
    await until(lambda: told(house).ready)
    assert (told(house).hung_since, told(house).restarts) == (None, 0)


async def test_who_stands_still_for_long_is_started_anew(
    house: Supervisor, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "STILL_SECONDS", 4.0)
    house.start(program("switch", BEATS))
    await house.wait_ready("switch", seconds=20)
    before = told(house).pid
    os.kill(before or 0, signal.SIGSTOP)
    await until(lambda: told(house).restarts == 1 and told(house).ready)
    assert told(house).pid != before


async def test_a_program_that_says_nothing_is_asked(
    house: Supervisor, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hallom.config.child.ASK_SECONDS", 0.05)
    monkeypatch.setattr(heartbeat, "STILL_SECONDS", 0.0)
    is_there = True

    async def answers() -> bool:
        return is_there

    house.start(program("postgres", SLEEPS), answers=answers)
    await house.wait_ready("postgres", seconds=20)
    is_there = False
    await until(lambda: told(house).hung_since is not None)
    # Never ended for it: its disk may be slow.
    is_there = True
    await until(lambda: told(house).ready)
    assert told(house).restarts == 0
