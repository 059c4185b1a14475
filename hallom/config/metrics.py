"""Prometheus metrics of all processes on one page: each process keeps its own in shared files under `run/metrics`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from hallom.config import status


def folder(data: Path) -> Path:
    return data / "run" / "metrics"


class Supervised(Collector):
    """What the supervisor knows of its processes."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = status.read(self._data)
        ready = GaugeMetricFamily("hallom_process_ready", "1 when the process is ready", labels=["process"])
        restarts = GaugeMetricFamily(
            "hallom_process_restarts", "Restarts since the supervisor began", labels=["process"]
        )
        cpu = GaugeMetricFamily(
            "hallom_process_cpu_seconds", "Processor time used by it and its children", labels=["process"]
        )
        memory = GaugeMetricFamily(
            "hallom_process_resident_bytes", "Memory held by it and its children", labels=["process"]
        )
        for process in now.processes if now else ():
            ready.add_metric([process.name], process.ready)
            restarts.add_metric([process.name], process.restarts)
            if process.pid is not None:
                seconds, held = _use_of(process.pid)
                cpu.add_metric([process.name], seconds)
                memory.add_metric([process.name], held)
        yield from (ready, restarts, cpu, memory)


def _use_of(pid: int) -> tuple[float, float]:
    seconds = held = 0.0
    with suppress(psutil.Error):
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            with suppress(psutil.Error):
                times = process.cpu_times()
                seconds += times.user + times.system
                held += process.memory_info().rss
    return seconds, held


def page(data: Path, *others: Collector) -> bytes:
    registry = CollectorRegistry()
    if folder(data).is_dir():
        _forget_the_dead(folder(data))
        MultiProcessCollector(registry, path=str(folder(data)))  # type: ignore[no-untyped-call]
    for collector in (Supervised(data), *others):
        registry.register(collector)
    return generate_latest(registry)


def _forget_the_dead(shared: Path) -> None:
    """A process that was killed leaves its gauges behind: a second switch would seem to have its calls too."""
    for file in shared.glob("gauge_live*_*.db"):
        if not psutil.pid_exists(int(file.stem.rpartition("_")[2])):
            file.unlink(missing_ok=True)
