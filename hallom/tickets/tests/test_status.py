from datetime import datetime
from itertools import product

import pytest

from hallom.staff.models import User
from hallom.tickets.models import TRANSITIONS, IllegalTransition, Move, Status, Ticket
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db


def ticket_in(status: Status, now: datetime) -> Ticket:
    ticket = Ticket.open("No line", by=None, now=now)
    Ticket.objects.filter(pk=ticket.pk).update(status=status)
    ticket.refresh_from_db()
    return ticket


@pytest.mark.parametrize(("status", "move"), list(product(Status, Move)))
def test_every_row_of_the_table(status: Status, move: Move, alice: User, now: datetime) -> None:
    ticket = ticket_in(status, now)
    target = TRANSITIONS[status].get(move)
    if target is None:
        with pytest.raises(IllegalTransition):
            ticket.advance(move, by=alice, now=now)
        assert Ticket.objects.get(pk=ticket.pk).status == status
        return
    ticket.advance(move, by=alice, now=now)
    kept = Ticket.objects.get(pk=ticket.pk)
    assert kept.status == ticket.status == target
    assert (kept.solved_at == now) is (target == Status.SOLVED)
    assert (kept.closed_at == now) is (target == Status.CLOSED)


def test_every_state_can_be_left_and_reached() -> None:
    assert set(TRANSITIONS) == set(Status)
    assert all(TRANSITIONS.values())
    assert {target for row in TRANSITIONS.values() for target in row.values()} == set(Status) - {Status.NEW}


def test_a_move_is_told_with_old_and_new(alice: User, now: datetime) -> None:
    ticket = Ticket.open("No line", by=alice, now=now, owner=alice)
    ticket.solve(by=alice, now=now)
    event = Event.objects.get(kind="ticket.solved")
    assert (event.actor_id, event.data) == (alice.pk, {"old": "open", "new": "solved"})


def test_closing_twice_changes_nothing(alice: User, now: datetime) -> None:
    ticket = Ticket.open("No line", by=alice, now=now)
    ticket.close(by=alice, now=now)
    with pytest.raises(IllegalTransition):
        ticket.close(by=alice, now=now)
    assert Event.objects.filter(kind="ticket.closed").count() == 1


def test_of_two_who_move_at_once_the_slower_is_told(alice: User, bruno: User, now: datetime) -> None:
    ticket = Ticket.open("No line", by=alice, now=now)
    stale = Ticket.objects.get(pk=ticket.pk)
    ticket.close(by=alice, now=now)
    with pytest.raises(IllegalTransition):
        stale.solve(by=bruno, now=now)
    assert Ticket.objects.get(pk=ticket.pk).status == Status.CLOSED
    assert not Event.objects.filter(kind="ticket.solved").exists()


def test_reopening_forgets_when_it_was_solved_and_closed(alice: User, now: datetime) -> None:
    ticket = Ticket.open("No line", by=alice, now=now)
    ticket.solve(by=alice, now=now)
    ticket.close(by=alice, now=now)
    ticket.reopen(by=alice, now=now)
    kept = Ticket.objects.get(pk=ticket.pk)
    assert (kept.status, kept.solved_at, kept.closed_at) == (Status.OPEN, None, None)
