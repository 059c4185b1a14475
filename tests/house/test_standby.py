"""A substitute that has loaded everything takes over from a process that dies, and is no burden otherwise."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from hallom.config import child, status
from hallom.config.supervisor import Supervisor
from tests.house.programs import SLEEPS, program
from tests.telephony.house import ROOT

# As slow to load as a real one, and as quick to go on; it says in a file that it has loaded.
LOADS_SECONDS = 1.0
LOADS = (
    f"import os, sys, time; sys.path.insert(0, {str(ROOT)!r}); from hallom.config import standby; "
    "time.sleep({seconds}); "
    "open({folder!r} + '/' + str(os.getpid()), 'w').close(); standby.is_our_turn(None) or os._exit(3); "
)


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Supervisor]:
    monkeypatch.setattr(child, "STANDBY_SECONDS", 0.0)
    (tmp_path / "loaded").mkdir()
    house = Supervisor(tmp_path)
    yield house
    await house.stop()


def slow(house: Supervisor, *, fails: bool = False) -> None:
    script = LOADS.format(seconds=LOADS_SECONDS, folder=str(house.data / "loaded"))
    if fails:
        script = "import os; 'HALLOM_STANDBY_FD' in os.environ and os._exit(4); " + script
    house.start(program("switch", script + SLEEPS, has_standby=True))


def pid(house: Supervisor) -> int:
    told = status.read(house.data)
    assert told is not None
    return next(one.pid for one in told.processes if one.name == "switch") or 0


async def loaded(house: Supervisor) -> set[int]:
    """Processes that have loaded, once there are two."""
    async with asyncio.timeout(20):
        while len(found := {int(one.name) for one in (house.data / "loaded").iterdir()}) < 2:
            await asyncio.sleep(0.01)
    return found


async def die_and_come_back(house: Supervisor) -> tuple[int, float]:
    """Who came, and after how long."""
    before, began = pid(house), time.monotonic()
    os.kill(before, signal.SIGKILL)
    async with asyncio.timeout(20):
        while pid(house) in (before, 0) or not house.children["switch"].ready.is_set():
            await asyncio.sleep(0.01)
    return pid(house), time.monotonic() - began


async def test_the_substitute_goes_on_without_loading_anything(house: Supervisor) -> None:
    slow(house)
    await house.wait_ready("switch", seconds=20)
    first = pid(house)
    (substitute,) = await loaded(house) - {first}
    after, seconds = await die_and_come_back(house)
    assert after == substitute
    assert seconds < LOADS_SECONDS
    assert house.children["switch"].restarts == 1


async def test_each_has_a_substitute_of_its_own(house: Supervisor) -> None:
    slow(house)
    await house.wait_ready("switch", seconds=20)
    for _ in range(2):
        (substitute,) = await loaded(house) - {pid(house)}
        for one in (house.data / "loaded").iterdir():
            one.unlink()
        after, _ = await die_and_come_back(house)
        assert after == substitute
        (house.data / "loaded" / str(pid(house))).touch()


async def test_without_a_substitute_it_is_started_as_ever(house: Supervisor) -> None:
    slow(house, fails=True)
    await house.wait_ready("switch", seconds=20)
    before = pid(house)
    after, _ = await die_and_come_back(house)
    assert after not in (before, 0)


async def test_a_substitute_ends_with_the_house(house: Supervisor) -> None:
    slow(house)
    await house.wait_ready("switch", seconds=20)
    both = await loaded(house)
    await house.stop()
    assert not [one for one in both if psutil.pid_exists(one)]
