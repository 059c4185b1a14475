"""The last events, to be told again to those who were away for a moment."""

from collections import Counter, deque
from collections.abc import Iterator
from itertools import islice

from hallom.ui.live.topics import Event

KEPT = 10_000


class Ring:
    """One id may be told several times: whoever has heard it once need not have heard all of it."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._events: deque[Event] = deque()
        self._earliest: dict[int, int] = {}
        self._told: Counter[int] = Counter()
        self._first = 0

    @property
    def newest(self) -> int:
        return self._events[-1].id if self._events else 0

    def add(self, event: Event) -> None:
        if len(self._events) == self._kept:
            self._forget_oldest()
        self._earliest.setdefault(event.id, self._first + len(self._events))
        self._told[event.id] += 1
        self._events.append(event)

    def _forget_oldest(self) -> None:
        lost = self._events.popleft()
        self._first += 1
        self._told[lost.id] -= 1
        # Until its last telling is gone too, the place that is gone says that something was forgotten after it.
        if not self._told[lost.id]:
            del self._told[lost.id], self._earliest[lost.id]

    def after(self, event: int) -> Iterator[Event] | None:
        """Events that came in after this one was first told, in the order they came (ids may not be); None if not all are remembered."""
        place = self._earliest.get(event)
        if place is None or place < self._first:
            return None
        return islice(self._events, place - self._first + 1, None)

    def younger_than(self, seconds: float, now: float) -> list[Event]:
        found: list[Event] = []
        for event in reversed(self._events):
            if now - event.at > seconds:
                break
            found.append(event)
        return found[::-1]

    def clear(self) -> None:
        self._events.clear()
        self._earliest.clear()
        self._told.clear()
        self._first = 0
