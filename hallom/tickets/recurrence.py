"""When a recurring ticket is due next. Values in, values out."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY, WEEK, MONTH = "day", "week", "month"
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Rule:
    """``every`` ``interval`` days, weeks or months from ``starts_on``; ``weekdays``: 1 is Monday; a ``month_day`` past
    the month's end means its last day. Without weekdays or month day, those of ``starts_on`` count."""

    every: str
    at: time
    starts_on: date
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    month_day: int | None = None

    def __post_init__(self) -> None:
        if self.every not in (DAY, WEEK, MONTH) or self.interval < 1:
            raise ValueError(f"every {self.interval} {self.every}")
        if not set(self.weekdays) <= set(range(1, 8)) or not 1 <= (self.month_day or 1) <= 31:
            raise ValueError(f"on {self.weekdays} {self.month_day}")


def next_at(rule: Rule, after: datetime, zone: ZoneInfo) -> datetime:
    """The first time later than ``after``, in UTC. An hour that the clocks leave out counts as the hour after it, of
    one they repeat only the first counts. OverflowError when the calendar ends."""
    start = max(rule.starts_on, after.astimezone(zone).date() - timedelta(days=1))
    for day in _days(rule, start):
        moment = datetime.combine(day, rule.at, tzinfo=zone).astimezone(UTC)
        if moment > after:
            return moment
    raise OverflowError("the calendar ends")


def _days(rule: Rule, start: date) -> Iterator[date]:
    """The rule's days from ``start`` on, in order."""
    return {DAY: _by_day, WEEK: _by_week, MONTH: _by_month}[rule.every](rule, start)


def _by_day(rule: Rule, start: date) -> Iterator[date]:
    gone = (start - rule.starts_on).days
    day = start + timedelta(days=-gone % rule.interval)
    while True:
        yield day
        day += timedelta(days=rule.interval)


def _by_week(rule: Rule, start: date) -> Iterator[date]:
    weekdays = sorted(set(rule.weekdays)) or [rule.starts_on.isoweekday()]
    first = _monday(rule.starts_on)
    gone = (_monday(start) - first).days // 7
    week = _monday(start) - timedelta(weeks=gone % rule.interval)
    while True:
        for weekday in weekdays:
            day = week + timedelta(days=weekday - 1)
            if day >= start:
                yield day
        week += timedelta(weeks=rule.interval)


def _by_month(rule: Rule, start: date) -> Iterator[date]:
    wanted = rule.month_day or rule.starts_on.day
    first = _months(rule.starts_on)
    month = _months(start) - (_months(start) - first) % rule.interval
    while True:
        year, number = divmod(month, MONTHS)
        if year > date.max.year:
            raise OverflowError("the calendar ends")
        day = date(year, number + 1, min(wanted, monthrange(year, number + 1)[1]))
        if day >= start:
            yield day
        month += rule.interval


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _months(day: date) -> int:
    return day.year * MONTHS + day.month - 1
