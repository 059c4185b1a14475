import threading
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from hallom.customers.models import Customer
from hallom.staff.models import Team
from hallom.tickets.models import Category, Checklist, Every, Priority, Recurrence, Ticket, TicketTemplate
from hallom.tickets.recurrence import Rule, next_at
from hallom.tickets.tasks import open_due

BUDAPEST = ZoneInfo("Europe/Budapest")
EIGHT = time(8)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BUDAPEST)


@pytest.mark.parametrize(
    ("rule", "after", "due"),
    [
        (Rule("day", EIGHT, date(2026, 7, 1)), "2026-07-01T07:59", "2026-07-01T08:00"),
        (Rule("day", EIGHT, date(2026, 7, 1)), "2026-07-01T08:00", "2026-07-02T08:00"),
        (Rule("day", EIGHT, date(2026, 7, 1)), "2026-06-01T08:00", "2026-07-01T08:00"),
        (Rule("day", EIGHT, date(2026, 7, 1), 3), "2026-07-05T12:00", "2026-07-07T08:00"),
        (Rule("week", EIGHT, date(2026, 7, 1)), "2026-07-01T08:00", "2026-07-08T08:00"),
        (Rule("week", EIGHT, date(2026, 7, 1), 1, (1, 5)), "2026-07-01T00:00", "2026-07-03T08:00"),
        (Rule("week", EIGHT, date(2026, 7, 1), 1, (1, 5)), "2026-07-03T08:00", "2026-07-06T08:00"),
        (Rule("week", EIGHT, date(2026, 7, 1), 2, (1,)), "2026-07-01T08:00", "2026-07-13T08:00"),
        (Rule("month", EIGHT, date(2026, 1, 31)), "2026-01-31T08:00", "2026-02-28T08:00"),
        (Rule("month", EIGHT, date(2026, 1, 31)), "2026-02-28T08:00", "2026-03-31T08:00"),
        (Rule("month", EIGHT, date(2024, 1, 31)), "2024-02-01T08:00", "2024-02-29T08:00"),
        (Rule("month", EIGHT, date(2026, 1, 10), month_day=31), "2026-04-01T08:00", "2026-04-30T08:00"),
        (Rule("month", EIGHT, date(2026, 1, 10), month_day=5), "2026-01-01T08:00", "2026-02-05T08:00"),
        (Rule("month", EIGHT, date(2026, 1, 31), 3), "2026-02-01T08:00", "2026-04-30T08:00"),
        (Rule("month", EIGHT, date(2026, 11, 30), 3), "2026-12-01T08:00", "2027-02-28T08:00"),
    ],
)
def test_the_next_time(rule: Rule, after: str, due: str) -> None:
    assert next_at(rule, local(after), BUDAPEST) == local(due)


def test_an_hour_that_the_clocks_leave_out_is_the_one_after_it() -> None:
    rule = Rule("day", time(2, 30), date(2026, 1, 1))
    due = next_at(rule, local("2026-03-28T12:00"), BUDAPEST)
    assert due == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert due.astimezone(BUDAPEST).time() == time(3, 30)
    assert next_at(rule, due, BUDAPEST).astimezone(BUDAPEST).time() == time(2, 30)


def test_an_hour_that_comes_twice_counts_once() -> None:
    rule = Rule("day", time(2, 30), date(2026, 1, 1))
    due = next_at(rule, local("2026-10-24T12:00"), BUDAPEST)
    assert due == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_at(rule, due, BUDAPEST) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong", [{"interval": 0}, {"every": "year"}, {"weekdays": (0,)}, {"weekdays": (8,)}, {"month_day": 32}]
)
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"every|on"):
        Rule(**{"every": "day", "at": EIGHT, "starts_on": date(2026, 7, 1), **wrong})  # type: ignore[arg-type]


def test_the_calendar_ends() -> None:
    for every in ("day", "week", "month"):
        with pytest.raises(OverflowError):
            next_at(Rule(every, EIGHT, date(9999, 12, 31)), datetime(9999, 12, 31, 20, tzinfo=UTC), BUDAPEST)


RULES = st.builds(
    Rule,
    every=st.sampled_from(["day", "week", "month"]),
    at=st.times(),
    starts_on=st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    interval=st.integers(1, 400),
    weekdays=st.lists(st.integers(1, 7), max_size=3).map(tuple),
    month_day=st.one_of(st.none(), st.integers(1, 31)),
)
ZONES = st.sampled_from([BUDAPEST, ZoneInfo("UTC"), ZoneInfo("America/St_Johns"), ZoneInfo("Pacific/Apia")])


@settings(deadline=None)
@given(rule=RULES, after=st.datetimes(datetime(1999, 1, 1), datetime(2070, 1, 1)), zone=ZONES)
def test_it_goes_on_and_skips_nothing(rule: Rule, after: datetime, zone: ZoneInfo) -> None:
    start = after.replace(tzinfo=UTC)
    due = next_at(rule, start, zone)
    assert due > start
    assert due.astimezone(zone).date() >= rule.starts_on
    following = next_at(rule, due, zone)
    assert following > due
    between = start + (due - start) / 2
    assert next_at(rule, between, zone) == due
    assert next_at(rule, due + (following - due) / 2, zone) == following


