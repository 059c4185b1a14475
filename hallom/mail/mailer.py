"""The mailer: one fetcher a mailbox, the SMTP door, the importer and the sending, started, stopped and told of changes."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.forms.models import model_to_dict
from prometheus_client import Gauge

from hallom.mail import smtp_intake, wake
from hallom.mail.fetcher import Fetcher
from hallom.mail.importer import Importer
from hallom.mail.models import Intake, Mailbox
from hallom.mail.smtp_intake import Door, Taker

log = structlog.get_logger(__name__)
FETCHERS = Gauge("hallom_mail_fetchers", "Mailboxes that are fetched by IMAP", multiprocess_mode="livesum")

Sending = Callable[[asyncio.Event, asyncio.Event], Awaitable[None]]
# A NOTIFY may be missed while the database is away.
LOOK_SECONDS = 60.0
DATABASE_PAUSE_SECONDS = 0.5
STOP_SECONDS = 8.0
# What of a mailbox a fetcher must be started anew for.
FETCHED_WITH = (
    "address", "provider", "imap_host", "imap_port", "imap_security", "imap_user", "imap_password", "imap_folder",
    "oauth_client", "oauth_tenant", "oauth_secret",
)  # fmt: skip


class Mailer:
    def __init__(self, door: Door | None) -> None:
        self._door = door
        self._stop, self._send = asyncio.Event(), asyncio.Event()
        self._fetchers: dict[int, tuple[tuple[Any, ...], Fetcher]] = {}
        self._leaving: list[Fetcher] = []
        self._importer = Importer()
        self._taker = Taker(door, self._importer.wake) if door else None

    async def run(self, ready: Callable[..., None]) -> None:
        """Until SIGTERM; ``ready`` is called once mail can come in."""
        # aiosmtpd tells at INFO who writes to whom.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stop.set)
        threading.Thread(target=self._import, name="importer", daemon=True).start()
        server = await smtp_intake.listen(self._taker) if self._taker else None
        tasks = [asyncio.create_task(self._listen(ready)), *self._sending()]
        stopped = asyncio.create_task(self._stop.wait())
        try:
            done, _pending = await asyncio.wait({*tasks, stopped}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                # Half a mailer is worse than none: the supervisor starts all of it anew.
                task.result()
        finally:
            self._stop.set()
            self._send.set()
            if server:
                server.close()
            await self._close(tasks)

    def _sending(self) -> list[asyncio.Task[None]]:
        try:
            run: Sending = importlib.import_module("hallom.mail.sending").run
        except ModuleNotFoundError:
            return []
        return [asyncio.create_task(_awaited(run(self._stop, self._send)))]

    def _import(self) -> None:
        try:
            self._importer.run()
        except BaseException:
            log.exception("mail.importer_died")
            os._exit(1)

    async def _listen(self, ready: Callable[..., None]) -> None:
        is_told = False
        while not self._stop.is_set():
            try:
                async with await psycopg.AsyncConnection.connect(_conninfo(), autocommit=True) as ear:
                    for channel in wake.CHANNELS:
                        await ear.execute(f"LISTEN {channel}")
                    await self._changed()
                    if not is_told:
                        ready(**({"mail": self._door.port} if self._door else {}))
                        is_told = True
                    await self._hear(ear)
            except (psycopg.Error, DatabaseError, InterfaceError, OSError):
                log.warning("mailer.database_lost", exc_info=True)
                await self._pause(DATABASE_PAUSE_SECONDS)

    async def _hear(self, ear: psycopg.AsyncConnection[Any]) -> None:
        while not self._stop.is_set():
            heard = {notice.channel async for notice in ear.notifies(timeout=self._slice(), stop_after=1)}
            if wake.CONFIG in heard or self._is_time_to_look():
                await self._changed()
            if wake.SEND in heard or wake.CONFIG in heard:
                self._send.set()

    def _slice(self) -> float:
        return 0.5

    def _is_time_to_look(self) -> bool:
        return asyncio.get_running_loop().time() >= self._next_look

    _next_look = 0.0

    async def _changed(self) -> None:
        """Start, stop and start anew what the mailboxes now ask for."""
        self._next_look = asyncio.get_running_loop().time() + LOOK_SECONDS
        if self._taker:
            self._taker.forget()
        wanted = await asyncio.to_thread(_to_fetch)
        for pk in list(self._fetchers):
            if pk not in wanted or wanted[pk][0] != self._fetchers[pk][0]:
                self._dismiss(self._fetchers.pop(pk)[1])
        self._leaving = [fetcher for fetcher in self._leaving if fetcher.is_alive()]
        for pk, (marks, mailbox) in wanted.items():
            if pk not in self._fetchers:
                fetcher = Fetcher(mailbox, self._importer.wake)
                self._fetchers[pk] = marks, fetcher
                fetcher.start()
        FETCHERS.set(len(self._fetchers))

    def _dismiss(self, fetcher: Fetcher) -> None:
        fetcher.stop()
        self._leaving.append(fetcher)

    async def _close(self, tasks: list[asyncio.Task[None]]) -> None:
        for _marks, fetcher in self._fetchers.values():
            self._dismiss(fetcher)
        self._importer.stop()
        # What sends has a mail in hand: it is given time to finish it.
        await asyncio.wait(tasks, timeout=STOP_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(self._importer.finished.wait, STOP_SECONDS)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)


def _to_fetch() -> dict[int, tuple[tuple[Any, ...], Mailbox]]:
    close_old_connections()
    try:
        mailboxes = list(Mailbox.objects.filter(is_active=True, intake=Intake.IMAP).exclude(imap_host=""))
    except (DatabaseError, InterfaceError):
        connection.close()
        raise
    return {mailbox.pk: (_marks(mailbox), mailbox) for mailbox in mailboxes}


def _marks(mailbox: Mailbox) -> tuple[Any, ...]:
    values = model_to_dict(mailbox, fields=FETCHED_WITH)
    # A token that the provider renewed by itself is no reason; one that was granted for the first time is.
    return (*(values[name] for name in FETCHED_WITH), bool(mailbox.oauth_refresh_token))


def _conninfo() -> str:
    given = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port", "connect_timeout")
    return psycopg.conninfo.make_conninfo(**{name: given[name] for name in names if given.get(name)})


async def _awaited(one: Awaitable[None]) -> None:
    await one
