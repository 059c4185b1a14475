"""The pages, served by gunicorn."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import get_resolver
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.workers.gthread import ThreadWorker
from prometheus_client import multiprocess

from hallom import pulse
from hallom.config.child import die_with


class Pages(ThreadWorker):  # type: ignore[misc]
    def notify(self) -> None:
        super().notify()
        pulse.beat("pages")


class Beating(Arbiter):  # type: ignore[misc]
    def murder_workers(self) -> None:
        """Its turn, once a second."""
        pulse.begin()
        pulse.beat("arbiter")
        super().murder_workers()


class Web(BaseApplication):  # type: ignore[misc]
    def load_config(self) -> None:
        for name, value in self.options().items():
            self.cfg.set(name, value)

    def options(self) -> dict[str, Any]:
        return {
            "bind": [f"{settings.HALLOM_HOST}:{settings.HALLOM_WEB_PORT}"],
            "workers": settings.HALLOM_WEB_PROCESSES,
            "worker_class": Pages,
            "threads": settings.HALLOM_WEB_THREADS,
            "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,
            "graceful_timeout": 8,
            "keepalive": 30,
            "control_socket_disable": True,
            "accesslog": None,
            "loglevel": "warning",
            "proc_name": "hallom-web",
            "post_fork": self.follow_the_arbiter,
            "post_worker_init": self.tell_ready,
            "child_exit": self.forget_gauges,
        }

    def load(self) -> Any:
        from hallom.config.wsgi import application

        return application

    @staticmethod
    def follow_the_arbiter(arbiter: Any, _worker: Any) -> None:
        # An orphaned worker would keep the port from the next arbiter.
        die_with(arbiter.pid, signal.SIGTERM)()

    @staticmethod
    def tell_ready(_worker: Any) -> None:
        # Loads every room's views now, so that nobody's first click waits for it.
        _ = get_resolver().url_patterns
        pulse.tell_ready(web=settings.HALLOM_WEB_PORT)

    @staticmethod
    def forget_gauges(_arbiter: Any, worker: Any) -> None:
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def main(_arguments: Sequence[str]) -> None:
    Beating(Web()).run()
