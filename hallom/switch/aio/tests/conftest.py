import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import uvloop
from django.db import connection
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from hallom.switch.aio.journal_writer import JournalWriter
from hallom.switch.aio.spool import Spool


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict[str, Any]:
    """The loop of the real process: its transports differ from asyncio's own."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
def database(transactional_db: None) -> str:
    """Connection string of this run's test database, whose tables are emptied afterwards."""
    params = connection.get_connection_params()
    wanted = {
        name: params[name] for name in ("host", "user", "dbname", "password", "port") if params.get(name)
    }
    return make_conninfo(**wanted)


class Table:
    """The journal as another process sees it."""

    def __init__(self, database: str) -> None:
        self.connection: psycopg.Connection[dict[str, Any]] = psycopg.connect(
            database, autocommit=True, row_factory=dict_row
        )

    def rows(self) -> list[dict[str, Any]]:
        return self.connection.execute("SELECT * FROM switch_journal ORDER BY id").fetchall()

    def kinds(self) -> list[str]:
        return [row["kind"] for row in self.rows()]

    def refuse_connections(self, *, of: str = "hallom-switch%") -> None:
        self.connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name LIKE %s AND datname = current_database()",
            (of,),
        )


@pytest.fixture
def table(database: str) -> Iterator[Table]:
    table = Table(database)
    with contextlib.closing(table.connection):
        yield table


@pytest.fixture
async def writer(database: str, tmp_path: Path) -> AsyncIterator[JournalWriter]:
    writer = JournalWriter(database, Spool(tmp_path / "journal-spool.jsonl"))
    await writer.open()
    yield writer
    await writer.close()
