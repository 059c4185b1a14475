"""Prometheus metrics of all processes on one page: each process keeps its own in shared files under `run/metrics`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

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
        for process in now.processes if now else ():
            ready.add_metric([process.name], process.ready)
            restarts.add_metric([process.name], process.restarts)
        yield ready
        yield restarts


def page(data: Path) -> bytes:
    registry = CollectorRegistry()
    if folder(data).is_dir():
        MultiProcessCollector(registry, path=str(folder(data)))  # type: ignore[no-untyped-call]
    registry.register(Supervised(data))
    return generate_latest(registry)
