"""What a call through the queue costs the switch process: SIP, ACD and journal, against the real processes."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.telephony import sipp
from tests.telephony.answering_phones import AnsweringPhones
from tests.telephony.house import House, until
from tests.telephony.sipp import Load

AGENTS = 120
CALLS_PER_SECOND = 50.0
CALLS = 600
TALK_SECONDS = 1.0
CONCURRENT = 100
CONCURRENT_SECONDS = 12.0
TARGET_MS = 1.5
TARGET_KIB = 30.0

Figure = dict[str, object]


def run() -> list[Figure]:
    program = shutil.which("sipp")
    if program is None:
        raise RuntimeError("sipp is missing: `apt install sip-tester`")
    with _house() as house:
        desk = next(house.desks)
        with AnsweringPhones(house.sip_port, desk.agents):
            for agent in desk.agents:
                house.order(agent, "sign_in")
                house.order(agent, "set_state", state="available", reason="")
            warm = Load(desk.number, 40, CALLS_PER_SECOND, 0.5)
            sipp.finish(sipp.start(program, house.sip_port, warm), warm)
            return [_cpu(house, desk.number, program), _memory(house, desk.number, program)]


def _cpu(house: House, number: str, program: str) -> Figure:
    load = Load(number, CALLS, CALLS_PER_SECOND, TALK_SECONDS)
    before, entries = _spent(house), _entries(house)
    done = sipp.finish(sipp.start(program, house.sip_port, load), load)
    _wait_for_silence(house)
    spent = _spent(house) - before
    per_call = (_entries(house) - entries) / done
    return {
        "name": "switch: CPU per queued call",
        "value": round(1000 * spent / done, 2),
        "unit": "ms",
        "target": TARGET_MS,
        "how": f"user + sys of the switch process, {done} recorded calls at {CALLS_PER_SECOND:g}/s through queue and agent "
        f"(SIPp in, {AGENTS} desk phones), {per_call:.1f} journal entries each",
    }


def _memory(house: House, number: str, program: str) -> Figure:
    before = _resident(house)
    load = Load(number, CONCURRENT, CALLS_PER_SECOND, CONCURRENT_SECONDS)
    running = sipp.start(program, house.sip_port, load)
    until(lambda: _talking(house) >= CONCURRENT, seconds=60, what=f"{CONCURRENT} conversations")
    during = _resident(house)
    sipp.finish(running, load)
    return {
        "name": "switch: memory per conversation",
        "value": round((during - before) / CONCURRENT / 1024, 1),
        "unit": "KiB",
        "target": TARGET_KIB,
        "how": f"growth of the unique set size with {CONCURRENT} conversations of two legs each",
    }


@contextmanager
def _house() -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="hallom-bench-"))
    house = House(folder, workers=2, rooms=1, agents_each=AGENTS, is_silent=True)
    try:
        house.open()
        yield house
    finally:
        house.close()
        shutil.rmtree(folder, ignore_errors=True)


def _spent(house: House) -> float:
    times = psutil.Process(house.pid("switch")).cpu_times()
    return float(times.user + times.system)


def _resident(house: House) -> int:
    return int(psutil.Process(house.pid("switch")).memory_full_info().uss)


def _entries(house: House) -> int:
    return int(house.query("SELECT count(*) AS entries FROM switch_journal")[0]["entries"])


def _talking(house: House) -> int:
    rows = house.query(
        "SELECT count(*) FILTER (WHERE kind = 'call.bridged') - count(*) FILTER (WHERE kind = 'call.ended') AS talking "
        "FROM switch_journal"
    )
    return int(rows[0]["talking"])


def _wait_for_silence(house: House) -> None:
    """Until every call has its last entry; the repetitions that SIP waits for cost nothing worth measuring."""
    until(lambda: _talking(house) <= 0, seconds=30, what="the last call's end")
    time.sleep(1.0)
