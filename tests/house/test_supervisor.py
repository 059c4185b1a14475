import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from hallom.config import child, status
from hallom.config.child import LONGEST_PAUSE_SECONDS, pause_seconds
from hallom.config.supervisor import AlreadyRunning, NotReady, Supervisor
from hallom.switch.aio import setup_news
from tests.house.programs import DIES, SLEEPS, program


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Supervisor]:
    house = Supervisor(tmp_path)
    yield house
    await house.stop()


def process_of(house: Supervisor, name: str) -> status.ProcessStatus:
    told = status.read(house.data)
    assert told is not None
    return next(process for process in told.processes if process.name == name)


async def test_a_killed_process_is_started_again_alone(house: Supervisor) -> None:
    for name in ("switch", "media-0"):
        house.start(program(name))
    await house.wait_ready("switch", "media-0", seconds=20)
    switch, media = process_of(house, "switch"), process_of(house, "media-0")
    assert switch.pid is not None

    os.kill(switch.pid, signal.SIGKILL)
    while process_of(house, "switch").restarts == 0:
        await asyncio.sleep(0.01)
    await house.wait_ready("switch", seconds=20)

    again = process_of(house, "switch")
    assert again.pid != switch.pid
    assert (again.restarts, again.ready) == (1, True)
    assert process_of(house, "media-0") == media


def test_the_pause_before_a_restart_doubles_up_to_a_limit() -> None:
    assert [pause_seconds(failures) for failures in range(4)] == [0.1, 0.2, 0.4, 0.8]
    assert pause_seconds(99) == LONGEST_PAUSE_SECONDS


async def test_what_dies_again_and_again_is_started_after_ever_longer_pauses(house: Supervisor) -> None:
    began = time.monotonic()
    house.start(program("live", DIES))
    while process_of(house, "live").restarts < 5:
        await asyncio.sleep(0.01)
    assert time.monotonic() - began >= 0.1 + 0.2 + 0.4 + 0.8


@pytest.mark.parametrize(("recovered_seconds", "failures"), [(0.0, [0, 0, 0]), (600.0, [0, 1, 2])])
async def test_only_who_stayed_ready_for_a_while_has_recovered(
    house: Supervisor, monkeypatch: pytest.MonkeyPatch, recovered_seconds: float, failures: list[int]
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(child, "RECOVERED_SECONDS", recovered_seconds)
    monkeypatch.setattr(child, "pause_seconds", lambda number: asked.append(number) or 0.0)
    house.start(program("live"))
    for number in range(3):
        await house.wait_ready("live", seconds=20)
        os.kill(process_of(house, "live").pid or 0, signal.SIGKILL)
        while process_of(house, "live").restarts == number:
            await asyncio.sleep(0.01)
    assert asked == failures


async def test_what_dies_again_and_again_is_reported_with_its_output(house: Supervisor) -> None:
    house.start(program("live", DIES))
    with pytest.raises(NotReady) as caught:
        await house.wait_ready("live", seconds=30)
    assert "no such thing" in caught.value.child.output_file.read_text()


async def test_a_process_waits_for_those_it_comes_after(house: Supervisor) -> None:
    house.start(program("media-0", "import time; time.sleep(0.3); " + SLEEPS))
    house.start(program("switch", after=("media-0",)))
    assert process_of(house, "switch").pid is None
    await house.wait_ready("media-0", "switch", seconds=20)
    first, second = process_of(house, "media-0").since, process_of(house, "switch").since
    assert first is not None
    assert second is not None
    assert second >= first + 0.3


async def test_the_status_tells_the_port_the_process_named(house: Supervisor) -> None:
    house.start(program("web"))
    await house.wait_ready("web", seconds=20)
    assert process_of(house, "web").ports == {"port": 8123}


async def test_health_needs_every_process(house: Supervisor) -> None:
    house.start(program("web"))
    house.start(program("live", "import time; time.sleep(600)"))
    await house.wait_ready("web", seconds=20)
    told = status.read(house.data)
    assert told is not None
    assert not told.ready
    assert "live" in told.as_table(time.time())


async def test_the_status_tells_when_the_switch_has_loaded_its_set_up(house: Supervisor) -> None:
    house.start(program("web"))
    await house.wait_ready("web", seconds=20)
    before = status.read(house.data)
    assert before is not None
    assert "set-up" not in before.as_table(time.time())
    setup_news.write(house.data / "run", 1_790_000_000.25)
    told = status.read(house.data)
    assert told is not None
    assert told.as_dict()["setup"]["as_of"] == 1_790_000_000.25
    assert "set-up of the switch loaded at 20" in told.as_table(time.time())


async def test_a_second_supervisor_keeps_off_the_data_folder(house: Supervisor) -> None:
    with pytest.raises(AlreadyRunning):
        Supervisor(house.data)


async def test_stopping_ends_the_database_after_those_who_use_it(tmp_path: Path) -> None:
    house = Supervisor(tmp_path)
    log = tmp_path / "order"
    for name, order in (("postgres", 2), ("media-0", 1), ("switch", 0)):
        script = (
            "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: "
            f"(open({str(log)!r}, 'a').write('{name} '), sys.exit())); " + SLEEPS
        )
        house.start(program(name, script, stop_order=order))
    await house.wait_ready("postgres", "media-0", "switch", seconds=20)
    await house.stop()
    assert log.read_text().split() == ["switch", "media-0", "postgres"]
    assert status.read(tmp_path) is None


def test_children_do_not_outlive_a_killed_supervisor(tmp_path: Path) -> None:
    script = f"""
import asyncio
from pathlib import Path
from hallom.config.supervisor import Supervisor
from tests.house.programs import program
async def main():
    house = Supervisor(Path({str(tmp_path)!r}))
    house.start(program("switch"))
    await house.wait_ready("switch", seconds=20)
    print("pid", house.children["switch"].status().pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""
    root = Path(__file__).parent.parent.parent
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=root) as supervisor:
        assert supervisor.stdout is not None
        try:
            told = next(line for line in supervisor.stdout if line.startswith(b"pid "))
            child = psutil.Process(int(told.split()[1]))
        finally:
            supervisor.kill()
    assert psutil.wait_procs([child], timeout=5)[0] == [child]
