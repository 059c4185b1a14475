"""The control connections to the media workers: requests in order, replies and deaths told to the switch."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from hallom.media.aio.client import CONNECTED, DISCONNECTED, MediaClient, MediaError
from hallom.switch.aio import metrics
from hallom.switch.effects import Media
from hallom.switch.messages import Inventory, MediaEvent, MediaReply, Message, WorkerLost, WorkerReady

logger = structlog.get_logger(__name__)

FIRST_CONNECT_SECONDS = 3.0
# Verbs whose replies say more than that it was done: half of all requests, and each reply would be a turn of the switch.
TELLING = frozenset(("leg.open", "leg.close", "recorder.stop"))


class MediaLinks:
    def __init__(self, sockets: Mapping[str, Path]) -> None:
        self.clients = {
            worker: MediaClient(path, partial(self._refused, worker)) for worker, path in sockets.items()
        }
        self.tell: Callable[[Message], None] | None = None
        self._readers: list[asyncio.Task[None]] = []

    async def inventory(self) -> dict[str, Inventory]:
        """What the workers that answer hold; those that do not are told of by `WorkerReady` once they do."""
        found = await asyncio.gather(*(self._first_inventory(worker) for worker in self.clients))
        return {
            worker: inventory
            for worker, inventory in zip(self.clients, found, strict=True)
            if inventory is not None
        }

    def start(self, tell: Callable[[Message], None], known: Mapping[str, Inventory]) -> None:
        """From here on everything the workers say goes to `tell`; `known` ones have been told of already."""
        self.tell = tell
        for worker in self.clients:
            reader = self._read(worker, is_known=worker in known)
            self._readers.append(asyncio.create_task(reader, name=f"media link {worker}"))

    def send(self, request: Media) -> None:
        client = self.clients.get(request.worker)
        if client is None:
            self._refused(request.worker, request.do, request.reply_to, "no such worker")
            return
        if request.reply_to and request.do in TELLING:
            client.ask(request.do, request.args, partial(self._answered, request))
        else:
            client.tell(request.do, request.args, request.reply_to)

    async def close(self) -> None:
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        await asyncio.gather(*(client.close() for client in self.clients.values()))

    async def _first_inventory(self, worker: str) -> Inventory | None:
        client = self.clients[worker]
        try:
            await client.connect(FIRST_CONNECT_SECONDS)
            return inventory_of(await client.call("inventory"))
        except (TimeoutError, MediaError):
            logger.warning("media.worker_absent", worker=worker)
            return None

    async def _read(self, worker: str, *, is_known: bool) -> None:
        async for event in self.clients[worker]:
            try:
                if event["event"] == CONNECTED:
                    if not is_known:
                        await self._greet(worker)
                    is_known = False
                    metrics.MEDIA_WORKER_UP.labels(worker).set(1)
                elif event["event"] == DISCONNECTED:
                    metrics.MEDIA_WORKER_UP.labels(worker).set(0)
                    logger.warning("media.worker_lost", worker=worker)
                    self._tell(WorkerLost(worker))
                else:
                    name = event.pop("event")
                    self._tell(MediaEvent(worker, name, event))
            except Exception:
                logger.exception("media.event_failed", worker=worker)

    async def _greet(self, worker: str) -> None:
        try:
            reply = await self.clients[worker].call("inventory")
        except MediaError:
            return
        self._tell(WorkerReady(worker, inventory_of(reply)))

    def _answered(self, request: Media, reply: Mapping[str, Any] | None, error: str) -> None:
        if reply is None and request.do == "leg.open" and not self.clients[request.worker].is_connected:
            # Not refused: `WorkerReady` has it asked for anew, or `WorkerLost` on another worker.
            return
        if reply is None:
            self._refused(request.worker, request.do, request.reply_to, error)
        else:
            self._tell(MediaReply(request.worker, request.reply_to, True, reply, ""))

    def _refused(self, worker: str, do: str, reply_to: str, error: str) -> None:
        logger.info("media.refused", worker=worker, do=do, error=error)
        if reply_to:
            self._tell(MediaReply(worker, reply_to, False, {}, error))

    def _tell(self, message: Message) -> None:
        if self.tell is not None:
            self.tell(message)


def inventory_of(reply: Mapping[str, Any]) -> Inventory:
    return Inventory(
        frozenset(leg["leg"] for leg in reply["legs"]),
        frozenset(player["player"] for player in reply["players"]),
        frozenset(recorder["recorder"] for recorder in reply["recorders"]),
        frozenset((edge[0], edge[1]) for edge in reply["edges"]),
    )
