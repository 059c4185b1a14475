"""What a media worker spends on recorded calls and on callers who hear music; telephones in a process of their own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from hallom.media.aio.client import MediaClient
from hallom.media.aio.prompts import ensure_tones
from hallom.media.aio.worker import socket_path

Figure = dict[str, Any]

SETTLE_SECONDS = 3.0
WARM_SECONDS = 1.0
WINDOWS = 5
WINDOW_SECONDS = 2.0
"""The best of a few short windows: what else runs on the machine can only make the figure worse."""
STARTS = 3
"""Of the worker, for a promised figure: one start scatters by a tenth, by where in the processor's caches things come to lie."""
FED_TOLERANCE = 0.05
LATE_MS = 10.0
"""Telephones that speak later than this within a window fill and empty the worker's buffers themselves, 40 ms deep."""
FIRST_PORT = 46000
WORKER = (
    "import sys; from pathlib import Path; from hallom.media.aio import worker; "
    "worker.main(0, Path(sys.argv[1]), '127.0.0.1', range({first}, {first} + 1000), int(sys.argv[2]))"
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """`kinds` are the legs of one call; one leg alone is a caller who hears music."""

    name: str
    calls: int
    kinds: tuple[str, ...]
    target: float | None = None

    @property
    def waits(self) -> bool:
        return len(self.kinds) == 1


FULL = 150
"""Calls of a full worker: how many of them one is given (architecture, "150 conversations a worker")."""
SCENARIOS = (
    Scenario("media: recorded call, two telephones", FULL, ("rtp", "rtp"), 0.20),
    Scenario("media: recorded call, telephone and browser", FULL, ("rtp", "webrtc"), 0.25),
    Scenario("media: waiting caller hears music", FULL, ("rtp",), 0.08),
    Scenario("media: recorded call, two telephones, a third full", FULL // 3, ("rtp", "rtp")),
    Scenario("media: recorded call, telephone and browser, a third full", FULL // 3, ("rtp", "webrtc")),
)


def run() -> list[Figure]:
    figures: list[Figure] = []
    for scenario in SCENARIOS:
        figures += _of_starts(scenario)
    return figures


def _of_starts(scenario: Scenario) -> list[Figure]:
    """Raises RuntimeError when the telephones spoke late at each start."""
    starts, late = [], []
    for _ in range(STARTS if scenario.target else 1):
        try:
            starts.append(asyncio.run(_measure(scenario)))
        except RuntimeError as error:
            late.append(error)
    if not starts:
        raise late[0]
    return [_middle(list(same)) for same in zip(*starts, strict=True)]


def _middle(starts: list[Figure]) -> Figure:
    """One figure of several starts of the worker: the median, but whatever was lost is lost."""
    if len(starts) == 1:
        return starts[0]
    if starts[0]["unit"] == "frames":
        how = "; ".join(start["how"] for start in starts)
        return starts[0] | {"value": sum(start["value"] for start in starts), "how": how}
    middle = sorted(starts, key=lambda start: start["value"])[len(starts) // 2]
    values = ", ".join(f"{start['value']:.3g}" for start in starts)
    return middle | {"how": f"median of {len(starts)} starts ({values}): {middle['how']}"}


@dataclass(frozen=True, slots=True)
class Window:
    """`percent` of a core for all calls; `fed`: share of the packets due that came, as a starved load would flatter the figure.

    `lost` tells frames by what became of them, `late_ms` how late the telephones spoke.
    """

    percent: float
    fed: float
    lost: dict[str, int]
    late_ms: float

    @property
    def is_steady(self) -> bool:
        """A starved or a bursting load would say nothing about the calls."""
        return abs(self.fed - 1) < FED_TOLERANCE and self.late_ms < LATE_MS


async def _measure(scenario: Scenario) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        ensure_tones(data / "sounds")
        async with _worker(data) as (process, client):
            await _warm_up(scenario, client)
            before = process.memory_info().rss
            async with _telephones(scenario, client) as load:
                await asyncio.sleep(SETTLE_SECONDS)
                memory = (process.memory_info().rss - before) / scenario.calls / 1024
                windows = [await _window(client, load, scenario) for _ in range(WINDOWS)]
                ping = await client.call("ping")
                await _ask(load, "stop")
    return _figures(scenario, windows, memory, ping["late_ticks"])


def _figures(scenario: Scenario, windows: list[Window], memory: float, late_ticks: int) -> list[Figure]:
    """Raises RuntimeError when the telephones never spoke in time: then nothing was measured."""
    steady = [window for window in windows if window.is_steady]
    if not steady:
        late = ", ".join(f"{window.late_ms:.0f} ms ({window.fed:.0%})" for window in windows)
        raise RuntimeError(f"{scenario.name}: the telephones spoke late in each window: {late}")
    best = min(steady, key=lambda window: window.percent)
    how = (
        f"{scenario.calls} at once, user + system of the worker for 50 ticks, best of {len(steady)} steady windows of "
        f"{WINDOW_SECONDS:.0f} s; {best.fed:.1%} of the packets due were received, {late_ticks} late ticks"
    )
    yielded = [_figure(scenario.name, best.percent / scenario.calls, "% of a core", scenario.target, how)]
    if not scenario.waits and scenario.target:
        name = scenario.name.replace("media: recorded", "media: memory of a recorded")
        yielded.append(_figure(name, memory, "KiB", 30.0, "growth of the resident set"))
        name = scenario.name.replace("media: recorded call", "media: frames lost in recorded calls")
        lost = sum((Counter(window.lost) for window in steady), Counter())
        reasons = ", ".join(f"{count} {reason}" for reason, count in lost.items()) or "none"
        how = (
            f"{scenario.calls} at once, both ways, {len(steady)} steady windows of {WINDOW_SECONDS:.0f} s "
            f"(telephones at most {max(window.late_ms for window in steady):.0f} ms late), by stream numbers: {reasons}"
        )
        yielded.append(_figure(name, lost.total(), "frames", 0, how))
    return yielded


def _figure(name: str, value: float, unit: str, target: float | None, how: str) -> Figure:
    return {"name": name, "value": value, "unit": unit, "target": target, "how": how}


@asynccontextmanager
async def _worker(data: Path) -> AsyncIterator[tuple[psutil.Process, MediaClient]]:
    reading, writing = os.pipe()
    command = [sys.executable, "-c", WORKER.format(first=FIRST_PORT), str(data), str(writing)]
    process = await asyncio.create_subprocess_exec(*command, pass_fds=(writing,))
    os.close(writing)
    await asyncio.to_thread(os.read, reading, 1000)
    os.close(reading)
    client = MediaClient(socket_path(data, 0))
    await client.connect(10)
    try:
        yield psutil.Process(process.pid), client
    finally:
        await client.close()
        process.terminate()
        await process.wait()


@asynccontextmanager
async def _telephones(scenario: Scenario, client: MediaClient) -> AsyncIterator[asyncio.subprocess.Process]:
    """The load process, connected to the worker and speaking."""
    load = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.media_load",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20,
    )  # fmt: skip
    kinds = list(scenario.kinds) * scenario.calls
    opened = [
        await client.call("leg.open", leg=f"{number}", kind=kind) | {"kind": kind}
        for number, kind in enumerate(kinds)
    ]
    peers = await _ask(load, opened)
    for number, peer in enumerate(peers):
        await client.call("leg.connect", leg=f"{number}", codec=0, dtmf=101, **peer)
    for call in range(scenario.calls):
        await _begin(scenario, client, call)
    await _ask(load, "go")
    try:
        yield load
    finally:
        if load.returncode is None:
            load.kill()
        await load.wait()


async def _warm_up(scenario: Scenario, client: MediaClient) -> None:
    """One call of the kind that comes and goes, so that what is loaded once is not counted as memory of a call."""
    async with _telephones(replace(scenario, calls=1), client) as load:
        await asyncio.sleep(WARM_SECONDS)
        await _ask(load, "stop")
    if scenario.waits:
        await client.call("player.stop", player="p0")
    else:
        await client.call("recorder.stop", recorder="r0")
    for number in range(len(scenario.kinds)):
        await client.call("leg.close", leg=f"{number}")


async def _ask(load: asyncio.subprocess.Process, message: Any) -> Any:
    assert load.stdin is not None
    assert load.stdout is not None
    load.stdin.write(json.dumps(message).encode() + b"\n")
    return json.loads(await load.stdout.readline())


async def _begin(scenario: Scenario, client: MediaClient, call: int) -> None:
    if scenario.waits:
        files, to = ["sounds/music.wav"], [f"{call}"]
        await client.call("player.start", player=f"p{call}", files=files, loop=True, to=to)
        return
    customer, agent = f"{2 * call}", f"{2 * call + 1}"
    await client.call("mix", edits=[[customer, agent, 1], [agent, customer, 1]])
    await client.call(
        "recorder.start", recorder=f"r{call}", path=f"{call}.wav", left=[customer], right=[agent]
    )


async def _window(client: MediaClient, load: asyncio.subprocess.Process, scenario: Scenario) -> Window:
    first, heard_first = await client.call("ping"), await _ask(load, "count")
    await asyncio.sleep(WINDOW_SECONDS)
    last, heard_last = await client.call("ping"), await _ask(load, "count")
    ticks = last["tick"] - first["tick"]
    legs = scenario.calls * len(scenario.kinds)
    received = last["counters"]["received"] - first["counters"]["received"]
    percent = 100 * 50 * (last["cpu_seconds"] - first["cpu_seconds"]) / ticks
    lost = _lost(first, last, heard_first, heard_last, legs)
    return Window(percent, received / (ticks * legs), lost, heard_last["latest_ms"])


def _lost(first: Figure, last: Figure, heard_first: Figure, heard_last: Figure, legs: int) -> dict[str, int]:
    """By what became of them between two counts of the worker and of its telephones; the sum is what was not heard in time."""
    worker = {
        f"{why} by the worker": last["unheard"][why] - first["unheard"][why]
        for why in ("concealed", "late", "dropped")
    }
    skipped = (last["skipped_ticks"] - first["skipped_ticks"]) * legs
    heard = {why: heard_last[why] - heard_first[why] for why in ("missing", "dropped", "too_late")}
    return worker | {
        "skipped by the worker": skipped,
        "missing at the telephones": max(0, heard["missing"] - heard["dropped"]),
        "dropped at the telephones' ports": heard["dropped"],
        "too late at the telephones": heard["too_late"],
    }
