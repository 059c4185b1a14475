import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.tickets.models import CannotMerge, ChecklistItem, Merge, Ticket, TimeSpent, Watcher
from hallom.timeline.models import Event

# What is written about every change whatever it is, and the merge's own row.
WRITTEN_ABOUT = {"tickets_ticketevent", "timeline_event", "timeline_delivery", "tickets_merge"}


def rows_about(*tickets: Ticket) -> dict[str, list[Any]]:
    """Every row of every table that names one of the tickets, or a row that does: what a merge must leave alone."""
    found: dict[str, list[Any]] = {}
    for model in apps.get_models():
        table = model._meta.db_table
        if table in WRITTEN_ABOUT or hasattr(model, "pgh_tracked_model"):
            continue
        paths = ["pk"] if model is Ticket else _paths(model)
        if paths:
            wanted = models.Q()
            for path in paths:
                wanted |= models.Q(**{f"{path}__in": [ticket.pk for ticket in tickets]})
            found[table] = list(model._default_manager.filter(wanted).order_by("pk").distinct().values())
    return found


def _paths(model: type[models.Model]) -> list[str]:
    direct = [f.name for f in model._meta.concrete_fields if f.is_relation and f.related_model is Ticket]
    beyond = [
        f"{field.name}__{path.name}"
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model and field.related_model is not Ticket
        for path in field.related_model._meta.concrete_fields
        if path.is_relation and path.related_model is Ticket
    ]
    return direct + beyond


def full(subject: str, people: tuple[User, User], customer: Customer, now: datetime) -> Ticket:
    """A ticket with something in every table that a ticket has."""
    alice, bruno = people
    ticket = Ticket.open(subject, by=alice, now=now, owner=alice, customer=customer, tags=["one"])
    ticket.add_message("It is broken", channel="email", direction="in", customer=customer, now=now)
    ticket.add_note("Look at it", by=alice, now=now, mentions=[bruno])
    ticket.add_steps(["Call", "Write"], by=alice, now=now)
    ticket.spend(600, by=alice, now=now)
    ticket.watch(bruno, by=alice, now=now)
    ticket.snooze(until=now + timedelta(days=1), by=alice, now=now)
    ticket.drafts.create(author=alice, kind="reply", html="<p>Hello</p>", saved_at=now)
    return ticket