@settings(deadline=None)
@given(rule=RULES, after=st.datetimes(datetime(1999, 1, 1), datetime(2070, 1, 1)))
def test_it_comes_on_the_days_the_rule_says(rule: Rule, after: datetime) -> None:
    day = next_at(rule, after.replace(tzinfo=UTC), BUDAPEST).astimezone(BUDAPEST).date()
    if rule.every == "day":
        assert (day - rule.starts_on).days % rule.interval == 0
    elif rule.every == "week":
        assert day.isoweekday() in (rule.weekdays or (rule.starts_on.isoweekday(),))
        weeks = (day - timedelta(day.weekday())) - (rule.starts_on - timedelta(rule.starts_on.weekday()))
        assert weeks.days // 7 % rule.interval == 0
    else:
        wanted = rule.month_day or rule.starts_on.day
        assert day.day == wanted or (day.day < wanted and (day + timedelta(1)).day == 1)
        months = (day.year - rule.starts_on.year) * 12 + day.month - rule.starts_on.month
        assert months % rule.interval == 0


@pytest.mark.django_db
class TestOpening:
    @pytest.fixture
    def recurrence(self, technical: Team, carla: Customer, now: datetime) -> Recurrence:
        template = TicketTemplate.objects.create(
            name="Battery", subject="Change the battery", team=technical, note="Key at the desk", due_hours=48
        )
        recurrence = Recurrence(
            template=template, customer=carla, every=Every.DAY, at=EIGHT, starts_on=date(2026, 7, 1)
        )
        recurrence.plan(now)
        recurrence.save()
        return recurrence

    def test_it_is_planned_for_the_next_time(self, recurrence: Recurrence) -> None:
        assert recurrence.next_at == local("2026-07-17T08:00")

    def test_it_opens_at_its_time_and_once(self, recurrence: Recurrence, now: datetime) -> None:
        assert open_due(now) == 0
        due = local("2026-07-17T08:00")
        assert open_due(due) == 1
        assert open_due(due) == 0
        ticket = Ticket.objects.get()
        assert (ticket.subject, ticket.customer, ticket.opened_by) == (
            "Change the battery",
            recurrence.customer,
            None,
        )
        assert ticket.deadline == due + timedelta(hours=48)
        recurrence.refresh_from_db()
        assert recurrence.next_at == local("2026-07-18T08:00")

    def test_a_long_outage_opens_one(self, recurrence: Recurrence) -> None:
        back = local("2027-07-17T12:00")
        assert open_due(back) == 1
        assert open_due(back) == 0
        recurrence.refresh_from_db()
        assert recurrence.next_at == local("2027-07-18T08:00")

    def test_what_is_out_of_use_opens_nothing(self, recurrence: Recurrence) -> None:
        Recurrence.objects.update(is_active=False)
        assert open_due(local("2026-07-20T08:00")) == 0
        stale = Recurrence.objects.get()
        stale.is_active = True
        assert stale.open_due(local("2026-07-20T08:00")) is None

    def test_one_that_fails_holds_up_no_other(self, recurrence: Recurrence, now: datetime) -> None:
        TicketTemplate.objects.filter(pk=recurrence.template_id).update(tags=[])
        broken = Recurrence.objects.create(
            template=recurrence.template,
            every=Every.DAY,
            interval=0,
            at=EIGHT,
            starts_on=date(2026, 7, 1),
            next_at=now,
        )
        assert open_due(local("2026-07-17T08:00")) == 1
        broken.refresh_from_db()
        assert broken.next_at == now


@pytest.mark.django_db
def test_a_template_fills_the_ticket_in(technical: Team, now: datetime) -> None:
    category = Category.objects.create(name="Contract")
    checklist = Checklist.objects.create(name="Papers", steps=["Ask", "Check"])
    template = TicketTemplate.objects.create(
        name="Transfer",
        subject="Transfer of a contract",
        category=category,
        team=technical,
        priority=Priority.HIGH,
        tags=["transfer"],
        note="Be gentle",
        checklist=checklist,
    )
    ticket = template.open_ticket(by=None, now=now)
    kept = Ticket.objects.get(pk=ticket.pk)
    assert (kept.category, kept.team, kept.priority, kept.tags) == (category, technical, 3, ["transfer"])
    assert [step.text for step in kept.checklist.all()] == ["Ask", "Check"]
    assert kept.notes.get().body == "Be gentle"
    assert kept.deadline is None


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_opens_it(now: datetime) -> None:
    template = TicketTemplate.objects.create(name="Battery", subject="Change the battery")
    Recurrence.objects.create(
        template=template, every=Every.DAY, at=EIGHT, starts_on=date(2026, 7, 1), next_at=now
    )
    start = threading.Barrier(4)
    opened: list[int] = []

    def work() -> None:
        start.wait(10)
        opened.append(open_due(now))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(opened) == [0, 0, 0, 1]
    assert Ticket.objects.count() == 1
