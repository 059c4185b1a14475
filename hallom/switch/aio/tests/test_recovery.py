import time

import psycopg

from hallom.switch.aio.ids import new_id
from hallom.switch.aio.recovery import OPEN_CALLS, load, replay
from hallom.switch.aio.tests.conftest import Table
from hallom.switch.config import Agent, Config
from hallom.switch.journal import JournalEntry


def write(table: Table, *entries: JournalEntry) -> None:
    for entry in entries:
        table.connection.execute(
            "INSERT INTO switch_journal (at, call, agent, kind, data) VALUES (to_timestamp(%s), %s, %s, %s, %s)",
            (entry.at, entry.call, entry.agent, entry.kind, psycopg.types.json.Jsonb(dict(entry.data))),
        )


def arrived(call: str) -> JournalEntry:
    return JournalEntry("call.arrived", time.time(), call)


async def test_open_calls_and_the_last_state_of_each_agent_come_back(table: Table, database: str) -> None:
    over, going, refused, ancient = new_id(), new_id(), new_id(), new_id(now=lambda: time.time() - 72 * 3600)
    lines = [
        arrived(ancient),
        arrived(over),
        JournalEntry("agent.changed", 1.5, None, 7, {"state": "available"}),
        arrived(going),
        JournalEntry("call.rejected", 2.0, refused, None, {"status": 404}),
        JournalEntry("call.ended", 3.0, over),
        JournalEntry("agent.changed", 4.25, over, 7, {"state": "wrap_up"}),
        JournalEntry("agent.changed", 5.0, going, 8, {"state": "offered"}),
        JournalEntry("agent.changed", 6.0, None, 9, {"state": "offline"}),
        JournalEntry("offer.made", 7.0, going, 8, {"offer": "o1"}),
    ]
    write(table, *lines)
    async with await psycopg.AsyncConnection.connect(database) as connection:
        loaded = await load(connection, [7, 8], time.time())
    assert [(entry.kind, entry.call) for entry in loaded] == [
        ("call.arrived", going),
        ("agent.changed", over),
        ("agent.changed", going),
        ("offer.made", going),
    ]
    assert loaded[1] == JournalEntry("agent.changed", 4.25, over, 7, {"state": "wrap_up"})


async def test_a_call_out_comes_back_too(table: Table, database: str) -> None:
    placed, over = new_id(), new_id()
    write(table, JournalEntry("call.placed", 1.0, placed), JournalEntry("call.placed", 1.0, over))
    write(table, JournalEntry("call.ended", 2.0, over))
    async with await psycopg.AsyncConnection.connect(database) as connection:
        loaded = await load(connection, [], time.time())
    assert [(entry.kind, entry.call) for entry in loaded] == [("call.placed", placed)]


def test_what_is_open_is_told_by_indexes_alone(table: Table) -> None:
    table.connection.execute("SET enable_seqscan = off")
    plan = table.connection.execute("EXPLAIN " + OPEN_CALLS, ("0",)).fetchall()
    text = " ".join(str(row) for row in plan)
    assert "journal_begun" in text
    assert "journal_ended" in text


def test_a_call_that_makes_no_sense_is_given_up_and_the_rest_comes_back() -> None:
    config = Config(agents={7: Agent(7, "Alice", "agent-7")})
    state = {"state": "available", "reason": "", "until": None, "call": None, "next": None, "idle_since": 1.0}
    entries = [
        JournalEntry("agent.changed", 1.0, None, 7, state),
        JournalEntry("call.bridged", 2.0, new_id(), 7, {"agent": 7, "leg": "x"}),
    ]
    assert replay(config, entries).state.router.agents[7].state.value == "available"
