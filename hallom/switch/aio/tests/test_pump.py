"""One turn of the real endpoint, switch and journal for all that the loop found."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from hallom.sip.endpoint import Endpoint
from hallom.sip.events import ReferReceived
from hallom.sip.flow import Flow
from hallom.sip.settings import EndpointSettings
from hallom.sip.tests.harness import OFFER, Book
from hallom.switch.aio import pump as pump_module
from hallom.switch.aio.bindings import BindingStore
from hallom.switch.aio.hands import Hands, MediaSender
from hallom.switch.aio.journal_writer import JournalWriter
from hallom.switch.aio.lamps import Lamps
from hallom.switch.aio.pace import Pace
from hallom.switch.aio.pump import Pump
from hallom.switch.aio.tests.conftest import Table
from hallom.switch.config import Config, Number, Queue
from hallom.switch.core import Switch
from hallom.switch.messages import MediaEvent

CALLER = Flow("udp", "127.0.0.1", 5299)


class Worker:
    """Hears what is asked of it, and when."""

    def __init__(self) -> None:
        self.told: Callable[[], None] = lambda: None

    def send(self, request: object) -> None:
        self.told()


def invite(number: int) -> bytes:
    return (
        f"INVITE sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5299;rport;branch=z9hG4bK{number}\r\n"
        f"From: <sip:+36301234567@127.0.0.1>;tag={number}\r\nTo: <sip:100@127.0.0.1>\r\nCall-ID: {number}\r\n"
        f"CSeq: 1 INVITE\r\nContact: <sip:caller@127.0.0.1:5299>\r\nMax-Forwards: 70\r\n"
        f"Content-Type: application/sdp\r\nContent-Length: {len(OFFER)}\r\n\r\n{OFFER}"
    ).encode()


@contextlib.asynccontextmanager
async def pumping(writer: JournalWriter, folder: Path) -> AsyncIterator[tuple[Pump, list[bytes]]]:
    settings = EndpointSettings("127.0.0.1", b"secret")
    endpoint = Endpoint(settings, Book(trunks={("127.0.0.1", 5299): "carrier"}))
    config = Config(
        numbers={"100": Number(1, "100", "hu", 1)}, queues={1: Queue(1, "Sales")}, media_workers=("media-0",)
    )
    names = itertools.count(1)
    switch = Switch(config, new_id=lambda: f"{next(names):026}")
    hands = Hands(endpoint, cast(MediaSender, Worker()))
    pump = Pump(
        endpoint,
        switch,
        writer,
        hands,
        bindings=BindingStore(folder / "bindings.json"),
        lamps=Lamps(endpoint, switch, folder / "subscriptions.json"),
    )
    sent: list[bytes] = []
    pump.send, pump.hang_up = lambda flow, data: sent.append(data), lambda flow: None
    task = asyncio.create_task(writer.run())
    try:
        yield pump, sent
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


def arrivals(table: Table) -> int:
    return table.kinds().count("call.arrived")


async def test_what_came_in_one_round_of_the_loop_is_one_commit(
    writer: JournalWriter, table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However slow this machine is.
    monkeypatch.setattr(pump_module, "GATHER_SECONDS", 10.0)
    async with pumping(writer, tmp_path) as (pump, _):
        pump.received([(invite(1), CALLER, None)])
        await until(lambda: arrivals(table) == 1)
        table.connection.execute("LISTEN journal")
        for number in (2, 3, 4):
            pump.received([(invite(number), CALLER, None)])
        await until(lambda: arrivals(table) == 4)
        assert len(list(table.connection.notifies(timeout=0.2))) == 1


async def test_what_was_decided_first_is_written_while_the_rest_of_the_round_is_decided(
    writer: JournalWriter, table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: list[int] = []
    monkeypatch.setattr(pump_module, "GATHER_SECONDS", 0.0)
    async with pumping(writer, tmp_path) as (pump, _):
        pump.received([(invite(1), CALLER, None)])
        await until(lambda: arrivals(table) == 1 and writer.is_idle)
        cast(Worker, pump.hands.media).told = lambda: known.append(arrivals(table))
        pump.received([(invite(number), CALLER, None) for number in (2, 3, 4)])
        # Without the loop's help.
        waited_until = time.monotonic() + 10
        while arrivals(table) == 1:
            assert time.monotonic() < waited_until
        assert not known
        await until(lambda: len(known) == 3)
    assert all(written >= number for number, written in enumerate(known, 2))
    assert [row["data"]["transaction"] for row in table.rows() if row["kind"] == "call.arrived"] == [
        leg.transaction for call in pump.switch.state.calls.values() for leg in call.legs.values()
    ]


async def test_what_the_loop_meets_before_a_rest_is_written_during_it(
    writer: JournalWriter, table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[None] = []
    async with pumping(writer, tmp_path) as (pump, _):
        pump.received([(invite(1), CALLER, None)])
        await until(lambda: arrivals(table) == 1 and writer.is_idle)
        cast(Worker, pump.hands.media).told = lambda: told.append(None)
        with monkeypatch.context() as patch:
            patch.setattr(Pace, "rest", lambda *_: 1.0)
            pump.received([(invite(2), CALLER, None)])
            pump._rest(time.monotonic())
            assert arrivals(table) == 2
            assert not told
        await until(lambda: told)


async def test_what_follows_from_a_message_bears_the_time_at_which_it_came(
    writer: JournalWriter, table: Table, tmp_path: Path
) -> None:
    async with pumping(writer, tmp_path) as (pump, _):
        now = time.time()
        # A worker and a deadline are met in the same turn; they do not make the message any younger.
        pump.handle(MediaEvent("media-0", "player.done", {"player": "of nobody"}))
        pump._on_timer()
        pump.received([(invite(1), CALLER, now - 0.5), (invite(2), CALLER, now - 0.3)])
        # The clock was set back in between.
        pump.received([(invite(3), CALLER, now - 0.4)])
        await until(lambda: arrivals(table) == 3)
        came = [row["at"].timestamp() for row in table.rows() if row["kind"] == "call.arrived"]
    assert came == pytest.approx([now - 0.5, now - 0.3, now - 0.3], abs=0.001)


async def test_nothing_is_asked_before_its_entries_are_in_the_table(
    writer: JournalWriter, table: Table, tmp_path: Path
) -> None:
    known: list[int] = []
    async with pumping(writer, tmp_path) as (pump, _):
        cast(Worker, pump.hands.media).told = lambda: known.append(arrivals(table))
        for number in range(1, 4):
            pump.received([(invite(number), CALLER, None)])
            await until(lambda number=number: len(known) == number)
    assert known == [1, 2, 3]


async def test_a_slow_database_holds_up_only_what_must_wait_for_it(
    writer: JournalWriter, table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pump_module, "ANSWER_SECONDS", 0.001)
    async with pumping(writer, tmp_path) as (pump, sent):
        pump.received([(invite(1), CALLER, None)])
        await until(lambda: arrivals(table) == 1)
        with table.connection.transaction():
            table.connection.execute("LOCK TABLE switch_journal")
            pump.received([(invite(2), CALLER, None)])
            heard: list[bytes] = []
            pump.send = lambda flow, data: heard.append(data)
            pump.received([(invite(2).replace(b"INVITE", b"OPTIONS").replace(b"K2", b"K5"), CALLER, None)])
            await until(lambda: any(b"OPTIONS" in data for data in heard))
        await until(lambda: arrivals(table) == 2)
        assert sent


async def test_a_transfer_of_a_call_that_is_gone_is_refused(
    writer: JournalWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[tuple[str, int]] = []
    monkeypatch.setattr(
        Endpoint, "refuse_refer", lambda _self, key, status, _now: refused.append((key, status))
    )
    event = ReferReceived("d1", "r1", "sip:200@127.0.0.1", None, None)
    async with pumping(writer, tmp_path) as (pump, _):
        monkeypatch.setattr(pump.endpoint, "next_event", iter([event, None, None]).__next__)
        pump._drain_events()
        pump._submit()
    assert refused == [("r1", 481)]
