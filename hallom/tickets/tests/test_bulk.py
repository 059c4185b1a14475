from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from hallom.customers.models import Customer
from hallom.staff.models import Role, Team, User
from hallom.staff.tests.cast import person
from hallom.tickets import bulk
from hallom.tickets.models import Category, Field, FieldKind, Move, Priority, Status, StatusName, Ticket
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def tickets(alice: User, carla: Customer, technical: Team, now: datetime) -> list[Ticket]:
    return [
        Ticket.open(f"T{number}", by=alice, now=now, customer=carla, team=technical) for number in range(3)
    ]


def numbers(tickets: list[Ticket]) -> list[int]:
    return [ticket.number for ticket in tickets]


def kept(tickets: list[Ticket]) -> list[Ticket]:
    return list(Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets]).order_by("pk"))


def test_each_act_reaches_every_ticket(tickets: list[Ticket], alice: User, now: datetime) -> None:
    name = StatusName.objects.create(meaning=Status.PENDING, name="Asked")
    fault = Category.objects.create(name="Fault")
    until = now + timedelta(days=1)
    acts = [
        (bulk.assign(alice), "owner", alice),
        (bulk.move(Move.START), "status", Status.OPEN),
        (bulk.status(name), "status_name", name),
        (bulk.priority(Priority.HIGH), "priority", Priority.HIGH),
        (bulk.category(fault), "category", fault),
        (bulk.add_tags(["VIP", "new"]), "tags", ["vip", "new"]),
        (bulk.remove_tags(["Vip"]), "tags", ["new"]),
        (bulk.snooze(until), "snoozed_until", until),
        (bulk.wake(), "snoozed_until", None),
        (bulk.spam(), "spam_by", alice),
        (bulk.not_spam(), "spam_at", None),
    ]
    for act, field, value in acts:
        outcome = bulk.carry_out(act, numbers(tickets), by=alice, now=now)
        assert outcome.done == tuple(numbers(tickets)), field
        assert [getattr(ticket, field) for ticket in kept(tickets)] == [value] * 3, field


def test_deleting_and_restoring_are_for_those_who_may(
    tickets: list[Ticket], alice: User, bruno: User, now: datetime
) -> None:
    outcome = bulk.carry_out(bulk.delete(), numbers(tickets), by=alice, now=now)
    assert (outcome.done, outcome.reasons) == ((), [("not allowed", 3)])
    assert bulk.carry_out(bulk.delete(), numbers(tickets), by=bruno, now=now).done
    assert not Ticket.objects.current().exists()
    assert bulk.carry_out(bulk.restore(), numbers(tickets), by=bruno, now=now).done
    assert Ticket.objects.current().count() == 3


def test_what_cannot_be_done_is_counted_by_reason_and_the_rest_is_done(
    tickets: list[Ticket], alice: User, billing: Team, now: datetime
) -> None:
    secret = Ticket.open("Secret", by=None, now=now, team=billing)
    tickets[0].close(by=alice, now=now)
    given = [*numbers(tickets), secret.number, 999_999, tickets[1].number]
    outcome = bulk.carry_out(bulk.move(Move.HOLD), given, by=alice, now=now)
    assert outcome.done == (tickets[1].number, tickets[2].number)
    assert outcome.refused == {
        tickets[0].number: "transition",
        secret.number: "unknown",
        999_999: "unknown",
    }
    assert outcome.reasons[0] == ("not found", 2)
    assert Ticket.objects.get(pk=secret.pk).status == Status.NEW


def test_a_ticket_one_may_only_read_is_refused(tickets: list[Ticket], now: datetime, billing: Team) -> None:
    supervisor = person("sue", "Sue Supervisor", Role.SUPERVISOR, team=billing)
    outcome = bulk.carry_out(bulk.priority(Priority.LOW), numbers(tickets), by=supervisor, now=now)
    assert set(outcome.refused.values()) == {"forbidden"}
    assert {ticket.priority for ticket in kept(tickets)} == {Priority.NORMAL}


def test_who_has_no_right_to_such_acts_is_stopped_at_once(
    tickets: list[Ticket], now: datetime, technical: Team
) -> None:
    attendant = person("tess", "Tess Attendant", Role.ATTENDANT, team=technical)
    with pytest.raises(PermissionDenied):
        bulk.carry_out(bulk.spam(), numbers(tickets), by=attendant, now=now)


def test_what_is_so_already_is_said(tickets: list[Ticket], alice: User, now: datetime) -> None:
    for act in (bulk.add_tags([]), bulk.priority(Priority.NORMAL), bulk.wake(), bulk.assign(None)):
        before = Event.objects.count()
        outcome = bulk.carry_out(act, numbers(tickets), by=alice, now=now)
        assert outcome.reasons == [("was so already", 3)]
        assert Event.objects.count() == before


def test_missing_fields_are_a_reason(tickets: list[Ticket], alice: User, now: datetime) -> None:
    Field.objects.create(key="model", label="Model", kind=FieldKind.TEXT, is_required=True)
    outcome = bulk.carry_out(bulk.move(Move.SOLVE), numbers(tickets), by=alice, now=now)
    assert outcome.reasons == [("required fields are empty", 3)]


def test_merging_many_into_one(
    tickets: list[Ticket], alice: User, bruno: User, technical: Team, now: datetime
) -> None:
    other = Customer.register(name="Oscar Other", by=None, now=now)
    strange = Ticket.open("His", by=alice, now=now, customer=other, team=technical)
    given = [*numbers(tickets), strange.number]
    outcome = bulk.carry_out(bulk.merge_into(tickets[0], across_customers=True), given, by=alice, now=now)
    assert outcome.done == (tickets[1].number, tickets[2].number)
    assert outcome.refused == {tickets[0].number: "itself", strange.number: "customer"}
    act = bulk.merge_into(Ticket.objects.get(pk=tickets[0].pk), across_customers=True)
    assert bulk.carry_out(act, [strange.number], by=bruno, now=now).done == (strange.number,)
    assert len(tickets[0].family_ids()) == 4


def test_too_many_are_refused_whole(alice: User, now: datetime) -> None:
    with pytest.raises(bulk.TooManyAtOnce):
        bulk.carry_out(bulk.spam(), range(1, bulk.MOST + 2), by=alice, now=now)


def test_every_reason_has_words() -> None:
    codes = {"unknown", "forbidden", "unchanged", "transition", "fields", "itself", "merged", "customer"}
    assert codes | {"target_merged", "cycle", "removed"} <= set(bulk.REASONS)
