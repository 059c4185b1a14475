from datetime import datetime, timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.utils import timezone
from procrastinate.contrib.django import app

from hallom.calls.models import Order
from hallom.config import purge
from hallom.staff import login_link
from hallom.staff.models import LoginLink, User

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def today() -> datetime:
    return timezone.now()


def test_only_what_has_expired_goes(alice: User, bruno: User, today: datetime) -> None:
    for key, age in (("old", DAY), ("new", -DAY)):
        Session.objects.create(session_key=key, session_data="x", expire_date=today - age)
    for age in (8 * DAY, 6 * DAY):
        Order.objects.create(agent=alice.pk, verb="hold", done_at=today - age)
    waiting = Order.objects.create(agent=alice.pk, verb="retrieve")
    Order.objects.filter(pk=waiting.pk).update(created_at=today - 30 * DAY)
    for name, age in (("old", 2 * DAY), ("new", timedelta(minutes=5))):
        attempt = AccessAttempt.objects.create(username=name, failures_since_start=1)
        AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=today - age)
    login_link.make(alice, today - 2 * DAY)
    login_link.make(bruno, today)

    assert purge.purge(today) == {
        "sessions": 1,
        "orders": 1,
        "attempts": 1,
        "login_links": 1,
        "counters": 0,
    }
    assert Session.objects.get().pk == "new"
    assert set(Order.objects.values_list("verb", flat=True)) == {"hold", "retrieve"}
    assert AccessAttempt.objects.get().username == "new"
    assert LoginLink.objects.get().user == bruno


def test_counters_go_when_their_time_is_over(today: datetime) -> None:
    cache.set("short", 1, 60)
    cache.set("long", 1, 7200)
    assert purge.purge(today + timedelta(hours=1))["counters"] == 1
    assert cache.get("long") == 1


def test_the_worker_does_it_every_night() -> None:
    app.perform_import_paths()
    assert "config.purge" in app.tasks
    assert [
        task.cron
        for (name, _), task in app.periodic_registry.periodic_tasks.items()
        if name == "config.purge"
    ] == ["17 3 * * *"]
