"""What a queued call costs from SIP to journal without sockets, database and media: endpoint, switch and turns alone.

`python -m bench.turns 200` carries 200 calls and nothing else, for whoever counts instructions:
`valgrind --tool=cachegrind --cache-sim=no`, twice with different numbers; the difference is what the calls cost.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import uvloop

from bench.sip import CALLEE, CALLER, SDP, OneTrunk, _header, _reply, _request
from hallom.sip.binding import Binding
from hallom.sip.endpoint import Endpoint
from hallom.sip.events import BindingChanged
from hallom.sip.flow import Flow
from hallom.sip.settings import EndpointSettings
from hallom.switch.aio.bindings import BindingStore
from hallom.switch.aio.hands import Hands
from hallom.switch.aio.journal_writer import JournalWriter
from hallom.switch.aio.lamps import Lamps
from hallom.switch.aio.pace import Pace
from hallom.switch.aio.prepared import Prepared
from hallom.switch.aio.pump import Pump
from hallom.switch.aio.spool import Spool
from hallom.switch.aio.streams import Arrival
from hallom.switch.config import Agent, Config, Number, Queue
from hallom.switch.core import Switch
from hallom.switch.effects import Media
from hallom.switch.messages import MediaEvent, MediaReply, Order, Signal

AGENTS = 120
AT_ONCE = 4
CALLS = 400
WINDOWS = 6
REPLIES: dict[str, dict[str, Any]] = {
    "leg.open": {"host": "127.0.0.1", "port": 20_000, "ssrc": 7},
    "leg.close": {"quality": {"loss": 0.0, "jitter_ms": 1.0, "round_trip_ms": 1.0, "mos": 4.4}},
    "recorder.stop": {"seconds": 1.0},
}


class Instantly:
    """A statement, and its being sent, that needs no database."""

    is_flushed = is_settled = False
    failure = None

    def is_known_to(self, connection: object) -> bool:
        return True

    def send(self, connection: object, value: str) -> Instantly:
        value.encode()
        return self

    def succeeds_within(self, seconds: float) -> bool:
        return True

    def watch(self, told: Callable[[], None], seconds: float) -> None:
        asyncio.get_running_loop().call_soon(told)

    def rest(self, seconds: float) -> None:
        """There is nothing to wait for."""


class Restless(Pace):
    """Calls come as fast as they are carried: what the rest is for, the cold start of a turn, `bench calls` measures."""

    def rest(self, began: float, now: float) -> float:
        return 0.0


class Office:
    """Callers and telephones made of text around the turns of a real pump."""

    def __init__(self, folder: Path) -> None:
        endpoint = Endpoint(EndpointSettings("127.0.0.1", b"bench", port=5060), OneTrunk())
        config = Config(
            numbers={"100": Number(1, "100", "hu", 1, ("hello.wav",))},
            queues={1: Queue(1, "Sales", music=("music.wav",), wrap_up_seconds=0, max_waiting=10_000)},
            agents={one: Agent(one, f"Agent {one}", f"agent-{one}", {1: 3}) for one in range(1, AGENTS + 1)},
            media_workers=("media-0", "media-1"),
        )
        ids = itertools.count(1)
        switch = Switch(config, new_id=lambda: f"{next(ids):026}")
        statement = cast(Prepared, Instantly())
        self.entries, self.asked = 0, list[Media]()
        writer = JournalWriter(
            "",
            Spool(folder / "spool.jsonl"),
            cast(Any, self),
            _insert=statement,
            _insert_and_answer=statement,
        )
        self.pump = Pump(
            endpoint,
            switch,
            writer,
            Hands(endpoint, self),
            bindings=BindingStore(folder / "bindings.json"),
            lamps=Lamps(endpoint, switch, folder / "subscriptions.json"),
        )
        self.sent: list[tuple[Flow, bytes]] = []
        self.tags: dict[str, str] = {}
        self.pump.pace = Restless()
        self.pump.send, self.pump.hang_up = (
            lambda flow, data: self.sent.append((flow, data)),
            lambda flow: None,
        )
        self.calls = 0
        self._sign_in()

    def send(self, request: Media) -> None:
        self.asked.append(request)

    async def carry(self, calls: int) -> None:
        for _ in range(calls // AT_ONCE):
            await self._carry_some()

    async def _carry_some(self) -> None:
        """INVITE, greeting, queue, a telephone that answers at once, BYE; all of them in the same steps."""
        names = [f"bench-{self.calls + one}" for one in range(AT_ONCE)]
        self.calls += AT_ONCE
        self.tags.clear()
        await self._say(
            [_request("INVITE", name, 1, body=SDP) for name in names], lambda: len(self.tags) == AT_ONCE
        )
        acks = [_request("ACK", name, 1, self.tags[name]) for name in names]
        await self._say(acks, lambda: True)
        byes = [_request("BYE", name, 2, self.tags[name]) for name in names]
        await self._say(byes, lambda: not self.pump.switch.state.calls)

    async def _say(self, said: list[bytes], is_done: Callable[[], bool]) -> None:
        arrivals: list[Arrival] = [(data, CALLER, time.time()) for data in said]
        while arrivals or self.asked or not is_done():
            if arrivals:
                self.pump.received(arrivals)
            self._answer_media()
            # The turn, and its rest.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            sent, self.sent = self.sent, []
            for flow, data in sent:
                if flow == CALLER and data.startswith(b"SIP/2.0 200") and b"\r\nCSeq: 1 " in data:
                    name = _header(data, "Call-ID").partition("@")[0]
                    self.tags[name] = _header(data, "To").partition("tag=")[2]
            arrivals = [
                (answer, CALLEE, time.time())
                for flow, data in sent
                if flow == CALLEE
                for answer in _answers(data)
            ]

    def _answer_media(self) -> None:
        asked, self.asked = self.asked, []
        for request in asked:
            if request.do in REPLIES:
                reply = MediaReply(request.worker, request.reply_to, True, REPLIES[request.do])
                self.pump.handle(reply)
            if request.do == "player.start" and not request.args.get("loop"):
                self.pump.handle(
                    MediaEvent(request.worker, "player.done", {"player": request.args["player"]})
                )

    def _sign_in(self) -> None:
        now = time.time()
        for agent in self.pump.switch.config.agents:
            contact = f"sip:100@{CALLEE.host}:{CALLEE.port}"
            binding = Binding(f"agent-{agent}", contact, CALLEE, now + 1e6)
            self.pump.endpoint.restore_binding(binding)
            self.pump.switch.handle(Signal(BindingChanged(binding, removed=False)), now)
            self.pump.switch.handle(Order(agent, agent, "sign_in"), now)
        self.pump.switch.take()


def _answers(data: bytes) -> list[bytes]:
    if data.startswith(b"INVITE"):
        return [_reply(data, "180 Ringing"), _reply(data, "200 OK", SDP)]
    return [_reply(data, "200 OK")] if data.startswith(b"BYE") else []


async def _measured() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder))
        await office.carry(CALLS)
        gc.collect()
        gc.freeze()
        best = min([await _window(office) for _ in range(WINDOWS)])
        functions = await _functions(office)
    how = f"{CALLS} calls with greeting, queue, recording and desk phone in memory, {AT_ONCE} in each turn, the text of callers and telephones included"
    return [
        {
            "name": "switch: turns in memory, one queued call",
            "value": round(1000 * best / CALLS, 2),
            "unit": "ms",
            "target": 1.5,
            "how": how,
        },
        {
            "name": "switch: functions called for a queued call",
            "value": round(functions),
            "unit": "",
            "target": None,
            "how": "of Python's own, whatever else the machine does",
        },
    ]


async def _window(office: Office) -> float:
    began = time.process_time()
    await office.carry(CALLS)
    return time.process_time() - began


async def _functions(office: Office) -> float:
    count = Counter[str]()
    sys.setprofile(lambda frame, event, arg: count.update((event,)))
    try:
        await office.carry(AT_ONCE * 10)
    finally:
        sys.setprofile(None)
    return (count["call"] + count["c_call"]) / (AT_ONCE * 10)


def run() -> list[dict[str, Any]]:
    return uvloop.run(_measured())


async def _carry(calls: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        await Office(Path(folder)).carry(calls)


if __name__ == "__main__":
    uvloop.run(_carry(int(sys.argv[1])))
