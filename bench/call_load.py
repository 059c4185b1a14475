"""The real processes with many desk phones behind them, and SIPp as the callers: what the measurements of calls share."""

from __future__ import annotations

import math
import os
import resource
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from tests.telephony import sipp
from tests.telephony.answering_phones import AnsweringPhones
from tests.telephony.house import Desk, House, until
from tests.telephony.sipp import Load

WARM_UP = Load("", 40, 50.0, 0.5)


def program() -> str:
    found = shutil.which("sipp")
    if found is None:
        raise RuntimeError("sipp is missing: `apt install sip-tester`")
    return found


@contextmanager
def at_work(agents: int) -> Iterator[tuple[House, Desk]]:
    """A house whose agents are all available and answer at once; some calls have gone through it."""
    with _house(agents) as house, _set_apart(house):
        desk = next(house.desks)
        # What registers in Python would answer too slowly: SIPp takes its place, at the same port.
        with AnsweringPhones(house.sip_port, desk.agents) as phones:
            pass
        with sipp.answering(program(), phones.port):
            for agent in desk.agents:
                house.order(agent, "sign_in")
                house.order(agent, "set_state", state="available", reason="")
            carry_out(house, desk, WARM_UP.calls, WARM_UP.rate, WARM_UP.hold_seconds)
            yield house, desk


@contextmanager
def _house(agents: int) -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="hallom-bench-"))
    house = House(folder, workers=2, rooms=1, agents_each=agents, is_silent=True)
    _metrics(house).mkdir()
    # As under the supervisor: what its processes count can be read, and costs what it costs there.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_metrics(house))
    try:
        house.open()
        yield house
    finally:
        del os.environ["PROMETHEUS_MULTIPROC_DIR"]
        house.close()
        shutil.rmtree(folder, ignore_errors=True)


def _metrics(house: House) -> Path:
    return house.data / "metrics"


@contextmanager
def _set_apart(house: House) -> Iterator[None]:
    """The switch has a core for itself: who calls and who answers shares the others with the rest of the house."""
    cores = os.sched_getaffinity(0)
    core = max(cores)
    others = cores - {core} or cores
    try:
        _hold(psutil.Process(), others)
        for name in house.processes:
            process = psutil.Process(house.pid(name))
            for one in (process, *process.children()):
                _hold(one, {core} if name == "switch" else others)
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _hold(process: psutil.Process, cores: set[int]) -> None:
    with suppress(psutil.NoSuchProcess, ProcessLookupError):
        for thread in process.threads():
            os.sched_setaffinity(thread.id, cores)


def carry_out(house: House, desk: Desk, calls: int, rate: float, talk_seconds: float) -> int:
    """How many calls went through, once the last has ended; the repetitions that SIP waits for cost nothing worth measuring."""
    load = Load(desk.number, calls, rate, talk_seconds)
    done = sipp.finish(sipp.start(program(), house.sip_port, load), load)
    until(lambda: talking(house) <= 0, seconds=30, what="the last call's end")
    time.sleep(1.0)
    return done


def spent(house: House) -> float:
    """Seconds of CPU, user and system, of the switch process."""
    times = psutil.Process(house.pid("switch")).cpu_times()
    return float(times.user + times.system)


def spent_beside(house: House) -> dict[str, float]:
    """Seconds of CPU of all others: the rest of the house, the callers that have gone, the telephones, whoever measures."""
    parts = {"media": _of(*(house.pid(name) for name in house.processes if name.startswith("media-")))}
    parts["database"] = _of(house.pid("postgres"))
    phones = [one.pid for one in psutil.Process().children() if one.name() == "sipp"]
    gone = resource.getrusage(resource.RUSAGE_CHILDREN)
    parts["SIPp"] = _of(*phones) + gone.ru_utime + gone.ru_stime
    times = psutil.Process().cpu_times()
    return parts | {"bench": times.user + times.system}


def _of(*pids: int) -> float:
    """With the children: each connection to the database is a process."""
    seconds = 0.0
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            for one in (process, *process.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    times = one.cpu_times()
                    # Short-lived connections are counted by who waited for them.
                    seconds += times.user + times.system + times.children_user + times.children_system
    return seconds


def entries(house: House) -> int:
    return int(house.query("SELECT count(*) AS entries FROM switch_journal")[0]["entries"])


def times(house: House, metric: str) -> Counter[float]:
    """How often each upper bound of a histogram of the switch was the first to hold; seconds."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(_metrics(house)))  # type: ignore[no-untyped-call]
    found = [one for one in registry.collect() if one.name == metric]
    below = sorted(
        (float(sample.labels["le"]), int(sample.value))
        for one in found
        for sample in one.samples
        if sample.name == f"{metric}_bucket"
    )
    return Counter(
        {bound: count - less for (bound, count), (_, less) in zip(below, [(0.0, 0), *below], strict=False)}
    )


def quantile(counts: Counter[float], share: float) -> float:
    """The bound that this share of all keeps to, in milliseconds."""
    wanted, seen = share * counts.total(), 0
    for bound in sorted(counts):
        seen += counts[bound]
        if seen >= wanted:
            return 1000 * bound
    return math.inf


def bridged(house: House, first: int) -> dict[str, Any]:
    """Of the calls since a journal entry: `bridged`, how many reached somebody; `seconds` between the first and the last that
    arrived; `wait` of 99 of 100 from arrival to conversation, seconds."""
    rows = house.query(
        "WITH calls AS (SELECT call, min(at) FILTER (WHERE kind = 'call.arrived') AS arrived, "
        "min(at) FILTER (WHERE kind = 'call.bridged') AS bridged FROM switch_journal WHERE id > %s AND call IS NOT NULL "
        "GROUP BY call) SELECT count(bridged) AS bridged, extract(epoch FROM max(arrived) - min(arrived)) AS seconds, "
        "percentile_disc(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM bridged - arrived)) AS wait FROM calls",
        first,
    )
    return rows[0]


def newest(house: House) -> int:
    """The journal's newest entry."""
    return int(house.query("SELECT coalesce(max(id), 0) AS id FROM switch_journal")[0]["id"])


def talking(house: House) -> int:
    """Calls that were bridged and have not ended; under load some end before."""
    rows = house.query(
        "SELECT count(*) AS talking FROM (SELECT FROM switch_journal WHERE kind IN ('call.bridged', 'call.ended') "
        "GROUP BY call HAVING bool_or(kind = 'call.bridged') AND NOT bool_or(kind = 'call.ended')) AS open"
    )
    return int(rows[0]["talking"])
