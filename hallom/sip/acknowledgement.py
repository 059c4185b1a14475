from collections.abc import Callable
from functools import partial

from hallom.sip.events import AckMissing, Acknowledged
from hallom.sip.flow import Flow
from hallom.sip.message import Request
from hallom.sip.timers import T1, T2, TIMEOUT, Timer
from hallom.sip.wire import Wire


class Unacknowledged:
    """A 2xx to an INVITE that is sent again until its ACK comes."""

    __slots__ = ("again", "cseq", "data", "flow", "interval", "is_restored", "limit", "since", "then")

    def __init__(self, cseq: int, flow: Flow, data: bytes, *, since: float, is_restored: bool) -> None:
        self.cseq = cseq
        self.flow = flow
        self.data = data
        self.since = since
        self.is_restored = is_restored
        self.interval = T1
        self.again: Timer | None = None
        self.limit: Timer | None = None
        self.then: list[Callable[[], None]] = []


class Acknowledgements:
    """The 2xx responses of all dialogs that wait for an ACK (RFC 3261 13.3.1.4), one a dialog."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._waiting: dict[str, Unacknowledged] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def expect(self, dialog: str, cseq: int, flow: Flow, data: bytes) -> None:
        self._expect(dialog, Unacknowledged(cseq, flow, data, since=self._wire.now, is_restored=False))

    def expect_still(self, dialog: str, cseq: int, flow: Flow, data: bytes, *, since: float) -> bool:
        """After a restart: the ACK may have come before it. Who answered a 2xx so long ago answers no repetition, and
        whose ACK does not come now is not known to be gone: no `AckMissing`. False when it is too late to ask."""
        if self._wire.now >= since + TIMEOUT:
            return False
        self._expect(dialog, Unacknowledged(cseq, flow, data, since=since, is_restored=True))
        return True

    def _expect(self, dialog: str, waiting: Unacknowledged) -> None:
        self._waiting[dialog] = waiting
        left = waiting.since + TIMEOUT - self._wire.now
        # Also over streams: a proxy in between may go on over UDP.
        waiting.again = self._wire.after(T1, partial(self._repeat, waiting))
        waiting.limit = self._wire.after(left, partial(self._miss, dialog))

    def awaited(self, dialog: str) -> Unacknowledged | None:
        return self._waiting.get(dialog)

    def receive(self, dialog: str, ack: Request) -> None:
        waiting = self._waiting.get(dialog)
        if waiting is None or waiting.cseq != ack.cseq:
            return
        self._forget(dialog)
        self._wire.emit(Acknowledged(dialog, ack.sdp))
        self._go_on(waiting)

    def take_as_read(self, dialog: str) -> None:
        """A later INVITE of the peer proves that it has our 2xx, though the ACK was lost."""
        if (waiting := self._forget(dialog)) is not None:
            self._wire.emit(Acknowledged(dialog, None))
            self._go_on(waiting)

    def drop(self, dialog: str) -> None:
        self._forget(dialog)

    def _repeat(self, waiting: Unacknowledged) -> None:
        self._wire.send(waiting.flow, waiting.data)
        waiting.interval = min(waiting.interval * 2, T2)
        waiting.again = self._wire.after(waiting.interval, partial(self._repeat, waiting))

    def _miss(self, dialog: str) -> None:
        if (waiting := self._forget(dialog)) is not None:
            if not waiting.is_restored:
                self._wire.emit(AckMissing(dialog))
            self._go_on(waiting)

    def _go_on(self, waiting: Unacknowledged) -> None:
        for action in waiting.then:
            action()

    def _forget(self, dialog: str) -> Unacknowledged | None:
        waiting = self._waiting.pop(dialog, None)
        if waiting is not None:
            self._wire.cancel(waiting.again)
            self._wire.cancel(waiting.limit)
        return waiting
