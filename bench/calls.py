"""What a call through the queue costs the switch process: SIP, ACD and journal, against the real processes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import psutil

from bench import call_load
from tests.telephony import sipp
from tests.telephony.house import Desk, House, until

AGENTS = 300
CONCURRENT = 250
CONCURRENT_SECONDS = 15.0
TARGET_MS = 1.5
GROUP_MS = 5.0
GROUP, COMMIT = "hallom_journal_group_seconds", "hallom_journal_commit_seconds"
TARGET_KIB = 30.0

Figure = dict[str, object]


@dataclass(frozen=True, slots=True)
class Traffic:
    calls: int
    calls_per_second: float
    talk_seconds: float


# The more calls a second, the more of them each turn of the switch meets at once. The last is about what two cores carry,
# recorded, callers and telephones included, as the peers' figures were measured (architecture, section 8).
TRAFFIC = (Traffic(600, 50.0, 1.0), Traffic(1500, 150.0, 0.5), Traffic(2500, 250.0, 0.7))


def run() -> list[Figure]:
    with call_load.at_work(AGENTS) as (house, desk):
        # Before the others: a heap that has carried more calls has room for these and does not grow.
        memory = _memory(house, desk)
        return [*(figure for traffic in TRAFFIC for figure in _carried(house, desk, traffic)), memory]


def _carried(house: House, desk: Desk, traffic: Traffic) -> list[Figure]:
    before, entries, first = call_load.spent(house), call_load.entries(house), call_load.newest(house)
    groups, commits = call_load.times(house, GROUP), call_load.times(house, COMMIT)
    done = call_load.carry_out(house, desk, traffic.calls, traffic.calls_per_second, traffic.talk_seconds)
    spent = call_load.spent(house) - before
    groups, commits = call_load.times(house, GROUP) - groups, call_load.times(house, COMMIT) - commits
    facts = call_load.bridged(house, first)
    return [
        _cpu(1000 * spent, facts, traffic, (call_load.entries(house) - entries) / done),
        _wait(groups, commits, traffic),
    ]


def _wait(groups: Counter[float], commits: Counter[float], traffic: Traffic) -> Figure:
    median, most = (call_load.quantile(groups, share) for share in (0.5, 0.99))
    answer = " and ".join(f"{call_load.quantile(commits, share):g}" for share in (0.5, 0.99))
    return {
        "name": f"switch: wait for the group commit at {traffic.calls_per_second:g}/s",
        "value": most,
        "unit": "ms",
        "target": GROUP_MS,
        "how": f"99 of 100 of {groups.total()} groups kept their first decision no longer than this for the others, half of "
        f"them {median:g} ms, until the statement left, without the time in which the database had the group before; its answer, the disk's own work included, came within {answer} ms",
    }


def _cpu(spent: float, facts: dict[str, Any], traffic: Traffic, entries: float) -> Figure:
    """Spent in milliseconds; who left before an agent was there makes the others dearer, not cheaper."""
    bridged = int(facts["bridged"])
    return {
        "name": f"switch: CPU per queued call at {traffic.calls_per_second:g}/s",
        "value": round(spent / bridged, 2),
        "unit": "ms",
        "target": TARGET_MS,
        "how": f"user + sys of the switch process on a core of its own, {bridged} of {traffic.calls} callers reached an agent "
        f"through the queue, recorded, 99 of 100 within {1000 * float(facts['wait'] or 0):.0f} ms (SIPp in and as {AGENTS} desk "
        f"phones), {entries:.1f} journal entries each",
    }


def _memory(house: House, desk: Desk) -> Figure:
    before = _resident(house)
    load = sipp.Load(desk.number, CONCURRENT, TRAFFIC[0].calls_per_second, CONCURRENT_SECONDS)
    running = sipp.start(call_load.program(), house.sip_port, load)
    until(lambda: call_load.talking(house) >= CONCURRENT, seconds=60, what=f"{CONCURRENT} conversations")
    during = _resident(house)
    sipp.finish(running, load)
    return {
        "name": "switch: memory per conversation",
        "value": round((during - before) / CONCURRENT / 1024, 1),
        "unit": "KiB",
        "target": TARGET_KIB,
        "how": f"growth of the unique set size with {CONCURRENT} conversations of two legs each",
    }


def _resident(house: House) -> int:
    return int(psutil.Process(house.pid("switch")).memory_full_info().uss)
