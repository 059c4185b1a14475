import heapq
from collections.abc import Callable

# RFC 3261 table 4, seconds.
T1 = 0.5
T2 = 4.0
T4 = 5.0
TIMEOUT = 64 * T1  # timers B, F, H, J, L, M
TIMER_D = 32.0
TIMER_I = TIMER_K = T4
# RFC 3261 16.6: how long a phone may ring before the call is given up (timer C, "more than 3 minutes").
RING_LIMIT = 185.0
# RFC 3261 13.3.1.1: proxies forget a ringing call after 3 minutes; they are reminded each minute.
PROVISIONAL_REFRESH = 60.0
# How long our own side may leave an INVITE unanswered before it is given up for it.
INVITE_PATIENCE = 3600.0
# The same for re-INVITE and UPDATE: the asker gives up after 32 s.
REINVITE_PATIENCE = 30.0
# A REFER or SUBSCRIBE that our side leaves undecided is refused: the asker gives up after 32 s.
DECISION_PATIENCE = 20.0
# How long a REFER is told about: a call rings for RING_LIMIT at most.
REFER_SECONDS = 240.0
# Four tries of an OPTIONS fit in; a trunk that needs longer is of no use to a caller.
PROBE_PATIENCE = 5.0


class Timer:
    __slots__ = ("action",)

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action


class Deadlines:
    """A heap of what is due when; a cancelled timer stays in it as an empty shell until swept."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._count = 0
        self._cancelled = 0

    def __len__(self) -> int:
        return len(self._heap) - self._cancelled

    def at(self, due: float, action: Callable[[], None]) -> Timer:
        timer = Timer(action)
        self._count += 1
        heapq.heappush(self._heap, (due, self._count, timer))
        return timer

    def cancel(self, timer: Timer | None) -> None:
        if timer is None or timer.action is None:
            return
        timer.action = None
        self._cancelled += 1
        # Sweeping at half keeps the cost per timer constant and the shells at most as many as the timers.
        if self._cancelled > 64 and self._cancelled * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].action is not None]
            heapq.heapify(self._heap)
            self._cancelled = 0

    def next(self) -> float | None:
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
            self._cancelled -= 1
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now: float) -> Callable[[], None] | None:
        due = self.next()
        if due is None or due > now:
            return None
        timer = heapq.heappop(self._heap)[2]
        action, timer.action = timer.action, None
        return action
