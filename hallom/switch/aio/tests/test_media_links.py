import asyncio
import contextlib
import json
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from hallom.switch.aio.media_links import MediaLinks
from hallom.switch.effects import Media
from hallom.switch.messages import Inventory, MediaEvent, MediaReply, Message, WorkerLost, WorkerReady

EMPTY = {"legs": [], "players": [], "recorders": [], "edges": []}


class Worker:
    """Answers what the test says it should."""

    def __init__(self, path: Path, inventory: dict[str, Any] | None = None) -> None:
        self.path = path
        self.inventory = inventory or EMPTY
        self.writers: list[asyncio.StreamWriter] = []
        self.asked: list[dict[str, Any]] = []
        self.server: asyncio.Server | None = None

    async def start(self) -> None:
        self.path.unlink(missing_ok=True)
        self.server = await asyncio.start_unix_server(self.serve, str(self.path))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        while line := await reader.readline():
            request = json.loads(line)
            self.asked.append(request)
            refused = request["do"] == "player.start"
            answer = (
                {"error": "no such file"}
                if refused
                else self.inventory
                if request["do"] == "inventory"
                else {"port": 7}
            )
            self.say({"id": request["id"], "ok": not refused, **answer})

    def say(self, message: dict[str, Any]) -> None:
        for writer in self.writers:
            writer.write(json.dumps(message).encode() + b"\n")

    def die(self) -> None:
        if self.server is not None:
            self.server.close()
        for writer in self.writers:
            writer.close()
        self.writers.clear()


@contextlib.asynccontextmanager
async def one_worker(
    inventory: dict[str, Any] | None = None,
) -> AsyncIterator[tuple[Worker, MediaLinks, list[Message]]]:
    with tempfile.TemporaryDirectory() as folder:
        worker = Worker(Path(folder) / "media-0.sock", inventory)
        await worker.start()
        links = MediaLinks({"media-0": worker.path})
        told: list[Message] = []
        try:
            yield worker, links, told
        finally:
            await links.close()
            worker.die()


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def test_what_a_worker_holds_is_known_at_the_start_and_not_told_twice() -> None:
    holds = {
        "legs": [{"leg": "a"}, {"leg": "b"}],
        "players": [{"player": "p"}],
        "recorders": [{"recorder": "r"}],
        "edges": [["a", "b", 1.0]],
    }
    async with one_worker(holds) as (_, links, told):
        known = await links.inventory()
        wanted = Inventory(frozenset("ab"), frozenset("p"), frozenset("r"), frozenset({("a", "b")}))
        assert known == {"media-0": wanted}
        links.start(told.append, known)
        links.send(Media("media-0", "leg.open", {"leg": "c"}, "open c"))
        await until(lambda: told)
        assert told == [MediaReply("media-0", "open c", True, {"port": 7})]


async def test_a_refusal_and_a_missing_worker_are_replies_too() -> None:
    async with one_worker() as (_, links, told):
        links.start(told.append, await links.inventory())
        links.send(Media("media-0", "player.start", {}, "play"))
        links.send(Media("media-9", "leg.open", {}, "open"))
        await until(lambda: len(told) == 2)
        assert {(one.reply_to, one.ok, one.error) for one in told if isinstance(one, MediaReply)} == {
            ("play", False, "no such file"),
            ("open", False, "no such worker"),
        }


async def test_what_was_done_as_asked_is_told_only_when_there_is_more_to_say() -> None:
    async with one_worker() as (worker, links, told):
        links.start(told.append, await links.inventory())
        links.send(Media("media-0", "recorder.start", {"recorder": "c"}, "record c"))
        links.send(Media("media-0", "leg.close", {"leg": "c-1"}))
        links.send(Media("media-0", "leg.close", {"leg": "c-2"}, "close c-2"))
        await until(lambda: told)
        assert told == [MediaReply("media-0", "close c-2", True, {"port": 7})]
        assert [one.get("quiet", False) for one in worker.asked[1:]] == [True, True, False]


async def test_events_are_passed_on() -> None:
    async with one_worker() as (worker, links, told):
        links.start(told.append, await links.inventory())
        worker.say({"event": "player.done", "player": "p"})
        await until(lambda: told)
        assert told == [MediaEvent("media-0", "player.done", {"player": "p"})]


async def test_a_death_and_a_return_are_told() -> None:
    async with one_worker({**EMPTY, "legs": [{"leg": "a"}]}) as (worker, links, told):
        links.start(told.append, await links.inventory())
        worker.die()
        await until(lambda: WorkerLost("media-0") in told)
        worker.inventory = EMPTY
        await worker.start()
        await until(lambda: WorkerReady("media-0", Inventory()) in told)


async def test_a_worker_that_comes_late_is_told_of_when_it_is_there() -> None:
    with tempfile.TemporaryDirectory() as folder:
        worker = Worker(Path(folder) / "media-0.sock")
        links = MediaLinks({"media-0": worker.path})
        told: list[Message] = []
        links.start(told.append, {})
        task = asyncio.create_task(links.clients["media-0"].connect())
        await worker.start()
        await until(lambda: told)
        assert told == [WorkerReady("media-0", Inventory())]
        await task
        await links.close()
        worker.die()


async def test_a_port_that_a_dying_worker_was_asked_for_is_not_refused() -> None:
    """`WorkerReady` has it asked for anew, `WorkerLost` on another worker; a caller must not be turned away for it."""
    async with one_worker() as (worker, links, told):
        links.start(told.append, await links.inventory())
        worker.die()
        links.send(Media("media-0", "leg.open", {"leg": "a-1"}, "open a-1"))
        links.send(Media("media-0", "leg.close", {"leg": "b-1"}, "close b-1"))
        await until(lambda: WorkerLost("media-0") in told)
        links.send(Media("media-0", "leg.open", {"leg": "c-1"}, "open c-1"))
        replies = [one.reply_to for one in told if isinstance(one, MediaReply)]
        assert replies == ["close b-1"]
