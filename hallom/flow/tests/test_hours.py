from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from hallom.flow.hours import ALWAYS, Hours, Opening

BUDAPEST = ZoneInfo("Europe/Budapest")
OFFICE = (Opening(time(8), time(12)), Opening(time(13), time(17)))
NIGHT = (Opening(time(22), time(6)),)
WEEK = Hours("Europe/Budapest", (OFFICE,) * 4 + (NIGHT, (), ()), days=((date(2026, 12, 24), ()),))


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BUDAPEST).timestamp()


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23T07:59:59", False),
        ("2026-11-23T08:00:00", True),
        ("2026-11-23T12:00:00", False),
        ("2026-11-23T16:59:59", True),
        ("2026-11-23T17:00:00", False),
        ("2026-11-27T23:00:00", True),
        ("2026-11-28T05:59:59", True),
        ("2026-11-28T06:00:00", False),
        ("2026-12-24T10:00:00", False),
        # On the last Sunday of March the clock jumps from two to three.
        ("2026-03-30T08:00:00", True),
    ],
)
def test_open_is_by_the_wall_clock_of_the_zone(moment: str, is_open: bool) -> None:
    assert WEEK.is_open(at(moment)) is is_open


def test_always_is_always() -> None:
    assert all(ALWAYS.is_open(at("2026-11-23T00:00:00") + hour * 3600) for hour in range(200))
