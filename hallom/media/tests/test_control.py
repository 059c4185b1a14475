"""The control socket: reconnecting, inventory, nonsense."""

from __future__ import annotations

import asyncio
import itertools
import json

import pytest

from hallom.media.aio.client import MediaClient, MediaError
from hallom.media.aio.worker import share_of_ports, socket_path
from hallom.media.tests.endpoint import tone
from hallom.media.tests.running import DEADLINE_SECONDS, Worker, until, write_sound

pytestmark = pytest.mark.telephony


async def test_a_worker_says_that_it_is_ready(worker: Worker) -> None:
    word, facts = worker.ready.decode().split(" ", 1)
    assert word == "ready"
    assert json.loads(facts)["port"] >= 30000
    assert socket_path(worker.data, 0).stat().st_mode & 0o077 == 0


async def test_a_closed_control_connection_changes_nothing(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    agent = await worker.telephone("c-2", 1000)
    await worker.bridge("c-1", "c-2")
    await until(lambda: customer.hears() == [1000] and agent.hears() == [400])
    await worker.client.close()
    count = len(customer.heard)
    await until(lambda: len(customer.heard) > count + 30)
    sequences = [packet.sequence for packet in customer.heard]
    assert {(b - a) % 65536 for a, b in itertools.pairwise(sequences)} == {1}
    assert customer.hears() == [1000]


async def test_the_inventory_tells_all_that_is_needed_to_go_on(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    await worker.telephone("c-2", 1000)
    await worker.bridge("c-1", "c-2", 0.5)
    music = write_sound(worker.data / "music.wav", tone(500, 8000))
    await worker.client.call("player.start", player="c-p1", files=[music], loop=True, to=["c-1"])
    recorder = await worker.client.call(
        "recorder.start", recorder="c", path="c.wav", left=["c-1"], right=["c-2"]
    )
    await worker.client.call("recorder.pause", recorder="c")
    another = MediaClient(socket_path(worker.data, 0))
    await another.connect(5)
    inventory = await another.call("inventory")
    opened = await another.call("leg.open", leg="c-1", kind="rtp")
    await another.close()
    leg = inventory["legs"][0]
    assert {key: leg[key] for key in opened} == opened
    assert leg["connected"] == {
        "host": "127.0.0.1", "port": customer.port, "codec": 0, "dtmf": 101, "sends": True, "receives": True,
    }  # fmt: skip
    assert sorted(inventory["edges"]) == [["c-1", "c-2", 0.5], ["c-2", "c-1", 0.5], ["c-p1", "c-1", 1.0]]
    player = inventory["players"][0]
    assert (player["player"], player["files"], player["loop"], player["to"]) == (
        "c-p1",
        [music],
        True,
        ["c-1"],
    )
    held = inventory["recorders"][0]
    assert (held["recorder"], held["path"], held["paused"]) == ("c", recorder["path"], True)
    assert (held["left"], held["right"]) == (["c-1"], ["c-2"])


async def test_closing_a_leg_frees_its_port_and_its_edges(worker: Worker) -> None:
    await worker.telephone("c-1", 400)
    await worker.telephone("c-2", 1000)
    await worker.bridge("c-1", "c-2")
    await worker.client.call("leg.close", leg="c-2")
    inventory = await worker.client.call("inventory")
    assert [leg["leg"] for leg in inventory["legs"]] == ["c-1"]
    assert inventory["edges"] == []


async def test_nonsense_is_answered_and_the_connection_stays(worker: Worker) -> None:
    reader, writer = await asyncio.open_unix_connection(str(socket_path(worker.data, 0)))
    writer.write(b'nonsense\n\n{"id":7,"do":"fly"}\n{"id":8,"do":"pi')
    assert json.loads(await reader.readline()) == {"id": None, "ok": False, "error": "not a JSON object"}
    assert json.loads(await reader.readline())["id"] == 7
    writer.write(b'ng"}\n')
    reply = json.loads(await reader.readline())
    assert (reply["id"], reply["ok"]) == (8, True)
    writer.close()


async def test_an_endless_line_is_cut_off(worker: Worker) -> None:
    reader, writer = await asyncio.open_unix_connection(str(socket_path(worker.data, 0)))
    writer.write(b"x" * 4_000_000)
    assert json.loads(await reader.readline())["error"] == "line too long"
    assert await reader.read() == b""
    writer.close()


async def test_a_client_comes_back_after_the_worker_did(worker: Worker) -> None:
    worker.process.kill()
    await asyncio.to_thread(worker.process.wait, 5)
    await until(lambda: worker.of_kind("disconnected"))
    worker.restart()
    async with asyncio.timeout(DEADLINE_SECONDS):
        reply = await first_reply(worker.client)
    assert reply["legs"] == 0
    assert len(worker.of_kind("connected")) >= 2


async def first_reply(client: MediaClient) -> dict[str, object]:
    """A worker that is being killed may still take a connection and lose it at once."""
    while True:
        await client.connect()
        try:
            return await client.call("ping")
        except MediaError:
            continue


def test_workers_share_the_ports_without_overlap() -> None:
    shares = [share_of_ports(range(20000, 29999), worker, 3) for worker in range(3)]
    assert all(share.start % 2 == 0 for share in shares)
    assert not set(shares[0]) & set(shares[1])
    assert not set(shares[1]) & set(shares[2])
    assert shares[2].stop <= 29999


async def test_a_quiet_request_is_answered_only_when_it_is_refused(worker: Worker) -> None:
    refusals: list[tuple[str, str, str]] = []
    client = MediaClient(worker.client._path, lambda *refusal: refusals.append(refusal))
    await client.connect(DEADLINE_SECONDS)
    await client.call("leg.open", leg="c-1", kind="rtp")
    client.tell("mix", {"edits": [["c-1", "c-1", 1.0]]}, "first")
    client.tell("leg.close", {"leg": "nobody"}, "second")
    client.tell("leg.close", {"leg": "c-1"})
    assert (await client.call("inventory"))["legs"] == []
    assert refusals == [("leg.close", "second", "no such leg 'nobody'")]
    await client.close()
    client.tell("leg.close", {"leg": "c-1"}, "third")
    assert refusals[1:] == [("leg.close", "third", "the media worker is not connected")]
