from datetime import UTC, date, datetime, time

import pytest
from django.test import Client

from hallom.hours import demo
from hallom.hours.clock import is_open
from hallom.hours.forms import parse_stretches
from hallom.hours.models import Calendar, DayException, Opening
from hallom.staff.models import User
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db
ROWS = {"exceptions-TOTAL_FORMS": 0, "exceptions-INITIAL_FORMS": 0}


@pytest.fixture
def calendar(db: None) -> Calendar:
    calendar = Calendar.objects.create(name="Service")
    Opening.objects.bulk_create(
        Opening(calendar=calendar, weekday=day, opens=time(8), closes=time(17)) for day in range(7)
    )
    return calendar


def open_at(calendar: Calendar, *moment: int) -> bool:
    at = datetime(*moment, tzinfo=UTC)  # type: ignore[misc]
    return is_open(calendar.hours(at), at)


def test_public_holidays_of_the_country_are_closed(calendar: Calendar) -> None:
    assert not open_at(calendar, 2026, 8, 20, 10)
    calendar.country = "PL"
    assert open_at(calendar, 2026, 8, 20, 10)
    assert not open_at(calendar, 2026, 11, 11, 10)


def test_holidays_of_the_next_year_are_known_at_the_end_of_this(calendar: Calendar) -> None:
    at = datetime(2026, 12, 31, 20, tzinfo=UTC)
    assert (date(2027, 1, 1), ()) in calendar.hours(at).days


def test_an_exception_wins_over_a_holiday(calendar: Calendar) -> None:
    DayException.objects.create(calendar=calendar, day=date(2026, 8, 20), opens=time(9), closes=time(12))
    assert open_at(calendar, 2026, 8, 20, 9)
    assert not open_at(calendar, 2026, 8, 20, 11)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8:00–12:00, 13:00–17:00", [(time(8), time(12)), (time(13), time(17))]),
        ("8-17", [(time(8), time(17))]),
        ("0:00-24:00", [(time(0), time(0))]),
        ("21.30 — 2", [(time(21, 30), time(2))]),
        ("", []),
    ],
)
def test_opening_times_are_read_as_people_write_them(text: str, expected: list[tuple[time, time]]) -> None:
    assert parse_stretches(text) == expected


@pytest.mark.parametrize("text", ["all day", "8", "25:99-3", "8-12 13-17"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_stretches(text)


def test_the_page_keeps_what_is_typed_and_tells_the_house(
    calendar: Calendar, bruno: User, client: Client
) -> None:
    client.force_login(bruno)
    week = {f"day-{day}": "7:00-12:00, 13:00-19:00" if day < 5 else "" for day in range(7)}
    given = {"name": "Service", "zone": "Europe/Warsaw", "country": "PL", **week, **ROWS}
    assert client.post(f"/settings/hours/{calendar.pk}/", given).status_code == 302
    calendar.refresh_from_db()
    assert (calendar.zone, calendar.country) == ("Europe/Warsaw", "PL")
    assert calendar.openings.count() == 10
    assert Event.objects.get(kind="hours.changed").actor_id == bruno.pk


@pytest.mark.parametrize("field", [{"zone": "Mars/Olympus"}, {"day-0": "whenever"}])
def test_nonsense_is_refused_and_changes_nothing(
    field: dict[str, str], calendar: Calendar, bruno: User, client: Client
) -> None:
    client.force_login(bruno)
    client.post(f"/settings/hours/{calendar.pk}/", {"name": "Service", "zone": "UTC", **ROWS, **field})
    calendar.refresh_from_db()
    assert calendar.zone == "Europe/Budapest"
    assert calendar.openings.count() == 7


def test_agents_do_not_reach_the_hours(calendar: Calendar, alice: User, client: Client) -> None:
    client.force_login(alice)
    assert client.get("/settings/hours/").status_code == 403
    assert client.get(f"/settings/hours/{calendar.pk}/").status_code == 403
    assert client.post("/settings/hours/new/").status_code == 403


def test_the_demo_hours_load_twice_without_doubling(now: datetime) -> None:
    demo.load(now)
    demo.load(now)
    assert Calendar.objects.get().openings.count() == 6
