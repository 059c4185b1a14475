"""Prometheus metrics of all processes on one page: each process keeps its own in shared files under `run/metrics`."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from hallom.config import status


def folder(data: Path) -> Path:
    return data / "run" / "metrics"


def page(data: Path) -> bytes:
    registry = CollectorRegistry()
    if folder(data).is_dir():
        MultiProcessCollector(registry, path=str(folder(data)))  # type: ignore[no-untyped-call]
    _supervised(registry, status.read(data))
    return generate_latest(registry)


def _supervised(registry: CollectorRegistry, now: status.Status | None) -> None:
    ready = Gauge("hallom_process_ready", "1 when the process is ready", ["process"], registry=registry)
    restarts = Gauge(
        "hallom_process_restarts", "Restarts since the supervisor began", ["process"], registry=registry
    )
    for process in now.processes if now else ():
        ready.labels(process.name).set(process.ready)
        restarts.labels(process.name).set(process.restarts)
