"""How long the switch rests between two looks at the world.

After a few milliseconds of anything else a processor has forgotten what it had learned of our code, and the first
message costs several times as much as the next. So under load many are met in one go, as network cards do it.
"""

from dataclasses import dataclass

# Two packets of voice. What comes in waits for it, and what follows from a late commit, and only under load; what is decided
# is written all the same. Datagrams bear the time at which they came, but what streams bring bears that of the turn, and
# call records are exact to 100 ms.
LONGEST_SECONDS = 0.040
STEP_SECONDS = 0.001
# Work that comes sooner than this after the last rest might as well have waited a little longer.
SOON_SECONDS = 0.003
# A shorter sleep costs more than it gathers.
SHORTEST_SECONDS = 0.0003


@dataclass(slots=True)
class Pace:
    """Grows by a millisecond with each turn that follows close upon another, and shrinks with each that does not."""

    seconds: float = 0.0
    _ended: float = 0.0

    def rest(self, began: float, now: float) -> float:
        """Seconds to rest after a turn that began then; none when the turn itself took as long."""
        if began - self._ended < SOON_SECONDS:
            self.seconds = min(LONGEST_SECONDS, self.seconds + STEP_SECONDS)
        else:
            self.seconds = max(0.0, self.seconds - STEP_SECONDS)
        left = began + self.seconds - now
        left = left if left >= SHORTEST_SECONDS else 0.0
        self._ended = now + left
        return left
