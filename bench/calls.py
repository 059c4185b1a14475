"""What a call through the queue costs the switch process: SIP, ACD and journal, against the real processes."""

from __future__ import annotations

from collections import Counter

import psutil

from bench import call_load
from tests.telephony import sipp
from tests.telephony.house import Desk, House, until
from tests.telephony.sipp import Load

AGENTS = 120
CALLS_PER_SECOND = 50.0
CALLS = 600
TALK_SECONDS = 1.0
# At more calls a second each turn of the switch meets more of them at once.
BUSY_CALLS_PER_SECOND = 150.0
BUSY_CALLS = 1500
BUSY_TALK_SECONDS = 0.5
CONCURRENT = 100
CONCURRENT_SECONDS = 12.0
TARGET_MS = 1.5
GROUP_MS = 5.0
GROUP, COMMIT = "hallom_journal_group_seconds", "hallom_journal_commit_seconds"
TARGET_KIB = 30.0

Figure = dict[str, object]


def run() -> list[Figure]:
    with call_load.at_work(AGENTS) as (house, desk):
        return [
            *_carried(house, desk, CALLS, CALLS_PER_SECOND, TALK_SECONDS),
            *_carried(house, desk, BUSY_CALLS, BUSY_CALLS_PER_SECOND, BUSY_TALK_SECONDS),
            _memory(house, desk),
        ]


def _carried(house: House, desk: Desk, calls: int, rate: float, talk_seconds: float) -> list[Figure]:
    before, entries = call_load.spent(house), call_load.entries(house)
    groups, commits = call_load.times(house, GROUP), call_load.times(house, COMMIT)
    done = call_load.carry_out(house, desk, calls, rate, talk_seconds)
    spent = call_load.spent(house) - before
    groups, commits = call_load.times(house, GROUP) - groups, call_load.times(house, COMMIT) - commits
    per_call = (call_load.entries(house) - entries) / done
    return [_cpu(spent, done, rate, per_call), _wait(groups, commits, rate)]


def _wait(groups: Counter[float], commits: Counter[float], rate: float) -> Figure:
    median, most = (call_load.quantile(groups, share) for share in (0.5, 0.99))
    answer = " and ".join(f"{call_load.quantile(commits, share):g}" for share in (0.5, 0.99))
    return {
        "name": f"switch: wait for the group commit at {rate:g}/s",
        "value": most,
        "unit": "ms",
        "target": GROUP_MS,
        "how": f"99 of 100 of {groups.total()} groups kept their first decision no longer than this for the others, half of "
        f"them {median:g} ms, until the statement left, without the time in which the database had the group before; its answer, the disk's own work included, came within {answer} ms",
    }


def _cpu(spent: float, done: int, rate: float, per_call: float) -> Figure:
    return {
        "name": f"switch: CPU per queued call at {rate:g}/s",
        "value": round(1000 * spent / done, 2),
        "unit": "ms",
        "target": TARGET_MS,
        "how": f"user + sys of the switch process on a core of its own, {done} recorded calls at {rate:g}/s through queue "
        f"and agent (SIPp in and as {AGENTS} desk phones), {per_call:.1f} journal entries each",
    }


def _memory(house: House, desk: Desk) -> Figure:
    before = _resident(house)
    load = Load(desk.number, CONCURRENT, CALLS_PER_SECOND, CONCURRENT_SECONDS)
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
