"""The last events, to be told again to those who were away for a moment."""

from collections import deque
from collections.abc import Iterator
from itertools import islice

from hallom.ui.live.topics import Event

KEPT = 10_000


class Ring:
    def __init__(self, kept: int = KEPT) -> None:
        self._events: deque[Event] = deque(maxlen=kept)
        self._place: dict[int, int] = {}
        self._first = 0

    @property
    def newest(self) -> int:
        return self._events[-1].id if self._events else 0

    def add(self, event: Event) -> None:
        if len(self._events) == self._events.maxlen:
            lost = self._events[0]
            # An id told twice has its later place in the index, which must outlive the earlier one.
            if self._place.get(lost.id) == self._first:
                del self._place[lost.id]
            self._first += 1
        self._place[event.id] = self._first + len(self._events)
        self._events.append(event)

    def after(self, event: int) -> Iterator[Event] | None:
        """Events that came in after this one, in the order they came (ids may not be); None if it is not remembered."""
        place = self._place.get(event)
        return None if place is None else islice(self._events, place - self._first + 1, None)

    def younger_than(self, seconds: float, now: float) -> list[Event]:
        found: list[Event] = []
        for event in reversed(self._events):
            if now - event.at > seconds:
                break
            found.append(event)
        return found[::-1]

    def clear(self) -> None:
        self._events.clear()
        self._place.clear()
        self._first = 0
