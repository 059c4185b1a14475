"""The push socket: a Starlette application around the hub."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog
from django.db import close_old_connections
from prometheus_client import Counter, Gauge, Histogram
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from hallom.ui.live import sessions, topics
from hallom.ui.live.client import Client
from hallom.ui.live.hub import Hub
from hallom.ui.live.listener import Listener
from hallom.ui.live.origin import is_ours
from hallom.ui.live.presence import Presence
from hallom.ui.live.sessions import SignedIn

log = structlog.get_logger(__name__)
SIGNED_OUT, UNKNOWN_REQUEST, TOO_MANY = 4401, 4400, 4429
HEARTBEAT_SECONDS = 15.0
SESSION_CHECK_SECONDS = 30.0
MOST_REQUESTS_A_MINUTE = 240
Found = TypeVar("Found")

CONNECTIONS = Gauge("hallom_live_connections", "Open push connections", multiprocess_mode="livesum")
EVENTS = Counter("hallom_live_events", "Changes heard from the database")
MESSAGES = Counter("hallom_live_messages", "Messages sent to browsers")
REFUSED = Counter("hallom_live_refused", "Connections refused", ["why"])
FAN_OUT = Histogram(
    "hallom_live_fan_out", "Browsers told of a change", buckets=(0, 1, 3, 10, 30, 100, 300, 1000)
)


@dataclass(frozen=True, slots=True)
class LiveSettings:
    connection: dict[str, Any]
    web_port: int
    trusted_origins: Sequence[str]
    allowed: Callable[[Any, str], bool]
    signed_in: Callable[[str], SignedIn | None] = sessions.signed_in
    still_there: Callable[[Sequence[str]], frozenset[str]] = sessions.still_there
    most_per_user: int = 30
    heartbeat_seconds: float = HEARTBEAT_SECONDS
    session_check_seconds: float = SESSION_CHECK_SECONDS


class LiveServer:
    def __init__(self, settings: LiveSettings) -> None:
        self.settings = settings
        self.hub = Hub(most_per_user=settings.most_per_user)
        self.presence = Presence()
        self.listener = Listener(self._heard, came_back=self.hub.reload, connection=settings.connection)
        # Django's database connections belong to threads: few threads, few connections.
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="live-database")
        routes = [WebSocketRoute("/live/", self.serve), Route("/health/", self.health)]
        self.app = Starlette(routes=routes, lifespan=self._running)

    async def serve(self, socket: WebSocket) -> None:
        client = await self._admitted(socket)
        if client is None:
            return
        writer = asyncio.create_task(client.write(MESSAGES.inc))
        CONNECTIONS.inc()
        try:
            await self._read(client, writer)
        finally:
            writer.cancel()
            self.hub.leave(client)
            self.presence.leave(client)
            CONNECTIONS.dec()

    async def health(self, request: Request) -> Response:
        return PlainTextResponse(
            "ready" if self.listener.ready.is_set() else "no database",
            status_code=200 if self.listener.ready.is_set() else 503,
        )

    async def _admitted(self, socket: WebSocket) -> Client | None:
        headers = socket.headers
        if not is_ours(
            headers.get("origin", ""),
            headers.get("host", ""),
            web_port=self.settings.web_port,
            trusted=self.settings.trusted_origins,
        ):
            REFUSED.labels("origin").inc()
            await socket.close()
            return None
        found = await self._in_thread(self.settings.signed_in, sessions.cookie_in(headers.get("cookie", "")))
        # Browsers tell a page nothing about a refused handshake, so the reason is given after accepting.
        await socket.accept()
        if found is None:
            REFUSED.labels("session").inc()
            await socket.close(SIGNED_OUT)
            return None
        client = Client(socket, found.user, found.session)
        if not self.hub.join(client):
            REFUSED.labels("too many").inc()
            await socket.close(TOO_MANY)
            return None
        self._expire_at(client, found.expires_at)
        return client

    def _expire_at(self, client: Client, moment: datetime) -> None:
        left = (moment - datetime.now(UTC)).total_seconds()
        # Longer timers than a day are not worth keeping: the regular check finds those sessions.
        if left < 86_400:
            asyncio.get_running_loop().call_later(max(left, 0), self._sign_out, client)

    def _sign_out(self, client: Client) -> None:
        if client in self.hub.clients:
            task = asyncio.create_task(client.close(SIGNED_OUT))
            client.closing = task

    async def _read(self, client: Client, writer: asyncio.Task[None]) -> None:
        asked, minute = 0, time.monotonic()
        reader = asyncio.create_task(client.socket.receive_text())
        try:
            while True:
                await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
                if writer.done():
                    await client.close(UNKNOWN_REQUEST)
                    return
                now = time.monotonic()
                asked, minute = (1, now) if now - minute > 60 else (asked + 1, minute)
                request = topics.parse(reader.result())
                if asked > MOST_REQUESTS_A_MINUTE:
                    raise topics.BadRequest("too many requests")
                if isinstance(request, topics.Look):
                    await self._look(client, request)
                else:
                    await self._watch(client, request, now)
                reader = asyncio.create_task(client.socket.receive_text())
        except topics.BadRequest as error:
            REFUSED.labels("request").inc()
            log.info("live_bad_request", reason=str(error))
            await client.close(UNKNOWN_REQUEST)
        except (WebSocketDisconnect, KeyError):
            return
        finally:
            reader.cancel()

    async def _watch(self, client: Client, request: topics.Watch, now: float) -> None:
        unknown = request.topics - client.topics
        may = await self._in_thread(self._permitted, client.user, unknown)
        fresh = self.hub.watch(client, (request.topics & client.topics) | may)
        if unknown - may:
            client.tell("refused", topics.refused(unknown - may))
        self.hub.replay(client, fresh, request, now)

    async def _look(self, client: Client, request: topics.Look) -> None:
        """Who may watch a topic may look at it; nobody else is seen, or sees who does."""
        topic = request.topic
        if topic is None:
            self.presence.leave(client)
        elif topic == self.presence.topic_of(client) or await self._may_look(client, topic):
            self.presence.look(client, topic, is_writing=request.is_writing)
        else:
            self.presence.leave(client)
            client.tell("refused", topics.refused(frozenset({topic})))

    async def _may_look(self, client: Client, topic: str) -> bool:
        asked = frozenset({topic}) - client.topics
        return not asked or asked == await self._in_thread(self._permitted, client.user, asked)

    def _permitted(self, user: Any, asked: frozenset[str]) -> frozenset[str]:
        if not asked:
            return asked
        close_old_connections()
        try:
            return frozenset(topic for topic in asked if self.settings.allowed(user, topic))
        finally:
            close_old_connections()

    def _heard(self, payload: str) -> None:
        try:
            events = topics.Event.parse(payload, time.monotonic())
        except topics.BadRequest:
            log.warning("push_payload_not_understood")
            return
        for event in events:
            EVENTS.inc()
            FAN_OUT.observe(self.hub.publish(event))

    @contextlib.asynccontextmanager
    async def _running(self, app: Starlette) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(work) for work in (self.listener.run(), self._beat(), self._check_sessions())
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self.settings.heartbeat_seconds)
            self.hub.heartbeat()

    async def _check_sessions(self) -> None:
        while True:
            await asyncio.sleep(self.settings.session_check_seconds)
            clients = list(self.hub.clients)
            if not clients:
                continue
            try:
                there = await self._in_thread(
                    self.settings.still_there, sorted({one.session for one in clients})
                )
            except Exception:
                # With the database away nobody's session can be judged; the next round will.
                log.warning("live_session_check_failed", exc_info=True)
                continue
            for client in clients:
                if client.session not in there:
                    self._sign_out(client)

    async def _in_thread(self, work: Callable[..., Found], *arguments: Any) -> Found:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
