"""Who was cut off by the house is called back, once, and not when he got through again meanwhile."""

import pytest

from hallom.calls import cut_off
from hallom.calls.models import Call, CutOff, Number, Queue
from hallom.calls.tests.phone_house import call_id, happen
from hallom.calls.tests.story import START, Story, answered_call
from hallom.config.subscribers import SUBSCRIBERS
from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.tickets.models import Priority, Ticket
from hallom.timeline import relay as timeline_relay

pytestmark = pytest.mark.django_db

CARLAS = "+36305124478"
STRANGERS = "+48221234567"


def tell() -> None:
    while timeline_relay.relay_batch(SUBSCRIBERS, START):
        pass


def take_place(*stories: Story) -> None:
    happen(*stories)
    tell()


def waiting(number: Number, *, cause: str, by: str = "system", caller: str = CARLAS, nth: int = 1) -> Story:
    """In the queue from 4 on; it breaks off after 30 s."""
    story = Story(call_id(nth))
    customer = f"{story.call}-1"
    story("call.arrived", 0, number=number.pk, dialled="+3615550100", caller=caller, leg=customer)
    story("call.answered", 0.2, leg=customer, dialog={}, state={})
    story("queue.entered", 4, queue=number.queue_id, position=1)
    story("queue.left", 30, queue=number.queue_id, reason=cause)
    story("leg.ended", 30, leg=customer, cause=cause, by=by)
    return story("call.ended", 30, by=by, cause=cause, ended_at=story.at(30).timestamp())


def talking(agent: User, number: Number, *, cause: str, by: str = "system", nth: int = 1) -> Story:
    """In conversation from 10 on; it breaks off after 60 s."""
    story = Story(call_id(nth))
    customer, phone = f"{story.call}-1", f"{story.call}-2"
    story("call.arrived", 0, number=number.pk, dialled="+3615550100", caller=CARLAS, leg=customer)
    story("queue.entered", 4, queue=number.queue_id, position=1)
    story("queue.left", 10, queue=number.queue_id, reason="offered_accepted")
    story("call.bridged", 10, agent=agent.pk, leg=phone)
    if by == "customer":
        story(
            "agent.lost", 50, agent=agent.pk, leg=phone, until=story.at(80).timestamp(), reason="phone_gone"
        )
    story("leg.ended", 60, leg=customer, cause=cause, by=by)
    return story("call.ended", 60, by=by, cause=cause, ended_at=story.at(60).timestamp())


def again(agent: User, number: Number, *, caller: str = CARLAS) -> Story:
    """The same caller half an hour later, answered."""
    later = START.replace(minute=30)
    return answered_call(
        agent.pk, queue=number.queue_id or 0, number=number.pk, caller=caller, call=call_id(9), start=later
    )


def test_a_waiting_caller_who_is_cut_off_is_called_back_by_the_queue_s_team(
    number: Number, carla: Customer, alice: User
) -> None:
    take_place(waiting(number, cause="media_lost"))
    ticket = Ticket.objects.get()
    assert ticket.subject == "Call was cut off: call back Carla Customer"
    assert (ticket.team, ticket.owner, ticket.customer) == (alice.memberships.get().team, None, carla)
    assert ticket.priority == Priority.HIGH
    assert Call.objects.get().ticket == ticket
    assert "+36 30 512 4478" in ticket.notes.get().body


def test_the_agent_whose_conversation_broke_off_calls_back(
    number: Number, carla: Customer, alice: User
) -> None:
    take_place(talking(alice, number, cause="media_lost"))
    row = CutOff.objects.get()
    assert (row.ticket.owner, row.ticket.team) == (alice, alice.memberships.get().team)
    assert row.call.ticket is not None
    assert row.call.ticket != row.ticket


@pytest.mark.parametrize("cause", sorted(cut_off.BROKEN))
def test_every_end_that_nobody_wished_counts(cause: str, number: Number) -> None:
    take_place(waiting(number, cause=cause, caller=STRANGERS))
    assert "+48 22 123 45 67" in Ticket.objects.get().subject


@pytest.mark.parametrize(
    ("cause", "by"), [("normal", "agent"), ("normal", "system"), ("abandoned", "customer")]
)
def test_who_hangs_up_is_not_called_back(cause: str, by: str, number: Number) -> None:
    take_place(waiting(number, cause=cause, by=by))
    assert not CutOff.objects.exists()


def test_who_gives_up_waiting_for_a_lost_agent_is_called_back(number: Number, alice: User) -> None:
    take_place(talking(alice, number, cause="normal", by="customer"))
    assert CutOff.objects.get().ticket.owner == alice


@pytest.mark.parametrize("caller", ["anonymous", "", "201"])
def test_nobody_can_call_back_a_number_that_is_not_known(caller: str, number: Number) -> None:
    take_place(waiting(number, cause="media_lost", caller=caller))
    assert not CutOff.objects.exists()


def test_the_same_event_twice_makes_one_ticket(number: Number) -> None:
    take_place(waiting(number, cause="media_lost"))
    for call in Call.objects.all():
        cut_off.call_back(call, START)
    assert CutOff.objects.count() == Ticket.objects.count() == 1


def test_who_is_cut_off_twice_is_called_back_once(number: Number) -> None:
    take_place(waiting(number, cause="media_lost", nth=1), waiting(number, cause="timeout", nth=2))
    assert CutOff.objects.count() == 2
    assert Ticket.objects.get().notes.count() == 2


def test_who_got_through_again_before_anybody_looked_is_not_called_back(number: Number, alice: User) -> None:
    happen(waiting(number, cause="media_lost"))
    happen(again(alice, number))
    tell()
    assert not CutOff.objects.exists()
    assert not Ticket.objects.filter(subject__startswith="Call was cut off").exists()


@pytest.mark.parametrize("caller", [CARLAS, STRANGERS])
def test_when_the_caller_gets_through_again_the_task_is_done(
    caller: str, number: Number, alice: User
) -> None:
    take_place(waiting(number, cause="media_lost", caller=caller))
    take_place(again(alice, number, caller=caller))
    row = CutOff.objects.get()
    assert row.reached_in_id == call_id(9)
    assert not row.ticket.is_unfinished


def test_the_new_call_goes_on_with_what_the_broken_one_was_about(
    number: Number, carla: Customer, alice: User
) -> None:
    take_place(talking(alice, number, cause="media_lost"))
    about = CutOff.objects.get().call.ticket
    take_place(again(alice, number))
    row = CutOff.objects.get()
    assert Call.objects.get(pk=call_id(9)).ticket == about
    assert not row.ticket.is_unfinished
    assert about is not None
    assert about.is_unfinished


def test_who_is_in_the_middle_of_the_task_keeps_it(number: Number, carla: Customer, alice: User) -> None:
    """Known customer, cut off while waiting: his next call is about that ticket, and its agent ends it."""
    take_place(waiting(number, cause="media_lost"))
    take_place(again(alice, number))
    row = CutOff.objects.get()
    assert Call.objects.get(pk=call_id(9)).ticket == row.ticket
    assert row.reached_at is not None
    assert row.ticket.is_unfinished


def test_without_agents_nobody_in_particular_is_asked(number: Number, queue: Queue) -> None:
    queue.memberships.all().delete()
    take_place(waiting(number, cause="media_lost"))
    assert Ticket.objects.get().team is None
