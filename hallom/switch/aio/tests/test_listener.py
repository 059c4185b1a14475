import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hallom.switch.aio import listener
from hallom.switch.aio.listener import Listener
from hallom.switch.aio.tests.conftest import Table
from hallom.switch.messages import Order


@pytest.fixture(autouse=True)
def _no_news_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "FIRST_NEWS_SECONDS", 3600.0)


class Desk:
    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.reconfigured = 0

    def reconfigure(self) -> None:
        self.reconfigured += 1


@contextlib.asynccontextmanager
async def listening(database: str) -> AsyncIterator[Desk]:
    desk = Desk()
    task = asyncio.create_task(Listener(database, desk.orders.append, desk.reconfigure).run())
    try:
        yield desk
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Any) -> None:
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.01)


def give(table: Table, verb: str, *, age_seconds: float = 0.0) -> int:
    row = table.connection.execute(
        "INSERT INTO switch_order (agent, verb, args, created_at) "
        'VALUES (7, %s, \'{"call": "x"}\', clock_timestamp() - make_interval(secs => %s)) RETURNING id',
        (verb, age_seconds),
    ).fetchone()
    table.connection.execute("NOTIFY switch_orders")
    assert row is not None
    return int(row["id"])


async def test_an_order_is_heard_once(table: Table, database: str) -> None:
    async with listening(database) as desk:
        number = give(table, "hold")
        await until(lambda: desk.orders)
        give(table, "retrieve")
        await until(lambda: len(desk.orders) > 1)
    assert desk.orders[0] == Order(number, 7, "hold", {"call": "x"})
    assert [order.verb for order in desk.orders] == ["hold", "retrieve"]


async def test_an_order_given_while_the_switch_was_away_is_heard_but_not_an_old_one(
    table: Table, database: str
) -> None:
    old = give(table, "hang_up", age_seconds=60)
    give(table, "hold", age_seconds=1)
    async with listening(database) as desk:
        await until(lambda: desk.orders)
        await until(
            lambda: (
                table.connection.execute("SELECT error FROM switch_order WHERE id = %s", (old,)).fetchone()
                == {"error": "not_now"}
            )
        )
    assert [order.verb for order in desk.orders] == ["hold"]


async def test_what_was_set_up_before_anybody_listened_is_news_too(
    table: Table, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "FIRST_NEWS_SECONDS", 0.05)
    async with listening(database) as desk:
        await until(lambda: desk.reconfigured)


async def test_news_of_the_configuration_is_passed_on(table: Table, database: str) -> None:
    async with listening(database) as desk:
        give(table, "hold")
        await until(lambda: desk.orders)
        table.connection.execute("NOTIFY switch_config")
        await until(lambda: desk.reconfigured)


async def test_a_lost_connection_is_made_anew_and_the_configuration_read_again(
    table: Table, database: str
) -> None:
    async with listening(database) as desk:
        give(table, "hold")
        await until(lambda: desk.orders)
        table.refuse_connections(of="hallom-switch-listener")
        await until(lambda: desk.reconfigured)
        give(table, "retrieve")
        await until(lambda: len(desk.orders) > 1)


async def test_keys_are_opened_only_here_and_those_that_came_in_clear_are_not_believed(
    table: Table, database: str
) -> None:
    desk = Desk()
    listener = Listener(database, desk.orders.append, desk.reconfigure, lambda sealed: sealed[::-1])
    task = asyncio.create_task(listener.run())
    text = "INSERT INTO switch_order (agent, verb, args) VALUES (7, 'digits', %s)"
    try:
        table.connection.execute(text, (json.dumps({"call": "x", "sealed": "321"}),))
        table.connection.execute(text, (json.dumps({"call": "x", "digits": "123"}),))
        table.connection.execute("NOTIFY switch_orders")
        await until(lambda: len(desk.orders) == 2)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert [dict(order.args) for order in desk.orders] == [{"call": "x", "digits": "123"}, {"call": "x"}]
