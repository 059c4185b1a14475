import re
from collections.abc import Callable
from functools import partial

from hallom.sip.limits import MAX_QUEUED_PROVISIONALS
from hallom.sip.message import Request, Response
from hallom.sip.server import ServerTransaction, ServerTransactions
from hallom.sip.timers import T1, TIMEOUT, Timer
from hallom.sip.wire import Wire

RACK = re.compile(r"([0-9]{1,10})\s+([0-9]{1,10})\s+INVITE\Z")


class ReliableProvisionals:
    """Provisional responses of one INVITE that are repeated until their PRACK (RFC 3262 3)."""

    __slots__ = (
        "_again",
        "_give_up",
        "_limit",
        "_queue",
        "_rseq",
        "_servers",
        "_then",
        "_transaction",
        "_waits",
        "_wire",
    )

    def __init__(
        self,
        wire: Wire,
        servers: ServerTransactions,
        transaction: ServerTransaction,
        give_up: Callable[[], None],
    ) -> None:
        self._wire = wire
        self._servers = servers
        self._transaction = transaction
        self._give_up = give_up
        self._rseq = int(wire.token(3), 16) + 1
        self._queue: list[Response] = []
        self._then: Callable[[], None] | None = None
        self._again: Timer | None = None
        self._limit: Timer | None = None
        self._waits = False

    def send(self, response: Response) -> None:
        if self._waits:
            if len(self._queue) < MAX_QUEUED_PROVISIONALS:
                self._queue.append(response)
            return
        self._rseq += 1
        response.headers["require"] = ["100rel"]
        response.headers["rseq"] = [str(self._rseq)]
        self._waits = True
        data = self._servers.respond(self._transaction, response)
        self._again = self._wire.after(T1, partial(self._repeat, data, T1))
        self._limit = self._wire.after(TIMEOUT, self._give_up)

    def once_acknowledged(self, action: Callable[[], None]) -> None:
        """Do this now or, when a PRACK is still due, after it (RFC 3262 3: a 2xx must wait)."""
        if self._waits:
            self._queue.clear()
            self._then = action
        else:
            action()

    def acknowledge(self, prack: Request) -> bool:
        """Whether the PRACK was for the response that waits."""
        match = RACK.match(prack.first("rack"))
        if match is None or not self._waits or int(match[1]) != self._rseq:
            return False
        self.stop()
        return True

    def go_on(self) -> None:
        """Send what waited for the PRACK."""
        if self._queue:
            self.send(self._queue.pop(0))
        elif self._then is not None:
            action, self._then = self._then, None
            action()

    def stop(self) -> None:
        self._wire.cancel(self._again)
        self._wire.cancel(self._limit)
        self._waits = False

    def _repeat(self, data: bytes, interval: float) -> None:
        self._wire.send(self._transaction.flow, data)
        self._again = self._wire.after(interval * 2, partial(self._repeat, data, interval * 2))
