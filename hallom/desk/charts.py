"""Positions of the wallboard's charts; the templates draw them as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import time_format

from hallom.calls.figures import HALF_HOUR, HalfHour
from hallom.ui.templatetags.ui import tone_of

WIDTH, HEIGHT = 560, 190
LEFT, FLOOR, TOP = 40, HEIGHT - 26, 18
MOST_BARS, MOST_POINTS = 8, 12
SCALES = (6, 12, 30, 60, 90, 150, 300, 600, 1500, 3000, 6000)


@dataclass(frozen=True, slots=True)
class Grid:
    """A horizontal line at `y` and the number beside it."""

    y: float
    label: int


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    value: int
    label: str
    tone: str

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def is_tall(self) -> bool:
        """Whether the number fits into the bar."""
        return self.height > 26


@dataclass(frozen=True, slots=True)
class Bars:
    bars: tuple[Bar, ...]
    grid: tuple[Grid, ...]
    goal: Grid | None


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float
    value: int
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    points: tuple[Point, ...]
    grid: tuple[Grid, ...]

    @property
    def polyline(self) -> str:
        return " ".join(f"{point.x:.1f},{point.y:.1f}" for point in self.points)

    @property
    def area(self) -> str:
        if not self.points:
            return ""
        return f"{self.points[0].x:.1f},{FLOOR} {self.polyline} {self.points[-1].x:.1f},{FLOOR}"

    @property
    def last(self) -> Point | None:
        return self.points[-1] if self.points else None


def service_levels(half_hours: Sequence[HalfHour], target: int | None) -> Bars:
    """Per cent answered in time, by half hour; half hours without a counted caller have no bar."""
    counted = [half for half in half_hours if half.figures.service_level is not None][-MOST_BARS:]
    step = (WIDTH - LEFT - 6) / max(len(counted), 1)
    width = min(46.0, step * 0.7)
    bars = tuple(
        _bar(half, LEFT + 6 + index * min(step, 74.0), width, target) for index, half in enumerate(counted)
    )
    goal = None if target is None else Grid(_y(target, 100), target)
    return Bars(bars, tuple(Grid(_y(label, 100), label) for label in (0, 40, 100)), goal)


def _bar(half: HalfHour, x: float, width: float, target: int | None) -> Bar:
    level = half.figures.service_level or 0.0
    y = _y(level, 100)
    tone = "" if target is None else tone_of(level, target)
    return Bar(x, y, width, FLOOR - y, round(level), clock(half.start), tone)


def arrivals(half_hours: Sequence[HalfHour]) -> Line:
    """Callers who joined a queue, by half hour; half hours in which nobody called are zero."""
    counts = _without_gaps(half_hours)[-MOST_POINTS:]
    highest = max((count for _start, count in counts), default=0)
    top = next((scale for scale in SCALES if scale >= highest), SCALES[-1])
    step = (WIDTH - LEFT - 60) / max(len(counts) - 1, 1)
    points = tuple(
        Point(LEFT + index * step, _y(count, top), count, clock(start))
        for index, (start, count) in enumerate(counts)
    )
    return Line(points, tuple(Grid(_y(label, top), label) for label in (0, top // 3, 2 * top // 3, top)))


def _without_gaps(half_hours: Sequence[HalfHour]) -> list[tuple[datetime, int]]:
    if not half_hours:
        return []
    by_start = {half.start: half.arrived for half in half_hours}
    first, last = half_hours[0].start, half_hours[-1].start
    starts = [first + number * HALF_HOUR for number in range((last - first) // HALF_HOUR + 1)]
    return [(start, by_start.get(start, 0)) for start in starts]


def clock(moment: datetime) -> str:
    return time_format(timezone.localtime(moment), "H:i")


def _y(value: float, top: float) -> float:
    return FLOOR - min(value, top) / top * (FLOOR - TOP)
