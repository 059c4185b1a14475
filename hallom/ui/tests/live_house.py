"""A real push server on a real port, for tests that play browsers."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from hallom.ui.live.process import configuration
from hallom.ui.live.server import LiveServer, LiveSettings
from hallom.ui.live.sessions import SignedIn

WEB_PORT = 8000
NAMES = {1: "Bíró Nóra", 2: "Farkas Gergő", 3: "Takács Márta"}


@dataclass(frozen=True)
class Person:
    pk: int
    is_active: bool = True
    full_name: str = ""


@dataclass
class People:
    """Sessions by their key; whoever is not here is a stranger."""

    sessions: dict[str, SignedIn] = field(default_factory=dict)

    def sign_in(self, pk: int, *, seconds: float = 3600) -> str:
        key = f"key-{pk}-{len(self.sessions)}"
        self.sessions[key] = SignedIn(
            Person(pk, full_name=NAMES.get(pk, "")), key, datetime.now(UTC) + timedelta(seconds=seconds)
        )
        return key


def allowed(user: Person, topic: str) -> bool:
    prefix, _dash, key = topic.partition("-")
    return prefix == "ticket" or (prefix == "desk" and key == str(user.pk)) or topic == "queues"


@dataclass
class House:
    people: People
    server: LiveServer
    runner: uvicorn.Server
    connection: dict[str, Any]

    @property
    def port(self) -> int:
        return int(self.runner.servers[0].sockets[0].getsockname()[1])

    @contextlib.asynccontextmanager
    async def browser(
        self, key: str, *, origin: str = f"http://127.0.0.1:{WEB_PORT}"
    ) -> AsyncIterator[ClientConnection]:
        headers = {"Cookie": f"sessionid={key}"}
        address = f"ws://127.0.0.1:{self.port}/live/"
        async with connect(address, origin=origin, additional_headers=headers, compression=None) as socket:  # type: ignore[arg-type]
            yield socket

    async def notify(self, event: int, *topics: str) -> None:
        async with await psycopg.AsyncConnection.connect(**self.connection, autocommit=True) as connection:
            payload = json.dumps({"id": event, "topics": topics})
            await connection.execute("SELECT pg_notify('push', %s)", (payload,))

    async def drop_listener(self) -> None:
        async with await psycopg.AsyncConnection.connect(**self.connection, autocommit=True) as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'hallom live' AND datname = current_database()"
            )


@contextlib.asynccontextmanager
async def open_house(connection: dict[str, Any], **changes: Any) -> AsyncIterator[House]:
    people = People()
    given = LiveSettings(
        connection=connection,
        web_port=WEB_PORT,
        trusted_origins=("https://desk.example.com",),
        allowed=allowed,
        signed_in=people.sessions.get,
        still_there=lambda keys: frozenset(key for key in keys if key in people.sessions),
    )
    server = LiveServer(replace(given, **changes))
    runner = uvicorn.Server(configuration(server, "127.0.0.1", 0))
    # The loop's signal handlers belong to pytest.
    runner.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    task = asyncio.create_task(runner.serve())
    await server.listener.ready.wait()
    while not runner.started:
        await asyncio.sleep(0.01)
    try:
        yield House(people, server, runner, connection)
    finally:
        runner.should_exit = True
        await task


async def watch(socket: ClientConnection, *topics: str, since: int | None = None, age: float = 0.0) -> None:
    """Returns once the server has taken the request in."""
    await socket.send(json.dumps({"watch": topics, "since": since, "age": age}))


async def look(socket: ClientConnection, topic: str | None, *, writing: bool = False) -> None:
    await socket.send(json.dumps({"look": topic, "writing": writing}))


async def hear_present(socket: ClientConnection, topic: str) -> list[dict[str, Any]]:
    """The next message about who else looks at the topic."""
    while "present" not in (message := await hear(socket)):
        pass
    people: list[dict[str, Any]] = message["present"][topic]
    return people


async def hear(socket: ClientConnection, seconds: float = 3.0) -> dict[str, Any]:
    return dict(json.loads(await asyncio.wait_for(socket.recv(), seconds)))


async def hear_change(socket: ClientConnection) -> dict[str, Any]:
    """The next message that is not a heartbeat."""
    while True:
        message = await hear(socket)
        if message.get("topics") != []:
            return message


async def settled(socket: ClientConnection) -> None:
    """A heartbeat follows every watch request."""
    while (await hear(socket)).get("topics") != []:
        pass


async def closing_code(socket: ClientConnection) -> int | None:
    """Reads until the server hangs up."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await hear(socket)
    return socket.close_code
