"""Who looks at a ticket and who writes, over real connections."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.db import connection as django_connection
from websockets.asyncio.client import ClientConnection

from hallom.ui.live import presence
from hallom.ui.live.listener import parameters
from hallom.ui.live.server import UNKNOWN_REQUEST
from hallom.ui.tests.live_house import House, closing_code, hear, hear_present, look, open_house


@pytest.fixture
def database(db: None) -> dict[str, Any]:
    django_connection.ensure_connection()
    return parameters()


@pytest.fixture
async def house(database: dict[str, Any]) -> AsyncIterator[House]:
    async with open_house(database) as house:
        yield house


async def names(socket: ClientConnection, topic: str = "ticket-12") -> list[tuple[str, bool]]:
    return [(one["name"], one["writing"]) for one in await hear_present(socket, topic)]


async def test_those_who_look_at_the_same_see_each_other_and_not_themselves(house: House) -> None:
    async with (
        house.browser(house.people.sign_in(1)) as nora,
        house.browser(house.people.sign_in(2)) as gergo,
    ):
        await look(nora, "ticket-12")
        assert await names(nora) == []
        await look(gergo, "ticket-12")
        assert await names(gergo) == [("Bíró Nóra", False)]
        [seen] = await hear_present(nora, "ticket-12")
        assert (seen["id"], seen["name"], seen["initials"]) == (2, "Farkas Gergő", "FG")
        await look(gergo, "ticket-12", writing=True)
        assert await names(nora) == [("Farkas Gergő", True)]


async def test_who_goes_elsewhere_or_away_is_seen_no_more(house: House) -> None:
    async with house.browser(house.people.sign_in(1)) as nora:
        await look(nora, "ticket-12")
        assert await names(nora) == []
        async with house.browser(house.people.sign_in(2)) as gergo:
            await look(gergo, "ticket-12")
            assert await names(nora) == [("Farkas Gergő", False)]
            await look(gergo, "ticket-13")
            assert await names(nora) == []
            await look(gergo, "ticket-12")
            assert await names(nora) == [("Farkas Gergő", False)]
            await look(gergo, None)
            assert await names(nora) == []
            await look(gergo, "ticket-12", writing=True)
            assert await names(nora) == [("Farkas Gergő", True)]
        # Her browser is gone without a word.
        assert await names(nora) == []
    while len(house.server.presence):
        await asyncio.sleep(0.01)
    assert not house.server.presence._lookers


async def test_what_one_may_not_watch_one_neither_sees_nor_is_seen_at(house: House) -> None:
    async with (
        house.browser(house.people.sign_in(2)) as gergo,
        house.browser(house.people.sign_in(1)) as nora,
    ):
        await look(gergo, "desk-2")
        assert await names(gergo, "desk-2") == []
        await look(nora, "desk-2")
        assert await hear(nora) == {"refused": ["desk-2"]}
        await look(gergo, "desk-2", writing=True)
        assert await names(gergo, "desk-2") == []


async def test_two_tabs_are_one_person_who_writes_if_one_of_them_does(house: House) -> None:
    key = house.people.sign_in(2)
    async with house.browser(house.people.sign_in(1)) as nora:
        await look(nora, "ticket-12")
        assert await names(nora) == []
        async with house.browser(key) as first, house.browser(key) as second:
            await look(first, "ticket-12", writing=True)
            assert await names(nora) == [("Farkas Gergő", True)]
            assert await names(first) == [("Bíró Nóra", False)]
            await look(second, "ticket-12")
            assert await names(second) == [("Bíró Nóra", False)]
            assert await names(nora) == [("Farkas Gergő", True)]
            await look(first, None)
            assert await names(nora) == [("Farkas Gergő", False)]


async def test_a_crowd_does_not_make_the_message_grow(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "MOST_SHOWN", 1)
    nora, gergo, marta = (house.people.sign_in(pk) for pk in (1, 2, 3))
    async with house.browser(nora) as one, house.browser(gergo) as two, house.browser(marta) as three:
        for socket in (two, three, one):
            await look(socket, "ticket-12")
            await hear_present(socket, "ticket-12")
        await look(two, "ticket-12", writing=True)
        assert await names(one) == [("Farkas Gergő", True)]


async def test_looking_too_often_hangs_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hallom.ui.live.server.MOST_REQUESTS_A_MINUTE", 5)
    async with house.browser(house.people.sign_in(1)) as nora:
        for number in range(6):
            await look(nora, f"ticket-{number}")
        assert await closing_code(nora) == UNKNOWN_REQUEST


async def test_a_look_that_is_none_hangs_up(house: House) -> None:
    async with house.browser(house.people.sign_in(1)) as nora:
        await nora.send(json.dumps({"look": "../etc", "writing": True}))
        assert await closing_code(nora) == UNKNOWN_REQUEST
