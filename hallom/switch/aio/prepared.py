"""A statement that is carried out many times a second, without the cursor that most of its CPU would go into."""

import asyncio
from typing import Any

from psycopg import AsyncConnection, OperationalError
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


class Prepared:
    """One text parameter, `$1`; what it gives back is thrown away. A connection carries out one at a time."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name.encode()
        self.text = text
        self._known_to: AsyncConnection[Any] | None = None

    async def execute(self, connection: AsyncConnection[Any], value: str, seconds: float) -> None:
        """Raises psycopg.Error, and TimeoutError after `seconds`."""
        if self._known_to is not connection:
            async with asyncio.timeout(seconds):
                await connection.execute(f"PREPARE {self.name.decode()} (text) AS {self.text}")
            self._known_to = connection
        connection.pgconn.send_query_prepared(self.name, [value.encode()])
        await _Turn(connection, seconds).done


class _Turn:
    """From the query being sent until the server is ready for the next."""

    def __init__(self, connection: AsyncConnection[Any], seconds: float) -> None:
        self.line = connection.pgconn
        self.socket = self.line.socket
        self.failure: Exception | None = None
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self.loop.create_future()
        self.done.add_done_callback(self._leave)
        self.limit = self.loop.call_later(seconds, self._give_up)
        self.loop.add_reader(self.socket, self._readable)
        if self.line.flush():
            self.loop.add_writer(self.socket, self._writable)

    def _leave(self, _: object) -> None:
        self.limit.cancel()
        self.loop.remove_reader(self.socket)
        self.loop.remove_writer(self.socket)

    def _give_up(self) -> None:
        self._finish(TimeoutError())

    def _writable(self) -> None:
        try:
            if not self.line.flush():
                self.loop.remove_writer(self.socket)
        except OperationalError as error:
            self._finish(error)

    def _readable(self) -> None:
        try:
            self.line.consume_input()
            while not self.line.is_busy():
                result = self.line.get_result()
                if result is None:
                    self._finish(self.failure)
                    return
                if result.status not in DONE:
                    self.failure = error_from_result(result)
        except OperationalError as error:
            self._finish(error)

    def _finish(self, error: Exception | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)
