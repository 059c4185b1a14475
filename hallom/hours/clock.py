"""Opening hours as values: when is it open, and when does that change. Pure: no database, no clock of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SEARCH_DAYS = 400


@dataclass(frozen=True, slots=True)
class Opening:
    """A stretch of one day; one that closes at or before it opens runs past midnight."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Hours:
    """``weekly`` has seven tuples, Monday first; ``days`` replaces single dates, an empty tuple closes them."""

    zone: str
    weekly: tuple[tuple[Opening, ...], ...]
    days: tuple[tuple[date, tuple[Opening, ...]], ...] = ()


ALWAYS = Hours("UTC", (((Opening(time(0), time(0)),)),) * 7)


def is_open(hours: Hours, at: datetime) -> bool:
    return any(start <= at < end for start, end in _stretches(hours, at, days=1))


def next_change(hours: Hours, at: datetime) -> datetime | None:
    """The next moment, in UTC, when open becomes closed or closed open; None if there is none within 400 days."""
    open_until: datetime | None = at if is_open(hours, at) else None
    for start, end in _stretches(hours, at, days=SEARCH_DAYS):
        if end <= at:
            continue
        if open_until is None:
            return start
        if start > open_until:
            return open_until
        open_until = max(open_until, end)
    if open_until is None or open_until >= at + timedelta(days=SEARCH_DAYS):
        return None
    return open_until


def _stretches(hours: Hours, at: datetime, *, days: int) -> Iterator[tuple[datetime, datetime]]:
    """Open stretches in UTC in order of their start, from yesterday's: one of those may run past midnight."""
    zone = ZoneInfo(hours.zone)
    special = dict(hours.days)
    first = at.astimezone(zone).date() - timedelta(days=1)
    for number in range(days + 2):
        day = first + timedelta(days=number)
        openings = special.get(day, hours.weekly[day.weekday()])
        yield from sorted(_stretch(day, opening, zone) for opening in openings)


def _stretch(day: date, opening: Opening, zone: ZoneInfo) -> tuple[datetime, datetime]:
    last = day if opening.closes > opening.opens else day + timedelta(days=1)
    return _moment(day, opening.opens, zone), _moment(last, opening.closes, zone)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    # A wall-clock time that the change to summer time skips becomes the same distance past the change;
    # one that the change back repeats is its first occurrence.
    return datetime.combine(day, at, zone).astimezone(UTC)