@pytest.mark.django_db
class TestMerging:
    @pytest.fixture
    def pair(self, alice: User, bruno: User, carla: Customer, now: datetime) -> tuple[Ticket, Ticket]:
        one, two = (full(subject, (alice, bruno), carla, now) for subject in ("One", "Two"))
        one.link(two, kind="related", by=alice, now=now)
        return one, two

    def test_a_round_trip_leaves_identical_data(
        self, pair: tuple[Ticket, Ticket], alice: User, bruno: User, now: datetime
    ) -> None:
        one, two = pair
        before = rows_about(one, two)
        assert len([table for table, rows in before.items() if rows]) >= 9
        one.merge_into(two, by=alice, now=now + timedelta(hours=1))
        assert rows_about(one, two) != before
        Ticket.objects.get(pk=one.pk).unmerge(by=bruno, now=now + timedelta(hours=2))
        assert rows_about(one, two) == before

    def test_merging_changes_nothing_but_where_it_belongs(
        self, pair: tuple[Ticket, Ticket], alice: User, now: datetime
    ) -> None:
        one, two = pair
        before = rows_about(one, two)
        one.merge_into(two, by=alice, now=now + timedelta(hours=1))
        after = rows_about(one, two)
        source = next(row for row in after["tickets_ticket"] if row["id"] == one.pk)
        assert source["merged_into_id"] == two.pk
        source["merged_into_id"] = None
        assert after == before

    def test_the_family_is_all_that_was_merged(
        self, pair: tuple[Ticket, Ticket], alice: User, now: datetime
    ) -> None:
        one, two = pair
        three = Ticket.open("Three", by=alice, now=now, customer=one.customer)
        assert one.family_ids() == [one.pk]
        one.merge_into(two, by=alice, now=now)
        two.merge_into(three, by=alice, now=now)
        assert set(three.family_ids()) == {one.pk, two.pk, three.pk}
        assert set(two.family_ids()) == {one.pk, two.pk}
        assert Ticket.objects.get(pk=one.pk).root() == three
        assert three.seconds_spent() == 1200

    def test_what_was_merged_into_it_stays_when_it_is_let_go(
        self, pair: tuple[Ticket, Ticket], alice: User, now: datetime
    ) -> None:
        one, two = pair
        three = Ticket.open("Three", by=alice, now=now, customer=one.customer)
        one.merge_into(two, by=alice, now=now)
        two.merge_into(three, by=alice, now=now)
        two.unmerge(by=alice, now=now)
        assert set(two.family_ids()) == {one.pk, two.pk}
        assert three.family_ids() == [three.pk]

    def test_both_tickets_tell_of_it_and_the_merge_is_kept(
        self, pair: tuple[Ticket, Ticket], alice: User, bruno: User, now: datetime
    ) -> None:
        one, two = pair
        one.merge_into(two, by=alice, now=now)
        one.unmerge(by=bruno, now=now + timedelta(hours=1))
        merge = Merge.objects.get()
        assert (merge.by, merge.undone_by, merge.before["status"]) == (alice, bruno, "open")
        kinds = ["ticket.merged", "ticket.merged_here", "ticket.unmerged", "ticket.let_go"]
        told = Event.objects.filter(kind__in=kinds).order_by("id")
        assert [(event.kind, event.ticket_id) for event in told] == [
            ("ticket.merged", one.pk),
            ("ticket.merged_here", two.pk),
            ("ticket.unmerged", one.pk),
            ("ticket.let_go", two.pk),
        ]

    def test_a_message_to_a_merged_ticket_stirs_the_one_that_shows_it(
        self, pair: tuple[Ticket, Ticket], alice: User, carla: Customer, now: datetime
    ) -> None:
        one, two = pair
        one.merge_into(two, by=alice, now=now)
        two.await_customer(by=alice, now=now)
        one.add_message("Still broken", channel="email", direction="in", customer=carla, now=now)
        shown = Ticket.objects.get(pk=two.pk)
        assert (shown.status, shown.snoozed_until) == ("open", None)
        assert Ticket.objects.get(pk=one.pk).snoozed_until is not None

    def test_watchers_are_the_familys(
        self, pair: tuple[Ticket, Ticket], alice: User, bruno: User, now: datetime
    ) -> None:
        one, two = pair
        Watcher.objects.filter(ticket=two).delete()
        one.merge_into(two, by=alice, now=now)
        assert two.watching() == [bruno]
        assert two.unwatch(bruno, by=bruno, now=now)
        assert two.watching() == []

    def test_no_query_is_asked_where_it_is_known_that_nothing_was_merged(
        self, pair: tuple[Ticket, Ticket], django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        ticket = pair[0]
        ticket.__dict__["has_sources"] = False
        with django_assert_num_queries(0):
            assert ticket.family_ids() == [ticket.pk]

    def test_a_deleted_target_forgets_nothing(
        self, pair: tuple[Ticket, Ticket], alice: User, now: datetime
    ) -> None:
        one, two = pair
        two.delete_softly(by=alice, now=now)
        with pytest.raises(CannotMerge) as refused:
            one.merge_into(two, by=alice, now=now)
        assert refused.value.code == "removed"


@pytest.mark.django_db
class TestRefusals:
    def test_into_itself(self, alice: User, now: datetime) -> None:
        one = Ticket.open("One", by=alice, now=now)
        with pytest.raises(CannotMerge) as refused:
            one.merge_into(Ticket.objects.get(pk=one.pk), by=alice, now=now)
        assert refused.value.code == "itself"

    def test_in_a_circle_even_with_stale_rows(self, alice: User, now: datetime) -> None:
        one, two, three = (Ticket.open(subject, by=alice, now=now) for subject in ("One", "Two", "Three"))
        one.merge_into(Ticket.objects.get(pk=two.pk), by=alice, now=now)
        two.merge_into(Ticket.objects.get(pk=three.pk), by=alice, now=now)
        for target, code in ((one, "cycle"), (two, "cycle")):
            with pytest.raises(CannotMerge) as refused:
                three.merge_into(target, by=alice, now=now)
            assert refused.value.code == code

    def test_twice(self, alice: User, now: datetime) -> None:
        one, two, three = (Ticket.open(subject, by=alice, now=now) for subject in ("One", "Two", "Three"))
        stale = Ticket.objects.get(pk=one.pk)
        one.merge_into(two, by=alice, now=now)
        with pytest.raises(CannotMerge) as refused:
            stale.merge_into(three, by=alice, now=now)
        assert refused.value.code == "merged"
        with pytest.raises(CannotMerge) as refused:
            three.merge_into(one, by=alice, now=now)
        assert refused.value.code == "target_merged"

    def test_another_customers(self, alice: User, carla: Customer, now: datetime) -> None:
        other = Customer.register(name="Oscar Other", by=None, now=now)
        one = Ticket.open("One", by=alice, now=now, customer=carla)
        two = Ticket.open("Two", by=alice, now=now, customer=other)
        with pytest.raises(CannotMerge) as refused:
            one.merge_into(two, by=alice, now=now)
        assert refused.value.code == "customer"
        one.merge_into(two, by=alice, now=now, across_customers=True)
        assert Ticket.objects.get(pk=one.pk).merged_into == two

    def test_a_customers_into_nobodys(self, alice: User, carla: Customer, now: datetime) -> None:
        one = Ticket.open("One", by=alice, now=now, customer=carla)
        two = Ticket.open("Two", by=alice, now=now)
        with pytest.raises(CannotMerge) as refused:
            one.merge_into(two, by=alice, now=now)
        assert refused.value.code == "customer"
        two.merge_into(one, by=alice, now=now)
        assert Ticket.objects.get(pk=two.pk).merged_into == one

    def test_letting_go_what_stands_for_itself(self, alice: User, now: datetime) -> None:
        one = Ticket.open("One", by=alice, now=now)
        with pytest.raises(CannotMerge) as refused:
            one.unmerge(by=alice, now=now)
        assert refused.value.code == "not_merged"


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["merge", "unmerge"]), st.integers(0, 4), st.integers(0, 4)), max_size=16
    )
)
def test_whatever_is_merged_and_let_go_the_families_share_nothing(
    alice: User, now: datetime, steps: list[tuple[str, int, int]]
) -> None:
    pks = [Ticket.open(f"T{number}", by=None, now=now).pk for number in range(5)]
    into: dict[int, int] = {}
    for act, source, target in steps:
        ticket = Ticket.objects.get(pk=pks[source])
        legal = (
            source in into if act == "unmerge" else not {source, target} & into.keys() and source != target
        )
        try:
            if act == "merge":
                ticket.merge_into(Ticket.objects.get(pk=pks[target]), by=alice, now=now)
                into[source] = target
            else:
                ticket.unmerge(by=alice, now=now)
                del into[source]
        except CannotMerge:
            assert not legal
        else:
            assert legal
    roots = [Ticket.objects.get(pk=pk) for place, pk in enumerate(pks) if place not in into]
    families = [ticket.family_ids() for ticket in roots]
    assert sorted(pk for family in families for pk in family) == sorted(pks)
    for place, pk in enumerate(pks):
        top = place
        while top in into:
            top = into[top]
        assert Ticket.objects.get(pk=pk).root().pk == pks[top]
    Ticket.objects.filter(pk__in=pks).update(merged_into=None)


@pytest.mark.django_db(transaction=True)
def test_merges_that_cross_make_no_circle(now: datetime) -> None:
    tickets = [Ticket.open(f"T{number}", by=None, now=now) for number in range(3)]
    start = threading.Barrier(3)

    def merge(place: int) -> None:
        source, target = (Ticket.objects.get(pk=tickets[one % 3].pk) for one in (place, place + 1))
        start.wait(10)
        try:
            source.merge_into(target, by=None, now=now)
        except CannotMerge:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=merge, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    merged = Ticket.objects.exclude(merged_into=None).count()
    assert 1 <= merged <= 2
    roots = Ticket.objects.filter(merged_into=None)
    assert sorted(pk for root in roots for pk in root.family_ids()) == sorted(one.pk for one in tickets)


def test_the_tables_that_are_compared_are_those_that_name_a_ticket() -> None:
    assert {"ticket"} <= set(_paths(ChecklistItem)) & set(_paths(TimeSpent))
