"""The jobs, run by procrastinate."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import psycopg
import structlog
from procrastinate import App
from procrastinate.connector import BaseAsyncConnector
from procrastinate.contrib.django import app as declared
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException

from hallom import pulse

log = structlog.get_logger(__name__)

CONCURRENCY = 4
# NOTIFY wakes the worker at once; polling is only for what a lost connection has missed.
POLL_SECONDS = 5.0
DATABASE_PAUSE_SECONDS = 1.0


def main(_arguments: Sequence[str]) -> None:
    asyncio.run(_live())


def _connector() -> BaseAsyncConnector:
    # Django's own connection cannot LISTEN.
    return DjangoConnector().get_worker_connector()


async def _live() -> None:
    beating = asyncio.create_task(pulse.keep_beating())
    try:
        await _work()
    finally:
        beating.cancel()


async def _work() -> None:
    """Until told to stop. A database that goes away ends procrastinate's worker; then a new one waits for it here."""
    is_ready = False
    while True:
        app: App = declared.with_connector(_connector())
        try:
            async with app.open_async():
                if not is_ready:
                    pulse.tell_ready()
                    is_ready = True
                await _run(app)
                return
        except (ConnectorException, psycopg.Error):
            if not is_ready:
                raise
            log.warning("worker.without_database", exc_info=True)
            await asyncio.sleep(DATABASE_PAUSE_SECONDS)


async def _run(app: App) -> None:
    await app.run_worker_async(
        concurrency=CONCURRENCY,
        fetch_job_polling_interval=POLL_SECONDS,
        delete_jobs="successful",
        shutdown_graceful_timeout=8,
    )
