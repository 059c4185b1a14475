from datetime import datetime, timedelta

import pytest

from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.tickets.models import (
    Field,
    FieldKind,
    FieldsMissing,
    IllegalTransition,
    Move,
    Status,
    StatusName,
    Ticket,
)
from hallom.tickets.status_choices import choices
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(alice: User, now: datetime) -> Ticket:
    return Ticket.open("No line", by=alice, now=now, owner=alice)


def named(meaning: Status, name: str, *, default: bool = False) -> StatusName:
    return StatusName.objects.create(meaning=meaning, name=name, is_default=default)


def test_a_move_by_meaning_takes_the_default_name(ticket: Ticket, alice: User, now: datetime) -> None:
    named(Status.PENDING, "Photo asked for")
    waits = named(Status.PENDING, "Waits for the customer", default=True)
    ticket.await_customer(by=alice, now=now)
    kept = Ticket.objects.get(pk=ticket.pk)
    assert (kept.status, kept.status_name, kept.status_label) == (Status.PENDING, waits, waits.name)


def test_without_names_the_meaning_is_shown(ticket: Ticket) -> None:
    assert ticket.status_label == "open"


def test_a_new_ticket_has_the_default_name(alice: User, now: datetime) -> None:
    fresh = named(Status.NEW, "Just in", default=True)
    assert Ticket.open("No line", by=alice, now=now).status_name == fresh


def test_an_own_status_brings_its_meaning(ticket: Ticket, alice: User, now: datetime) -> None:
    parts = named(Status.ON_HOLD, "Waits for parts")
    ticket.set_status(parts, by=alice, now=now)
    kept = Ticket.objects.get(pk=ticket.pk)
    assert (kept.status, kept.status_name) == (Status.ON_HOLD, parts)
    event = Event.objects.get(kind="ticket.held")
    assert event.data == {"old": "open", "new": "on_hold", "old_name": "", "new_name": "Waits for parts"}


def test_another_name_of_the_same_meaning_is_a_change_too(ticket: Ticket, alice: User, now: datetime) -> None:
    one, two = named(Status.OPEN, "In work"), named(Status.OPEN, "In the workshop")
    ticket.set_status(one, by=alice, now=now)
    ticket.set_status(two, by=alice, now=now)
    ticket.set_status(two, by=alice, now=now)
    assert Ticket.objects.get(pk=ticket.pk).status_name == two
    assert Event.objects.filter(kind="ticket.status_named").count() == 2


def test_the_meanings_still_rule(ticket: Ticket, alice: User, now: datetime) -> None:
    fresh = named(Status.NEW, "Just in")
    with pytest.raises(IllegalTransition):
        ticket.set_status(fresh, by=alice, now=now)
    assert Ticket.objects.get(pk=ticket.pk).status == Status.OPEN


def test_a_name_out_of_use_cannot_be_chosen(ticket: Ticket, alice: User, now: datetime) -> None:
    old = StatusName.objects.create(meaning=Status.PENDING, name="Old", is_active=False)
    with pytest.raises(IllegalTransition):
        ticket.set_status(old, by=alice, now=now)


class TestNarrowing:
    @pytest.fixture
    def parts(self, ticket: Ticket, alice: User, now: datetime) -> StatusName:
        parts, repair = named(Status.ON_HOLD, "Waits for parts"), named(Status.OPEN, "In repair")
        parts.leads_to.add(repair)
        ticket.set_status(parts, by=alice, now=now)
        return parts

    def test_only_what_it_leads_to_is_possible(
        self, parts: StatusName, ticket: Ticket, alice: User, now: datetime
    ) -> None:
        with pytest.raises(IllegalTransition):
            ticket.solve(by=alice, now=now)
        with pytest.raises(IllegalTransition):
            ticket.set_status(named(Status.PENDING, "Asked"), by=alice, now=now)
        assert Ticket.objects.get(pk=ticket.pk).status_name == parts

    def test_a_move_by_meaning_takes_the_name_that_is_allowed(
        self, parts: StatusName, ticket: Ticket, alice: User, now: datetime
    ) -> None:
        named(Status.OPEN, "Open", default=True)
        ticket.advance(Move.START, by=alice, now=now)
        assert Ticket.objects.get(pk=ticket.pk).status_label == "In repair"

    def test_only_that_is_offered(self, parts: StatusName, ticket: Ticket) -> None:
        assert [choice.label for choice in choices(ticket)] == ["In repair"]

    def test_a_customers_answer_is_not_narrowed(
        self, ticket: Ticket, alice: User, carla: Customer, now: datetime
    ) -> None:
        asked, done = named(Status.PENDING, "Asked"), named(Status.SOLVED, "Done")
        asked.leads_to.add(done)
        ticket.set_status(asked, by=alice, now=now)
        ticket.add_message("Here it is", channel="email", direction="in", customer=carla, now=now)
        assert Ticket.objects.get(pk=ticket.pk).status == Status.OPEN


def test_offered_are_names_and_meanings_for_which_no_name_stands(ticket: Ticket) -> None:
    named(Status.ON_HOLD, "Waits for parts")
    named(Status.SOLVED, "Done", default=True)
    offered = [choice.label for choice in choices(ticket)]
    assert offered == [
        "waiting for the customer",
        "waiting for somebody else",
        "Waits for parts",
        "Done",
        "closed",
    ]


class TestRequiredFields:
    @pytest.fixture
    def model(self) -> Field:
        return Field.objects.create(key="model", label="Model", kind=FieldKind.TEXT, is_required=True)

    @pytest.mark.parametrize("move", [Move.SOLVE, Move.CLOSE])
    def test_they_come_before_the_end(
        self, move: Move, model: Field, ticket: Ticket, alice: User, now: datetime
    ) -> None:
        with pytest.raises(FieldsMissing) as refused:
            ticket.advance(move, by=alice, now=now)
        assert refused.value.labels == ("Model",)
        assert Ticket.objects.get(pk=ticket.pk).status == Status.OPEN
        ticket.set_field("model", "F660", by=alice, now=now)
        ticket.advance(move, by=alice, now=now)
        assert not Ticket.objects.get(pk=ticket.pk).is_unfinished

    def test_they_are_not_asked_of_what_was_solved_before(
        self, ticket: Ticket, alice: User, now: datetime
    ) -> None:
        ticket.solve(by=alice, now=now)
        Field.objects.create(key="late", label="Late", kind=FieldKind.TEXT, is_required=True)
        ticket.close(by=alice, now=now + timedelta(days=3))
        assert Ticket.objects.get(pk=ticket.pk).status == Status.CLOSED

    def test_they_hold_up_no_other_move(
        self, model: Field, ticket: Ticket, alice: User, now: datetime
    ) -> None:
        ticket.await_customer(by=alice, now=now)
        assert Ticket.objects.get(pk=ticket.pk).status == Status.PENDING
