import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from structlog.testing import capture_logs

from hallom.sip.settings import EndpointSettings
from hallom.sip.target import Target
from hallom.sip.tests.harness import Book
from hallom.sip.trunk import Trunk
from hallom.switch.aio import setup_news
from hallom.switch.aio import shell as shell_module
from hallom.switch.aio.pump import Pump, WallClock
from hallom.switch.aio.shell import CurrentAccounts, Setup, Shell, ShellSettings
from hallom.switch.aio.transports import TransportSettings
from hallom.switch.config import Config

CARRIER = Trunk("carrier", Target("sip:carrier.example"), "sip:us@carrier.example")
SPARE = Trunk("spare", Target("sip:spare.example"), "sip:us@spare.example")


class Lamps:
    """Of lamps nothing is told here."""

    def configured(self, now: float) -> None: ...


class Lines:
    """Of the ways out nothing is told here."""

    def configure(self, rules: object, lines: object, now: float) -> None: ...


@dataclass
class Told:
    """Stands for pump, endpoint and switch: what the shell tells them, in order."""

    clock: WallClock = field(default_factory=WallClock)
    said: list[tuple[str, str]] = field(default_factory=list)
    turns: int = 0
    checks: int = 0
    ways_out: Lines = field(default_factory=Lines)

    @property
    def endpoint(self) -> "Told":
        return self

    @property
    def switch(self) -> "Told":
        return self

    def register_trunk(self, trunk: Trunk, now: float) -> None:
        self.said.append(("register", trunk.name))

    def forget_trunk(self, name: str, now: float) -> None:
        self.said.append(("forget", name))

    def check_bindings(self, now: float) -> None:
        self.checks += 1

    def configure(self, config: Config, now: float) -> None:
        self.said.append(("configure", ""))

    def turn(self) -> None:
        self.turns += 1


@contextlib.asynccontextmanager
async def configured(
    folder: Path, load: Callable[[], Setup], trunks: tuple[Trunk, ...] = ()
) -> AsyncIterator[tuple[Shell, Told]]:
    transports = TransportSettings("127.0.0.1", 0, "127.0.0.1", 0)
    settings = ShellSettings("", folder, transports, EndpointSettings("127.0.0.1", b"secret"), {})
    shell, told = Shell(settings, load, lambda: None), Told()
    shell.accounts, shell.trunks = CurrentAccounts(Book()), trunks
    shell.lamps = cast(Any, Lamps())
    task = asyncio.create_task(shell._keep_configured(cast(Pump, told)))
    try:
        yield shell, told
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_trunk_that_is_gone_registers_no_more(tmp_path: Path) -> None:
    setup = Setup(Config(), Book(), (SPARE,))
    async with configured(tmp_path, lambda: setup, (CARRIER,)) as (shell, told):
        shell._reconfigure.set()
        await until(lambda: told.turns)
        shell._reconfigure.set()
        await until(lambda: told.turns == 2)
    assert told.said == [("forget", "carrier"), ("register", "spare"), ("configure", "")]


async def test_phones_are_looked_through_at_first_and_when_accounts_have_changed(tmp_path: Path) -> None:
    book = Book()
    async with configured(tmp_path, lambda: Setup(Config(), book)) as (shell, told):
        for turns, users, checks in ((1, {}, 1), (2, {}, 1), (3, {"7": ("secret", "agent-7")}, 2)):
            book = Book(users=users)
            shell._reconfigure.set()
            await until(lambda turns=turns: told.turns == turns)
            assert told.checks == checks


async def test_a_database_that_is_away_is_told_of_once_and_asked_ever_less_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell_module, "DATABASE_RETRY_SECONDS", 0.01)
    asked = 0

    def load() -> Setup:
        nonlocal asked
        asked += 1
        if asked < 5:
            raise psycopg.OperationalError
        return Setup(Config(), Book())

    with capture_logs() as logs:
        async with configured(tmp_path, load) as (shell, told):
            shell._reconfigure.set()
            await until(lambda: told.turns)
    assert [(log["log_level"], log["event"], log["exc_info"]) for log in logs] == [
        ("warning", "switch.configuration_not_loaded", False)
    ]
    assert [shell_module._pause(failures) for failures in range(1, 4)] == [0.01, 0.02, 0.04]
    assert shell_module._pause(1_000_000) == shell_module.LONGEST_RETRY_SECONDS


async def test_whoever_changed_the_set_up_can_see_when_it_is_in_force(tmp_path: Path) -> None:
    moments = iter((100.5, 200.5))
    async with configured(tmp_path, lambda: Setup(Config(), Book(), as_of=next(moments))) as (shell, told):
        for as_of in (100.5, 200.5):
            shell._reconfigure.set()
            await until(lambda as_of=as_of: _told(tmp_path) == as_of)
    assert told.said == [("configure", "")], "the same set-up again is news all the same"


def _told(folder: Path) -> float:
    path = folder / setup_news.FILE
    return float(json.loads(path.read_text())["as_of"]) if path.exists() else 0.0
