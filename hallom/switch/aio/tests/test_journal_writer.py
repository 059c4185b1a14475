import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hallom.switch.aio.journal_batch import Work
from hallom.switch.aio.journal_connection import JournalHeld
from hallom.switch.aio.journal_writer import JournalWriter
from hallom.switch.aio.spool import Spool, encode
from hallom.switch.aio.tests.conftest import Table
from hallom.switch.journal import JournalEntry

CALL = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def entry(kind: str, **data: Any) -> JournalEntry:
    return JournalEntry(kind, 1_700_000_000.123456, CALL, None, data)


@pytest.fixture(autouse=True, params=[0.05, 0.0], ids=["waited for", "come back for"])
def answer_seconds(request: pytest.FixtureRequest) -> float:
    """How long the loop waits for a commit's answer; whatever takes longer takes another way."""
    Patience.seconds = request.param
    return Patience.seconds


class Patience:
    seconds = 0.0


def write(writer: JournalWriter) -> None:
    writer.write(Patience.seconds)
    writer.rest(0.0)
    while writer.has_written:
        writer.write(Patience.seconds)
        writer.rest(0.0)


@contextlib.asynccontextmanager
async def running(writer: JournalWriter) -> AsyncIterator[None]:
    writer.on_written = lambda: write(writer)
    task = asyncio.create_task(writer.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def written(
    writer: JournalWriter, *entries: JournalEntry, replies: list[dict[str, Any]] | None = None
) -> None:
    done = asyncio.Event()
    writer.hold(Work(list(entries), replies or [], done.set))
    write(writer)
    async with asyncio.timeout(10):
        await done.wait()


async def opened(writer: JournalWriter) -> None:
    """Once the connection before it is gone."""
    async with asyncio.timeout(10):
        while writer.connection is None:
            with contextlib.suppress(JournalHeld):
                await writer.open()


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def test_entries_are_in_the_table_before_the_effects(writer: JournalWriter, table: Table) -> None:
    seen: list[list[str]] = []
    async with running(writer):
        writer.hold(Work([entry("call.arrived", name="Zoë")], [], lambda: seen.append(table.kinds())))
        await written(writer, entry("leg.opened"))
    assert seen[0][:1] == ["call.arrived"]
    row = table.rows()[0]
    assert (row["call"], row["agent"], row["data"]) == (CALL, None, {"name": "Zoë"})
    assert row["at"].timestamp() == 1_700_000_000.123456


async def test_what_comes_together_is_one_commit_and_one_notification(
    writer: JournalWriter, table: Table
) -> None:
    table.connection.execute("LISTEN journal")
    async with running(writer):
        for number in range(50):
            writer.hold(Work([entry("greeting.started", number=number)], [], lambda: None))
        await written(writer, entry("greeting.ended"))
    rows = table.rows()
    assert [row["data"]["number"] for row in rows[:50]] == list(range(50))
    heard = list(table.connection.notifies(timeout=0.2))
    assert [notify.payload for notify in heard] == [str(rows[-1]["id"])]


async def test_a_batch_larger_than_the_socket_takes_at_once_is_written_whole(
    writer: JournalWriter, table: Table
) -> None:
    async with running(writer):
        await written(writer, *[entry("call.arrived", sdp="x" * 2_000_000, number=at) for at in range(4)])
    assert [len(row["data"]["sdp"]) for row in table.rows()] == [2_000_000] * 4


async def test_effects_without_entries_keep_their_place(writer: JournalWriter) -> None:
    order: list[str] = []
    async with running(writer):
        writer.hold(Work([entry("call.arrived")], [], lambda: order.append("first")))
        writer.hold(Work([], [], lambda: order.append("second")))
        await written(writer)
    assert order == ["first", "second"]


async def test_the_answer_to_an_order_is_written_with_the_entries(
    writer: JournalWriter, table: Table
) -> None:
    made = table.connection.execute(
        'INSERT INTO switch_order (agent, verb, args) VALUES (7, \'hold\', \'{"call": "x", "sealed": "s"}\') RETURNING id'
    )
    number = (made.fetchone() or {})["id"]
    async with running(writer):
        await written(writer, entry("call.held"), replies=[{"id": number, "ok": False, "error": "not_now"}])
    row = table.connection.execute("SELECT * FROM switch_order").fetchone() or {}
    assert (row["ok"], row["error"]) == (False, "not_now")
    assert row["done_at"] is not None
    assert row["args"] == {"call": "x"}, "keys that were pressed do not stay"


async def test_an_effect_that_fails_stops_nothing(writer: JournalWriter, table: Table) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    async with running(writer):
        writer.hold(Work([entry("call.arrived")], [], fail))
        await written(writer, entry("leg.opened"))
    assert table.kinds() == ["call.arrived", "leg.opened"]


async def test_without_a_database_the_entries_go_to_a_file_and_the_effects_happen(
    database: str, table: Table, tmp_path: Path
) -> None:
    writer = JournalWriter("host=/nowhere dbname=none", Spool(tmp_path / "spool.jsonl"))
    async with running(writer):
        await written(writer, entry("call.bridged"), entry("call.held"))
        assert len(list(writer.spool.batches())) == 1
        writer.database = database
        await until(lambda: not writer.is_spooling)
        await written(writer, entry("call.retrieved"))
    await writer.close()
    assert table.kinds() == ["call.bridged", "call.held", "call.retrieved"]
    assert list(writer.spool.batches()) == []


async def test_a_lost_connection_costs_no_entry_and_no_order(writer: JournalWriter, table: Table) -> None:
    async with running(writer):
        await written(writer, entry("call.arrived"))
        table.refuse_connections(of="hallom-switch")
        began = time.monotonic()
        await written(writer, entry("leg.opened"))
        assert time.monotonic() - began < 1.0
        await until(lambda: not writer.is_spooling)
        await written(writer, entry("call.answered"))
    assert table.kinds() == ["call.arrived", "leg.opened", "call.answered"]


async def test_an_order_given_during_an_outage_is_answered_with_its_end(
    writer: JournalWriter, table: Table
) -> None:
    """Not with the next entry, which may be long in coming."""
    made = table.connection.execute(
        "INSERT INTO switch_order (agent, verb, args) VALUES (7, 'hold', '{}') RETURNING id"
    )
    number = (made.fetchone() or {})["id"]
    async with running(writer):
        await written(writer, entry("call.arrived"))
        table.refuse_connections(of="hallom-switch")
        await written(writer, entry("call.held"), replies=[{"id": number, "ok": True, "error": ""}])
        await until(
            lambda: table.connection.execute(
                "SELECT 1 FROM switch_order WHERE done_at IS NOT NULL"
            ).fetchone()
        )
    assert table.kinds() == ["call.arrived", "call.held"]


async def test_a_commit_whose_answer_was_lost_is_not_doubled(
    writer: JournalWriter, table: Table, database: str
) -> None:
    async with running(writer):
        await written(writer, entry("call.arrived", name="a"), entry("leg.opened", leg="x"))
    row = {
        "at": 1_700_000_000.123456,
        "call": CALL,
        "agent": None,
        "kind": "leg.opened",
        "data": {"leg": "x"},
    }
    writer.spool.append(encode([row, {**row, "kind": "call.answered"}]))
    await writer.close()
    again = JournalWriter(database, writer.spool)
    await opened(again)
    await again.close()
    assert table.kinds() == ["call.arrived", "leg.opened", "call.answered"]


async def test_a_locked_table_counts_as_an_outage_and_frees_the_callers(
    writer: JournalWriter, table: Table, monkeypatch: Any
) -> None:
    monkeypatch.setattr("hallom.switch.aio.journal_writer.COMMIT_SECONDS", 0.2)
    async with running(writer):
        await written(writer, entry("call.arrived"))
        with table.connection.transaction():
            table.connection.execute("LOCK TABLE switch_journal")
            await written(writer, entry("leg.opened"))
            assert writer.is_spooling
        await until(lambda: not writer.is_spooling)
    assert table.kinds() == ["call.arrived", "leg.opened"]


SLOW = """
CREATE FUNCTION slow_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NEW; END $$;
CREATE TRIGGER slow_row BEFORE INSERT ON switch_journal FOR EACH ROW WHEN (NEW.kind = 'leg.opened')
EXECUTE FUNCTION slow_row()"""


async def test_a_commit_still_under_way_when_its_connection_is_given_up_is_not_doubled(
    writer: JournalWriter, table: Table, monkeypatch: Any
) -> None:
    monkeypatch.setattr("hallom.switch.aio.journal_writer.COMMIT_SECONDS", 0.3)
    table.connection.execute(SLOW)
    try:
        async with running(writer):
            await written(writer, entry("call.arrived"))
            await written(writer, entry("leg.opened"))
            assert writer.is_spooling
            await until(lambda: not writer.is_spooling)
    finally:
        table.connection.execute("DROP FUNCTION slow_row CASCADE")
    assert table.kinds() == ["call.arrived", "leg.opened"]


async def test_what_waits_for_a_slow_commit_is_written_during_the_rest(
    writer: JournalWriter, table: Table
) -> None:
    async with running(writer):
        await written(writer, entry("call.arrived"))
        done: list[str] = []
        with table.connection.transaction():
            table.connection.execute("LOCK TABLE switch_journal")
            for kind in ("leg.opened", "call.answered"):
                writer.hold(Work([entry(kind)], [], partial(done.append, kind)))
                assert not writer.write(0.001)
        began = time.monotonic()
        writer.rest(1.0)
        assert time.monotonic() - began >= 1.0
        assert table.kinds() == ["call.arrived", "leg.opened", "call.answered"]
        assert not done
        assert writer.has_written
        assert writer.write(0.0)
    assert done == ["leg.opened", "call.answered"]


async def test_nothing_overtakes_what_is_still_being_carried_on(writer: JournalWriter, table: Table) -> None:
    async with running(writer):
        await written(writer, entry("call.arrived"))
        done: list[str] = []

        def decide_more() -> None:
            """As the pump does with what follows of an effect and needs no entry."""
            if writer.is_idle:
                done.append("overtaken")
            else:
                writer.hold(Work([], [], partial(done.append, "call.answered")))

        writer.hold(Work([entry("leg.opened")], [], decide_more))
        writer.hold(Work([entry("leg.answered")], [], partial(done.append, "leg.answered")))
        assert writer.write(10.0)
        assert writer.write(10.0)
    assert done == ["leg.answered", "call.answered"]


async def test_what_waits_leaves_before_what_is_written_is_carried_on(
    writer: JournalWriter, table: Table
) -> None:
    async with running(writer):
        await written(writer, entry("call.arrived"))

        def wait_for_the_next() -> None:
            limit = time.monotonic() + 10
            while "call.answered" not in table.kinds():
                assert time.monotonic() < limit

        writer.hold(Work([entry("leg.opened")], [], wait_for_the_next))
        writer.post()
        writer.hold(Work([entry("call.answered")], [], None))
        assert writer.write(10.0)
    assert table.kinds() == ["call.arrived", "leg.opened", "call.answered"]


async def test_nobody_waits_for_an_entry_from_which_nothing_follows(
    writer: JournalWriter, table: Table
) -> None:
    async with running(writer):
        await written(writer, entry("call.arrived"))
        with table.connection.transaction():
            table.connection.execute("LOCK TABLE switch_journal")
            writer.hold(Work([entry("leg.quality")], [], None))
            began = time.monotonic()
            assert not writer.write(60.0)
            assert time.monotonic() - began < 30.0
        writer.rest(0.0)
        await until(lambda: writer.write(0.0) or writer.is_idle)
    assert table.kinds() == ["call.arrived", "leg.quality"]


async def test_a_rest_is_over_for_the_loop_when_what_it_watches_is_written(
    writer: JournalWriter, table: Table
) -> None:
    async with running(writer):
        await written(writer, entry("call.arrived"))
        done: list[bool] = []
        with table.connection.transaction():
            table.connection.execute("LOCK TABLE switch_journal")
            writer.hold(Work([entry("leg.opened")], [], lambda: done.append(True)))
            assert not writer.write(0.001)
            began = time.monotonic()
            writer.rest(0.02)
            assert time.monotonic() - began >= 0.02
        writer.rest(60.0)
        assert time.monotonic() - began < 30.0
        await until(lambda: done)


async def test_what_was_posted_is_carried_on_in_order_by_the_next_write(
    writer: JournalWriter, table: Table
) -> None:
    async with running(writer):
        await written(writer, entry("call.arrived"))
        done: list[str] = []
        for kind in ("leg.opened", "call.answered", "greeting.started", "greeting.ended"):
            writer.hold(Work([entry(kind)], [], partial(done.append, kind)))
            writer.post()
            assert not done
        await until(lambda: len(done) == 4 or (write(writer) or len(done) == 4))
    assert done == table.kinds()[1:]


async def test_a_second_switch_waits_for_the_first(writer: JournalWriter, database: str) -> None:
    second = JournalWriter(database, writer.spool)
    with pytest.raises(JournalHeld):
        await second.open()
    await writer.close()
    await opened(second)
    await second.close()


async def test_an_entry_the_database_refuses_is_kept_aside(writer: JournalWriter, table: Table) -> None:
    too_long = JournalEntry("call.arrived", 1_700_000_000.0, "x" * 40)
    async with running(writer):
        await written(writer, entry("call.arrived"), too_long, entry("leg.opened"))
    assert table.kinds() == ["call.arrived", "leg.opened"]
    refused = Spool(writer.spool.path.with_name("journal-refused.jsonl"))
    assert len(list(refused.batches())) == 1


async def test_an_entry_the_database_refuses_keeps_no_order_from_its_answer(
    writer: JournalWriter, table: Table
) -> None:
    made = table.connection.execute(
        "INSERT INTO switch_order (agent, verb, args) VALUES (7, 'hold', '{}') RETURNING id"
    )
    number = (made.fetchone() or {})["id"]
    too_long = JournalEntry("call.held", 1_700_000_000.0, "x" * 40)
    async with running(writer):
        await written(writer, too_long, replies=[{"id": number, "ok": True, "error": ""}])
    row = table.connection.execute("SELECT ok FROM switch_order").fetchone() or {}
    assert row["ok"] is True


async def test_an_entry_the_database_refuses_does_not_keep_the_spool_from_being_emptied(
    database: str, table: Table, tmp_path: Path
) -> None:
    too_long = JournalEntry("call.arrived", 1_700_000_000.0, "x" * 40)
    writer = JournalWriter("host=/nowhere dbname=none", Spool(tmp_path / "spool.jsonl"))
    async with running(writer):
        await written(writer, entry("call.bridged"))
        await written(writer, entry("call.held"), too_long, entry("call.retrieved"))
        writer.database = database
        await until(lambda: not writer.is_spooling)
    await writer.close()
    assert table.kinds() == ["call.bridged", "call.held", "call.retrieved"]
    assert list(writer.spool.batches()) == []
    refused = Spool(tmp_path / "journal-refused.jsonl")
    assert len(list(refused.batches())) == 1


async def test_a_name_with_a_nul_is_written_without_it(writer: JournalWriter, table: Table) -> None:
    async with running(writer):
        await written(writer, entry("call.arrived", name="a\0b"))
    assert table.rows()[0]["data"] == {"name": "a\N{REPLACEMENT CHARACTER}b"}


async def test_an_answer_in_time_needs_no_way_round_the_loop(writer: JournalWriter, table: Table) -> None:
    seen: list[list[str]] = []
    async with running(writer):
        await written(writer, entry("call.arrived"))
        writer.hold(Work([entry("leg.opened")], [], lambda: seen.append(table.kinds())))
        assert writer.write(1.0)
        assert seen == [["call.arrived", "leg.opened"]]
        assert writer.is_idle


async def test_an_entry_that_is_no_json_ends_the_task_and_so_the_process(writer: JournalWriter) -> None:
    task = asyncio.create_task(writer.run())
    await written(writer, entry("call.arrived"))
    writer.hold(Work([entry("leg.opened", strange=object())], [], lambda: None))
    assert not writer.write(Patience.seconds)
    with pytest.raises(TypeError):
        async with asyncio.timeout(10):
            await task
    writer._waiting.clear()


async def test_nothing_is_sent_while_the_database_owes_an_answer(writer: JournalWriter, table: Table) -> None:
    order: list[str] = []
    async with running(writer):
        await written(writer, entry("call.arrived"))
        with table.connection.transaction():
            table.connection.execute("LOCK TABLE switch_journal")
            writer.hold(Work([entry("leg.opened")], [], lambda: order.append("first")))
            assert not writer.write(0.01)
            writer.hold(Work([], [], lambda: order.append("second")))
            assert not writer.write(0.01)
            writer.rest(0.0)
            assert not writer.is_idle
            assert order == []
        await until(lambda: order)
        await until(lambda: writer.is_idle)
    assert order == ["first", "second"]
    assert table.kinds() == ["call.arrived", "leg.opened"]


def test_the_fixture_database_is_not_the_real_one(database: str) -> None:
    assert "test_" in psycopg.conninfo.conninfo_to_dict(database)["dbname"]
