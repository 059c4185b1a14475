"""The jobs, run by procrastinate."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from procrastinate import App
from procrastinate.connector import BaseAsyncConnector
from procrastinate.contrib.django import app as declared
from procrastinate.contrib.django.django_connector import DjangoConnector

from hallom.config import readiness

CONCURRENCY = 4
# NOTIFY wakes the worker at once; polling is only for what a lost connection has missed.
POLL_SECONDS = 5.0


def main(_arguments: Sequence[str]) -> None:
    asyncio.run(_work())


def _connector() -> BaseAsyncConnector:
    # Django's own connection cannot LISTEN.
    return DjangoConnector().get_worker_connector()


async def _work() -> None:
    app: App = declared.with_connector(_connector())
    async with app.open_async():
        readiness.tell()
        await app.run_worker_async(
            concurrency=CONCURRENCY,
            fetch_job_polling_interval=POLL_SECONDS,
            delete_jobs="successful",
            shutdown_graceful_timeout=8,
        )
