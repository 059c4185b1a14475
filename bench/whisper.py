"""How long after a supervisor's order a whisper is in the mix, and in the agent's ear."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from bench.media import _worker
from hallom.media import rtp
from hallom.media.aio.client import MediaClient

Figure = dict[str, Any]

TICK_SECONDS = 0.02
ROUNDS = 100
# Between two orders: no multiple of a tick, so that orders come at every moment of one.
PAUSE_SECONDS = 0.233
SETTLE_SECONDS = 1.0
PATIENCE_SECONDS = 1.0
SILENT, LOUD = bytes([0xFF]) * 160, bytes(0x80 | (index * 7) % 64 for index in range(160))
LEGS = ("customer", "agent", "supervisor")
SPEAKER = "supervisor"


class Ear(asyncio.DatagramProtocol):
    """A telephone that speaks all the time, and notes when it began to hear something and when that ended."""

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.sequence = 0
        self.transport: asyncio.DatagramTransport | None = None
        self.changes: list[tuple[float, bool]] = [(0.0, False)]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, _address: Any) -> None:
        if rtp.traffic_of(data) is not rtp.Traffic.RTP:
            return
        # Silence is 0xFF or 0x7F in this law, whatever the rounding of the mix made of it.
        is_loud = sum(byte & 0x7F < 0x70 for byte in data[12:]) > 20
        if is_loud is not self.changes[-1][1]:
            self.changes.append((time.monotonic(), is_loud))

    def speak(self, number: int) -> None:
        self.sequence += 1
        packet = rtp.Packet(0, False, self.sequence % 65536, self.sequence * 160, number, self.payload)
        if self.transport is not None:
            self.transport.sendto(rtp.pack(packet))

    def since(self, at: float, *, is_loud: bool) -> float | None:
        return next((when for when, loud in self.changes if when >= at and loud is is_loud), None)


@dataclass
class Measured:
    """In seconds: order to the worker's word that it is done, and order to the first packet that sounds so."""

    replies: list[float] = field(default_factory=list)
    heard: list[float] = field(default_factory=list)
    leaked: int = 0


def run() -> Iterator[Figure]:
    measured = asyncio.run(_measure())
    how = f"{ROUNDS} orders listen → whisper → listen to a worker over its control socket, at any moment of a tick"
    for name, values, target in (
        ("whisper: order to effective in the mix", measured.replies, 20.0),
        ("whisper: order to the agent's ear", measured.heard, 40.0),
    ):
        ordered = sorted(values)
        yield _figure(f"{name}, p50", 1000 * statistics.median(ordered), "ms", None, how)
        yield _figure(f"{name}, p99", 1000 * ordered[int(len(ordered) * 0.99) - 1], "ms", target, how)
    yield _figure("whisper: packets of it the customer heard", measured.leaked, "packets", 0, how)


def _figure(name: str, value: float, unit: str, target: float | None, how: str) -> Figure:
    return {"name": name, "value": round(value, 2), "unit": unit, "target": target, "how": how}


async def _measure() -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        async with _worker(Path(folder)) as (_process, client):
            ears = {leg: await _telephone(client, leg) for leg in LEGS}
            everybody = [[one, other, 1.0] for one in LEGS[:2] for other in LEGS if one != other]
            await client.call("mix", edits=everybody)
            speaking = asyncio.create_task(_speak(ears))
            await asyncio.sleep(SETTLE_SECONDS)
            measured = Measured()
            for number in range(ROUNDS):
                await _order(client, ears, measured, is_whisper=number % 2 == 0)
                await asyncio.sleep(PAUSE_SECONDS)
            measured.leaked = len(ears["customer"].changes) - 1
            speaking.cancel()
    return measured


async def _telephone(client: MediaClient, leg: str) -> Ear:
    opened = await client.call("leg.open", leg=leg, kind="rtp")
    transport, ear = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Ear(LOUD if leg == SPEAKER else SILENT),
        local_addr=("127.0.0.1", 0),
        remote_addr=(opened["host"], opened["port"]),
    )
    host, port = transport.get_extra_info("sockname")
    await client.call(
        "leg.connect", leg=leg, host=host, port=port, codec=0, dtmf=None, sends=True, receives=True
    )
    return ear


async def _speak(ears: dict[str, Ear]) -> None:
    due = time.monotonic()
    while True:
        for number, ear in enumerate(ears.values(), start=1):
            ear.speak(number)
        due += TICK_SECONDS
        await asyncio.sleep(max(due - time.monotonic(), 0))


async def _order(client: MediaClient, ears: dict[str, Ear], measured: Measured, *, is_whisper: bool) -> None:
    at = time.monotonic()
    await client.call("mix", edits=[[SPEAKER, "agent", 1.0 if is_whisper else 0.0]])
    measured.replies.append(time.monotonic() - at)
    while (heard := ears["agent"].since(at, is_loud=is_whisper)) is None:
        if time.monotonic() - at > PATIENCE_SECONDS:
            raise TimeoutError(f"the agent did not hear the change: whisper {is_whisper}")
        await asyncio.sleep(0.001)
    measured.heard.append(heard - at)
