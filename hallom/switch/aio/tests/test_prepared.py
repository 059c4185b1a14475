import asyncio
import socket
import struct
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import AsyncConnection

from hallom.switch.aio.prepared import Prepared

# PostgreSQL, Frontend/Backend Protocol: AuthenticationOk, ReadyForQuery (idle), ErrorResponse.
WELCOME = b"R" + struct.pack("!ii", 8, 0) + b"Z" + struct.pack("!i", 5) + b"I"
_FIELDS = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"
LAST_WORD = b"E" + struct.pack("!i", 4 + len(_FIELDS)) + _FIELDS


@pytest.fixture
def dying() -> Iterator[str]:
    """A server that says it ends at the first statement, and then takes its time to go."""
    listening = socket.create_server(("127.0.0.1", 0))
    gone = threading.Event()

    def serve() -> None:
        line, _ = listening.accept()
        with line:
            line.recv(4096)
            line.sendall(WELCOME)
            line.recv(4096)
            line.sendall(LAST_WORD)
            gone.wait(10)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"host=127.0.0.1 port={listening.getsockname()[1]} user=x dbname=x sslmode=disable gssencmode=disable"
    gone.set()
    thread.join(10)
    listening.close()


@pytest.mark.parametrize("is_waited_for", [True, False])
async def test_the_last_word_of_a_server_is_an_end_before_its_process_is_gone(
    dying: str, is_waited_for: bool
) -> None:
    connection = await AsyncConnection.connect(dying, autocommit=True)
    sent = Prepared("one", "SELECT 1").send(connection, "")
    began = time.monotonic()
    if is_waited_for:
        assert not sent.succeeds_within(5.0)
    with pytest.raises(psycopg.errors.AdminShutdown):
        await sent.finish(5.0)
    assert time.monotonic() - began < 2.0
    async with asyncio.timeout(5):
        await connection.close()
