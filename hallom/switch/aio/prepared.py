"""A statement that is carried out many times a second, without the cursor that most of its CPU would go into."""

import asyncio
import select
from collections.abc import Callable
from functools import partial
from typing import Any

from psycopg import AsyncConnection, OperationalError
from psycopg.errors import error_from_result
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGconn

DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
# After these the server says no more; how long its process then takes to go is nobody's concern.
LAST_WORDS = (b"FATAL", b"PANIC")


class Prepared:
    """One text parameter, `$1`; what it gives back is thrown away. A connection carries out one at a time."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name.encode()
        self.text = text
        self._known_to: AsyncConnection[Any] | None = None

    async def make_known(self, connection: AsyncConnection[Any], seconds: float) -> None:
        """Raises psycopg.Error, and TimeoutError after `seconds`."""
        if self._known_to is not connection:
            async with asyncio.timeout(seconds):
                await connection.execute(f"PREPARE {self.name.decode()} (text) AS {self.text}")
            self._known_to = connection

    def is_known_to(self, connection: AsyncConnection[Any]) -> bool:
        """So `send` will do."""
        return self._known_to is connection

    def send(self, connection: AsyncConnection[Any], value: str) -> "Sent":
        line = connection.pgconn
        sent = Sent(line)
        try:
            # A line that broke can no longer tell its socket.
            sent.socket = line.socket
            line.send_query_prepared(self.name, [value.encode()])
            sent.is_flushed = not line.flush()
        except OperationalError as error:
            sent.settle(error)
        return sent


class Sent:
    """From the query being sent until the server is ready for the next."""

    def __init__(self, line: PGconn) -> None:
        self.line = line
        self.socket = -1
        self.is_flushed = True
        self.is_settled = False
        self.failure: Exception | None = None
        self._told: Callable[[], None] | None = None
        self._limit: asyncio.TimerHandle | None = None

    def succeeds_within(self, seconds: float) -> bool:
        """Blocks. False when the answer is not there yet, and when it is a failure: `finish` tells which."""
        if not self.is_flushed or self.is_settled:
            return False
        answers = select.poll()
        answers.register(self.socket, select.POLLIN)
        while answers.poll(seconds * 1000):
            if self.look():
                return self.failure is None
        return False

    def rest(self, seconds: float) -> None:
        """Blocks until the server says something, or until `seconds` have passed."""
        if self.is_flushed and not self.is_settled:
            answers = select.poll()
            answers.register(self.socket, select.POLLIN)
            answers.poll(seconds * 1000)

    async def finish(self, seconds: float) -> None:
        """Raises psycopg.Error, and TimeoutError after `seconds`."""
        if not self.is_settled:
            done = asyncio.get_running_loop().create_future()
            self.watch(partial(_mark, done), seconds)
            try:
                await done
            finally:
                self._leave()
        if self.failure is not None:
            raise self.failure

    def watch(self, told: Callable[[], None], seconds: float) -> None:
        """`told` is called once when it is settled, with a TimeoutError after `seconds`."""
        loop = asyncio.get_running_loop()
        if self.is_settled:
            loop.call_soon(told)
            return
        self._leave()
        self._told = told
        self._limit = loop.call_later(seconds, self.settle, TimeoutError())
        loop.add_reader(self.socket, self.look)
        if not self.is_flushed:
            loop.add_writer(self.socket, self._flush)

    def look(self) -> bool:
        """True when it is settled."""
        try:
            self.line.consume_input()
            while not self.line.is_busy():
                result = self.line.get_result()
                if result is None:
                    self.settle(self.failure)
                    return True
                if result.status not in DONE:
                    self.failure = error_from_result(result)
                    if result.error_field(DiagnosticField.SEVERITY_NONLOCALIZED) in LAST_WORDS:
                        self.settle(self.failure)
                        return True
        except OperationalError as error:
            self.settle(error)
            return True
        return False

    def settle(self, failure: Exception | None) -> None:
        self.is_settled, self.failure = True, failure
        if self._told is not None:
            told = self._told
            self._leave()
            told()

    def _leave(self) -> None:
        if self._limit is None:
            return
        self._limit.cancel()
        self._told = self._limit = None
        loop = asyncio.get_running_loop()
        loop.remove_reader(self.socket)
        loop.remove_writer(self.socket)

    def _flush(self) -> None:
        try:
            if not self.line.flush():
                asyncio.get_running_loop().remove_writer(self.socket)
        except OperationalError as error:
            self.settle(error)


def _mark(done: "asyncio.Future[None]") -> None:
    if not done.done():
        done.set_result(None)
