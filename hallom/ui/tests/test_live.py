"""The push socket over real PostgreSQL and real connections."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.db import connection as django_connection
from websockets.exceptions import InvalidStatus

from hallom.ui.live.listener import parameters
from hallom.ui.tests.live_house import House, closing_code, hear, hear_change, open_house, settled, watch


@pytest.fixture
def database(db: None) -> dict[str, Any]:
    django_connection.ensure_connection()
    return parameters()


@pytest.fixture
async def house(database: dict[str, Any]) -> AsyncIterator[House]:
    async with open_house(database) as house:
        yield house


async def test_everyone_who_watches_a_topic_is_told_and_nobody_else(house: House) -> None:
    alice, bruno, carla = (house.people.sign_in(pk) for pk in (1, 2, 3))
    async with house.browser(alice) as one, house.browser(bruno) as two, house.browser(carla) as other:
        for socket, topic in ((one, "ticket-12"), (two, "ticket-12"), (other, "ticket-13")):
            await watch(socket, topic)
            await settled(socket)
        await house.notify(7, "ticket-12", "desk-9")
        await house.notify(8, "ticket-13")
        assert await hear_change(one) == {"id": 7, "topics": ["ticket-12"]}
        assert await hear_change(two) == {"id": 7, "topics": ["ticket-12"]}
        assert await hear_change(other) == {"id": 8, "topics": ["ticket-13"]}


async def test_a_topic_one_may_not_watch_is_refused_and_never_told(house: House) -> None:
    async with house.browser(house.people.sign_in(1)) as socket:
        await watch(socket, "desk-2", "ticket-1")
        assert await hear(socket) == {"refused": ["desk-2"]}
        await settled(socket)
        await house.notify(1, "desk-2")
        await house.notify(2, "ticket-1")
        assert await hear_change(socket) == {"id": 2, "topics": ["ticket-1"]}


async def test_what_happened_during_a_gap_is_told_after_it(house: House) -> None:
    key = house.people.sign_in(1)
    async with house.browser(key) as socket:
        await watch(socket, "ticket-12")
        await settled(socket)
        await house.notify(100, "ticket-12")
        assert (await hear_change(socket))["id"] == 100
    await house.notify(99, "ticket-12")
    await house.notify(101, "ticket-13")
    while house.server.hub.ring.newest != 101:
        await asyncio.sleep(0.01)
    async with house.browser(key) as socket:
        await watch(socket, "ticket-12", since=100)
        # 99 was committed after 100: the order they came in counts, not the number.
        assert await hear(socket) == {"id": 99, "topics": ["ticket-12"]}
        assert await hear(socket) == {"id": 101, "topics": []}


async def test_a_gap_that_nobody_remembers_means_reload(house: House) -> None:
    async with house.browser(house.people.sign_in(1)) as socket:
        await watch(socket, "ticket-12", since=12345)
        assert await hear(socket) == {"reload": True}


async def test_a_page_hears_of_changes_since_it_was_rendered(house: House) -> None:
    await house.notify(5, "ticket-12")
    while house.server.hub.ring.newest != 5:
        await asyncio.sleep(0.01)
    async with house.browser(house.people.sign_in(1)) as socket:
        await watch(socket, "ticket-12", age=30.0)
        assert await hear(socket) == {"id": 5, "topics": ["ticket-12"]}
        await settled(socket)
        await watch(socket, "ticket-12", "queues", age=30.0)
        assert await hear(socket) == {"id": 5, "topics": []}, "known topics are not told again"


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://127.0.0.1:9999",
        "null",
        "file://",
        "http://127.0.0.1.evil.example:8000",
        "http://[bad",
    ],
)
async def test_pages_of_others_cannot_open_the_socket(house: House, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with house.browser(house.people.sign_in(1), origin=origin):
            pass
    assert refusal.value.response.status_code == 403


async def test_the_proxy_in_front_is_trusted(house: House) -> None:
    async with house.browser(house.people.sign_in(1), origin="https://desk.example.com") as socket:
        await watch(socket, "ticket-1")
        await settled(socket)


@pytest.mark.parametrize("key", ["", "unknown", "x" * 200, 'a"; sessionid=b'])
async def test_a_stranger_is_told_to_sign_in(house: House, key: str) -> None:
    async with house.browser(key) as socket:
        assert await closing_code(socket) == 4401


async def test_the_socket_ends_with_the_session(house: House) -> None:
    async with house.browser(house.people.sign_in(1, seconds=0.3)) as socket:
        assert await closing_code(socket) == 4401


async def test_a_log_out_closes_the_socket(database: dict[str, Any]) -> None:
    async with open_house(database, session_check_seconds=0.1) as house:
        key = house.people.sign_in(1)
        async with house.browser(key) as socket:
            await watch(socket, "ticket-1")
            await settled(socket)
            del house.people.sessions[key]
            assert await closing_code(socket) == 4401


async def test_one_person_has_a_limited_number_of_connections(database: dict[str, Any]) -> None:
    async with open_house(database, most_per_user=1) as house:
        key = house.people.sign_in(1)
        async with house.browser(key) as first:
            await watch(first, "ticket-1")
            await settled(first)
            async with house.browser(key) as second:
                assert await closing_code(second) == 4429
        async with asyncio.timeout(2):
            while house.server.hub.clients:
                await asyncio.sleep(0.01)
        async with house.browser(key) as third:
            await watch(third, "ticket-1")
            await settled(third)


@pytest.mark.parametrize(
    "said",
    ["", "{}", "[]", "null", '{"watch": "ticket-1"}', '{"watch": [1]}', '{"watch": ["ticket 1"]}', '{"watch": [], "since": "x"}',
     '{"watch": [], "age": "x"}', json.dumps({"watch": [f"ticket-{n}" for n in range(65)]}), "[" * 4000],
)  # fmt: skip
async def test_nonsense_closes_the_connection(house: House, said: str) -> None:
    async with house.browser(house.people.sign_in(1)) as socket:
        await socket.send(said)
        assert await closing_code(socket) == 4400


async def test_a_reader_that_does_not_read_costs_one_message_a_topic(house: House) -> None:
    key = house.people.sign_in(1)
    async with house.browser(key) as slow, house.browser(house.people.sign_in(2)) as quick:
        await watch(slow, "ticket-1")
        await settled(slow)
        (client,) = house.server.hub.clients - {one for one in house.server.hub.clients if one.user.pk == 2}
        await watch(quick, "ticket-1")
        await settled(quick)
        client._wake.clear()
        for number in range(5000):
            client.tell("ticket-1", f"{number}")
            client._wake.clear()
        assert client.pending == {"ticket-1": "4999"}
        await house.notify(1, "ticket-1")
        assert (await hear_change(quick))["id"] == 1


async def test_after_the_database_was_away_everything_is_fetched_again(house: House) -> None:
    async with house.browser(house.people.sign_in(1)) as socket:
        await watch(socket, "ticket-1")
        await settled(socket)
        await house.drop_listener()
        assert await hear(socket) == {"reload": True}
        await house.notify(3, "ticket-1")
        assert (await hear_change(socket))["id"] == 3


async def test_a_payload_that_is_not_ours_is_passed_over(house: House) -> None:
    async with house.browser(house.people.sign_in(1)) as socket:
        await watch(socket, "ticket-1")
        await settled(socket)
        for payload in ("x", "{}", '{"id": "x", "topics": []}', "[1]", '{"id": 1, "topics": 5}'):
            house.server._heard(payload)
        await house.notify(4, "ticket-1")
        assert (await hear_change(socket))["id"] == 4
