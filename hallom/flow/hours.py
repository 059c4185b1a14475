"""Opening hours as a value the switch carries with it; made from the calendars of the hours room."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Opening:
    """A stretch of one day; one that closes at or before it opens runs past midnight."""

    opens: time
    closes: time

    @property
    def runs_on(self) -> bool:
        return self.closes <= self.opens

    def holds(self, at: time) -> bool:
        """On the day it opens."""
        return self.opens <= at and (self.runs_on or at < self.closes)

    def still_holds(self, at: time) -> bool:
        """On the day after."""
        return self.runs_on and at < self.closes


@dataclass(frozen=True, slots=True)
class Hours:
    """`weekly` has seven tuples, Monday first; `days` replaces single dates, an empty tuple closes them."""

    zone: str
    weekly: tuple[tuple[Opening, ...], ...]
    days: tuple[tuple[date, tuple[Opening, ...]], ...] = ()

    def is_open(self, at: float) -> bool:
        """Whether `at`, seconds of the epoch, falls into an opening by the wall clock of the zone."""
        local = datetime.fromtimestamp(at, ZoneInfo(self.zone))
        today, clock = local.date(), local.time()
        if any(opening.holds(clock) for opening in self._openings(today)):
            return True
        return any(opening.still_holds(clock) for opening in self._openings(today - timedelta(days=1)))

    def _openings(self, day: date) -> tuple[Opening, ...]:
        return dict(self.days).get(day, self.weekly[day.weekday()])


ALWAYS = Hours("UTC", ((Opening(time(0), time(0)),),) * 7)
