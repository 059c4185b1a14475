from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hallom.hours.clock import ALWAYS, Hours, Opening, is_open, next_change

BUDAPEST = ZoneInfo("Europe/Budapest")
DAY = (Opening(time(8), time(17)),)
OFFICE = Hours("Europe/Budapest", (DAY, DAY, DAY, DAY, DAY, (), ()))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BUDAPEST)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-07-16T07:59:59", False),
        ("2026-07-16T08:00", True),
        ("2026-07-16T16:59:59", True),
        ("2026-07-16T17:00", False),
        ("2026-07-18T10:00", False),
    ],
)
def test_it_is_open_from_the_first_second_to_before_the_last(moment: str, expected: bool) -> None:
    assert is_open(OFFICE, at(moment)) is expected


def test_the_next_change_skips_the_weekend() -> None:
    assert next_change(OFFICE, at("2026-07-16T12:00")) == at("2026-07-16T17:00")
    assert next_change(OFFICE, at("2026-07-17T17:00")) == at("2026-07-20T08:00")


def test_a_lunch_break_closes() -> None:
    lunch = (Opening(time(8), time(12)), Opening(time(13), time(17)))
    hours = Hours("Europe/Budapest", (lunch,) * 7)
    assert not is_open(hours, at("2026-07-16T12:30"))
    assert next_change(hours, at("2026-07-16T12:30")) == at("2026-07-16T13:00")


def test_stretches_that_touch_are_one() -> None:
    hours = Hours("Europe/Budapest", ((Opening(time(8), time(12)), Opening(time(12), time(17))),) * 7)
    assert next_change(hours, at("2026-07-16T09:00")) == at("2026-07-16T17:00")


def test_hours_may_run_past_midnight() -> None:
    hours = Hours("Europe/Budapest", ((Opening(time(21), time(2)),),) + ((),) * 6)
    assert is_open(hours, at("2026-07-13T23:00"))
    assert is_open(hours, at("2026-07-14T01:59"))
    assert not is_open(hours, at("2026-07-14T02:00"))
    assert next_change(hours, at("2026-07-14T00:30")) == at("2026-07-14T02:00")


def test_an_exception_replaces_its_weekday() -> None:
    christmas_eve = date(2026, 12, 24)
    short = Hours(OFFICE.zone, OFFICE.weekly, ((christmas_eve, (Opening(time(8), time(12)),)),))
    shut = Hours(OFFICE.zone, OFFICE.weekly, ((christmas_eve, ()),))
    assert not is_open(short, at("2026-12-24T13:00"))
    assert not is_open(shut, at("2026-12-24T09:00"))
    assert next_change(shut, at("2026-12-24T09:00")) == at("2026-12-25T08:00")


def test_the_zone_of_the_hours_counts_and_not_that_of_the_caller() -> None:
    assert is_open(OFFICE, datetime(2026, 7, 16, 6, 0, tzinfo=UTC))
    assert not is_open(OFFICE, datetime(2026, 1, 15, 6, 59, tzinfo=UTC))
    assert is_open(OFFICE, datetime(2026, 1, 15, 7, 0, tzinfo=UTC))


def test_the_night_that_loses_an_hour_is_an_hour_shorter() -> None:
    night = Hours("Europe/Budapest", ((Opening(time(22), time(6)),),) * 7)
    start, end = at("2026-03-28T22:00").astimezone(UTC), at("2026-03-29T06:00").astimezone(UTC)
    assert next_change(night, start) == end
    assert end - start == timedelta(hours=7)


def test_the_night_that_gains_an_hour_is_an_hour_longer() -> None:
    night = Hours("Europe/Budapest", ((Opening(time(22), time(6)),),) * 7)
    start, end = at("2026-10-24T22:00").astimezone(UTC), at("2026-10-25T06:00").astimezone(UTC)
    assert next_change(night, start) == end
    assert end - start == timedelta(hours=9)


def test_closing_in_the_hour_that_does_not_exist_closes_after_it() -> None:
    hours = Hours("Europe/Budapest", ((),) * 6 + ((Opening(time(0), time(2, 30)),),))
    assert is_open(hours, datetime(2026, 3, 29, 1, 15, tzinfo=UTC))
    assert not is_open(hours, datetime(2026, 3, 29, 1, 30, tzinfo=UTC))


def test_around_the_clock_never_changes() -> None:
    assert is_open(ALWAYS, at("2026-07-16T03:00"))
    assert next_change(ALWAYS, at("2026-07-16T03:00")) is None


def test_never_open_never_changes() -> None:
    assert next_change(Hours("Europe/Budapest", ((),) * 7), at("2026-07-16T03:00")) is None


openings = st.lists(st.builds(Opening, st.times(), st.times()), max_size=2).map(tuple)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.tuples(*[openings] * 7), moments)
def test_nothing_changes_before_the_next_change(
    weekly: tuple[tuple[Opening, ...], ...], now: datetime
) -> None:
    hours = Hours("Europe/Budapest", weekly)
    change = next_change(hours, now)
    before = is_open(hours, now)
    if change is None:
        assert is_open(hours, now + timedelta(days=3)) == before
        return
    assert change > now
    assert is_open(hours, change) != before
    middle = now + (change - now) / 2
    assert is_open(hours, middle) == before
    assert is_open(hours, change - timedelta(microseconds=1)) == before
