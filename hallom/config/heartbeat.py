"""What the supervisor has heard of a process's loops, and what it makes of their silence."""

from __future__ import annotations

from dataclasses import dataclass, field

import psutil

LOOK_SECONDS = 1.0
# Seven beats left out. The longest that a loaded machine (load 25 on two cores) held one back was far less.
HUNG_SECONDS = 15.0
# Whoever stands still so long is ended and started anew: that is how its callers, jobs or mails get on again.
STILL_SECONDS = 60.0
# One that works all the while may be at a long piece of work, which would only begin again.
BUSY_SECONDS = 600.0
BUSY_CPU_SECONDS = 2.0
# If even we come to our turn so late, this machine stood still, or sleeps; then silence tells nothing.
LATE_SECONDS = 5.0


@dataclass(slots=True)
class Heartbeat:
    """Times are of the monotonic clock. Of a process that never beats nothing is expected."""

    _last: dict[str, float] = field(default_factory=dict)
    _looked_at: float | None = None
    _cpu_seconds: float = 0.0

    def hear(self, loop: str, now: float) -> None:
        self._last[loop] = now

    def look(self, now: float) -> None:
        """To be called every LOOK_SECONDS: who could not be heard in the meantime gets all his time again."""
        if self._looked_at is not None and now - self._looked_at > LOOK_SECONDS + LATE_SECONDS:
            self._last = dict.fromkeys(self._last, now)
        self._looked_at = now

    def silence(self, now: float) -> float:
        """Seconds since the loop that was heard longest ago."""
        return now - min(self._last.values(), default=now)

    def is_hung(self, now: float) -> bool:
        return self.silence(now) > HUNG_SECONDS

    def is_lost(self, now: float, cpu_seconds: float) -> bool:
        """Whether it is to be ended, given the processor time it has used in all its life."""
        silence = self.silence(now)
        if silence <= HUNG_SECONDS:
            self._cpu_seconds = cpu_seconds
        is_busy = cpu_seconds - self._cpu_seconds > BUSY_CPU_SECONDS
        return silence > (BUSY_SECONDS if is_busy else STILL_SECONDS)


def cpu_seconds(pid: int) -> float:
    """User and system time of one process; 0 when it is gone."""
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)
