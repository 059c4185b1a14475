"""Night by hand: the number is closed at once, and nobody has to think of it in the morning."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from hallom.calls import closing, snapshot
from hallom.calls.models import Closure, Number, Queue
from hallom.calls.opening import hours_value
from hallom.hours import clock
from hallom.hours.models import Calendar, Opening
from hallom.staff.models import User
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db
# A Monday; the office keeps 8 to 12 and 13 to 18 in Budapest, one hour before UTC.
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NEXT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)


@pytest.fixture
def number(queue: Queue) -> Number:
    calendar = Calendar.objects.create(name="Office", zone="Europe/Budapest", country="")
    for day in range(5):
        Opening.objects.create(calendar=calendar, weekday=day, opens=time(8), closes=time(12))
        Opening.objects.create(calendar=calendar, weekday=day, opens=time(13), closes=time(18))
    return Number.objects.create(number="+36 1 555 0100", queue=queue, calendar=calendar)


def closed_hours(number: Number, now: datetime) -> Any:
    (closure,) = closing.in_force(now)
    return hours_value(closing.closed_until(closing.hours_of(number, now), now, closure.until))


def test_it_is_closed_at_once_and_opens_by_itself_at_the_next_opening(number: Number, alice: User) -> None:
    assert closing.close([number], by=alice, now=MORNING) == 1
    hours = closed_hours(number, MORNING)
    assert not hours.is_open(MORNING.timestamp())
    assert not hours.is_open(NEXT.timestamp() - 1)
    assert hours.is_open(NEXT.timestamp())
    assert hours.is_open(TUESDAY.timestamp())
    assert not closing.in_force(NEXT).exists()


def test_in_the_evening_it_is_closed_until_tomorrow(number: Number, alice: User) -> None:
    evening = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
    closing.close([number], by=alice, now=evening)
    hours = closed_hours(number, evening)
    assert not hours.is_open(evening.timestamp())
    assert not hours.is_open(TUESDAY.timestamp() - 1)
    assert hours.is_open(TUESDAY.timestamp())


def test_a_number_that_never_closes_is_closed_until_somebody_opens_it(queue: Queue, alice: User) -> None:
    number = Number.objects.create(number="+36 1 555 0111", queue=queue)
    closing.close([number], by=alice, now=MORNING)
    hours = closed_hours(number, MORNING)
    assert not any(hours.is_open((MORNING + timedelta(days=day)).timestamp()) for day in range(60))


def test_whoever_opens_it_again_is_known_and_doing_either_twice_changes_nothing(
    number: Number, alice: User, bruno: User
) -> None:
    assert [closing.close([number], by=alice, now=MORNING) for _ in range(2)] == [1, 0]
    later = MORNING + timedelta(minutes=5)
    assert [closing.reopen([number], by=bruno, now=later) for _ in range(2)] == [1, 0]
    closure = Closure.objects.get()
    assert (closure.closed_by, closure.opened_by, closure.opened_at) == (alice, bruno, later)
    kinds = Event.objects.filter(kind__startswith="numbers.").order_by("id").values_list("kind", "actor_id")
    assert list(kinds) == [("numbers.closed", alice.pk), ("numbers.opened", bruno.pk)]
    assert closing.hours_of(number, later) == number.calendar.hours(later)  # type: ignore[union-attr]


def test_the_next_night_ends_the_one_before(number: Number, alice: User) -> None:
    closing.close([number], by=alice, now=MORNING)
    assert closing.close([number], by=alice, now=TUESDAY + timedelta(hours=1)) == 1
    first, second = Closure.objects.order_by("closed_at")
    assert (first.opened_at, first.opened_by, second.opened_at) == (NEXT, None, None)


def test_the_switch_is_told_and_given_the_closed_hours(
    number: Number, alice: User, settings: Any, tmp_path: Path
) -> None:
    settings.HALLOM_DATA = tmp_path
    closing.close([number], by=alice, now=MORNING)
    Closure.objects.update(until=None)
    config = snapshot.load(lambda text, language, folder: folder / text)
    assert not any(
        config.numbers["+3615550100"].hours.is_open((MORNING + timedelta(hours=hour)).timestamp())
        for hour in range(24 * 14)
    )


def test_only_the_numbers_of_the_queue_are_meant(number: Number, queue: Queue) -> None:
    Number.objects.create(number="+36 1 555 0222", queue=Queue.objects.create(name="Other"))
    Number.objects.create(number="+36 1 555 0333", queue=queue, is_active=False)
    assert closing.numbers_of(queue, MORNING) == [number]
    assert closing.numbers_of(None, MORNING) == []


def test_next_opening_of_hours_that_never_change() -> None:
    assert closing.next_opening(clock.ALWAYS, MORNING) is None
