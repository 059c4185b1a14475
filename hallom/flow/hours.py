"""Opening hours as a value the switch carries with it; made from the calendars of the hours room."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Opening:
    """A stretch of one day; one that closes at or before it opens runs past midnight."""

    opens: time
    closes: time

    def holds(self, day: date, local: datetime) -> bool:
        last = day if self.closes > self.opens else day + timedelta(days=1)
        return datetime.combine(day, self.opens) <= local < datetime.combine(last, self.closes)


@dataclass(frozen=True, slots=True)
class Hours:
    """`weekly` has seven tuples, Monday first; `days` replaces single dates, an empty tuple closes them."""

    zone: str
    weekly: tuple[tuple[Opening, ...], ...]
    days: tuple[tuple[date, tuple[Opening, ...]], ...] = ()

    def is_open(self, at: float) -> bool:
        """Whether `at`, seconds of the epoch, falls into an opening by the wall clock of the zone."""
        local = datetime.fromtimestamp(at, ZoneInfo(self.zone)).replace(tzinfo=None)
        special = dict(self.days)
        # Yesterday's last opening may run past midnight.
        for day in (local.date() - timedelta(days=1), local.date()):
            openings = special.get(day, self.weekly[day.weekday()])
            if any(opening.holds(day, local) for opening in openings):
                return True
        return False


ALWAYS = Hours("UTC", ((Opening(time(0), time(0)),),) * 7)
