import pytest
from django.db import OperationalError, connection

from hallom.calls import relay
from hallom.calls.models import (
    AgentStateSpan,
    AgentStatus,
    Call,
    JournalEntry,
    Leg,
    Number,
    Offer,
    QueueWait,
    Recording,
    RelayPosition,
)
from hallom.calls.tests.phone_house import call_id, call_of, happen, write
from hallom.calls.tests.story import START, Story, abandoned_call, answered_call
from hallom.customers.models import Customer
from hallom.staff.models import Team, User
from hallom.tickets.models import Ticket
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db


def test_a_call_becomes_rows(alice: User, number: Number, carla: Customer) -> None:
    call = call_of(alice, number)
    assert (call.outcome, call.agent, call.customer, call.queue) == ("answered", alice, carla, number.queue)
    assert (call.wait_seconds, call.talk_seconds, call.hold_seconds) == (6, 75, 15)
    assert Leg.objects.filter(call=call).count() == 2
    assert QueueWait.objects.get(call=call).reason == "offered_accepted"
    assert Offer.objects.get(call=call).agent == alice
    assert Recording.objects.get(call=call).seconds == 90.1
    assert Leg.objects.get(pk=f"{call.pk}-1").mos == 4.3


def test_relaying_everything_again_changes_no_row(alice: User, number: Number, carla: Customer) -> None:
    call_of(alice, number)

    def rows() -> list[object]:
        models = (Call, Leg, QueueWait, Offer, Recording)
        return [list(model._default_manager.order_by("pk").values()) for model in models]

    before = rows()
    relay.refold(Call.objects.values_list("pk", flat=True), JournalEntry.objects.latest("id").id)
    assert rows() == before


def test_any_cut_between_two_batches_gives_the_same_rows(alice: User, number: Number) -> None:
    whole = call_of(alice, number)
    for cut in (1, 7, 13, 20):
        story = answered_call(alice.pk, queue=number.queue_id, number=number.pk, call=call_id(cut))
        write(story.entries[:cut])
        relay.relay_batch(START)
        write(story.entries[cut:])
        relay.relay_batch(START)
        call = Call.objects.get(pk=call_id(cut))
        for field in ("outcome", "talk_seconds", "hold_seconds", "wait_seconds", "bridged_at", "ended_at"):
            assert getattr(call, field) == getattr(whole, field)


def test_nothing_new_relays_nothing(alice: User, number: Number) -> None:
    call_of(alice, number)
    events = Event.objects.count()
    assert relay.relay_batch(START) == 0
    assert Event.objects.count() == events


def test_the_timeline_tells_of_the_call_once(alice: User, number: Number, carla: Customer) -> None:
    call = call_of(alice, number)
    events = Event.objects.filter(call=call.pk, kind__startswith="call.").order_by("id")
    assert [event.kind for event in events] == ["call.arrived", "call.answered", "call.ended"]
    assert {event.customer_id for event in events} == {carla.pk}
    assert events[0].data["contact"] == "phone"
    assert events[2].data["talk_seconds"] == 75


def test_an_answered_call_leaves_a_ticket(alice: User, number: Number, carla: Customer) -> None:
    call = call_of(alice, number)
    assert call.ticket is not None
    assert (call.ticket.customer, call.ticket.owner, call.ticket.channel) == (carla, alice, "phone")


def test_a_call_belongs_to_the_ticket_that_is_open(alice: User, number: Number, carla: Customer) -> None:
    ticket = Ticket.open("Red light on the modem", by=alice, now=START, customer=carla)
    assert call_of(alice, number).ticket == ticket
    assert Ticket.objects.count() == 1


def test_the_ticket_of_another_team_is_not_the_call_s(
    alice: User, billing: Team, number: Number, carla: Customer
) -> None:
    """Alice could neither open its page nor write her note there."""
    elsewhere = Ticket.open("Wrong invoice", by=None, now=START, customer=carla, team=billing)
    call = call_of(alice, number)
    assert call.ticket is not None
    assert call.ticket != elsewhere
    assert alice.can("ticket.note", call.ticket)


def test_a_stranger_s_call_leaves_a_ticket_without_a_customer(alice: User, number: Number) -> None:
    call = call_of(alice, number, caller="+48221234567")
    assert call.customer is None
    assert call.ticket is not None
    assert "+48 22 123 45 67" in call.ticket.subject


def test_an_abandoned_call_opens_no_ticket(number: Number) -> None:
    happen(abandoned_call(queue=number.queue_id, number=number.pk))
    assert Call.objects.get().outcome == "abandoned"
    assert not Ticket.objects.exists()


def test_of_several_customers_with_one_number_none_is_chosen(
    alice: User, number: Number, carla: Customer
) -> None:
    other = Customer.register(name="Cecil Customer", by=None, now=START)
    other.contact_points.create(kind="phone", value="+36 30 512 4478")
    assert call_of(alice, number).customer is None


def test_calls_of_deleted_people_and_queues_are_still_told(number: Number) -> None:
    story = answered_call(999_999, queue=888_888, number=777_777)
    happen(story)
    call = Call.objects.get()
    assert (call.agent, call.queue, call.number, call.outcome) == (None, None, None, "answered")


def test_an_agent_s_state_is_the_newest_and_its_history_has_no_gap(alice: User) -> None:
    story = Story()
    story("agent.changed", 0, agent=alice.pk, state="available")
    story("agent.changed", 30, agent=alice.pk, state="paused", reason="lunch")
    happen(story)
    status = AgentStatus.objects.get(agent=alice)
    assert (status.state, status.reason, status.since) == ("paused", "lunch", story.at(30))
    happen(Story()("agent.changed", 90, agent=alice.pk, state="available"))
    spans = AgentStateSpan.objects.filter(agent=alice)
    assert [(span.state, span.ended_at) for span in spans] == [
        ("available", story.at(30)),
        ("paused", story.at(90)),
        ("available", None),
    ]


def test_a_bad_entry_stops_only_itself(alice: User, number: Number) -> None:
    write(Story(call_id(1))("queue.entered", 0).entries)
    write(answered_call(alice.pk, queue=number.queue_id, number=number.pk, call=call_id(2)).entries)
    while relay.relay_batch(START):
        pass
    assert [call.pk for call in Call.objects.all()] == [call_id(2)]
    assert RelayPosition.objects.get().entry == JournalEntry.objects.latest("id").id


def test_what_the_database_refuses_stops_only_itself(alice: User, number: Number) -> None:
    too_long = f"/elsewhere/{'x' * 300}.wav"
    story = Story(call_id(1))("call.arrived", 0, number=number.pk)
    write(story("call.bridged", 1, agent=alice.pk, leg=f"{call_id(1)}-2").entries)
    write(Story(call_id(1))("recording.started", 2, path=too_long).entries)
    write(answered_call(alice.pk, queue=number.queue_id, number=number.pk, call=call_id(2)).entries)
    while relay.relay_batch(START):
        pass
    assert Call.objects.get(pk=call_id(2)).outcome == "answered"
    assert RelayPosition.objects.get().entry == JournalEntry.objects.latest("id").id


def test_an_outage_skips_nothing(number: Number, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(_records: object) -> None:
        raise OperationalError("server closed the connection")

    write(Story(call_id(1))("call.arrived", 0, number=number.pk).entries)
    with monkeypatch.context() as outage:
        outage.setattr(relay.records, "save_calls", lost)
        with pytest.raises(OperationalError):
            relay.relay_batch(START)
    assert relay.relay_batch(START) == 1
    assert Call.objects.filter(pk=call_id(1)).exists()


def test_the_desk_of_the_agent_is_told(alice: User, number: Number, monkeypatch: pytest.MonkeyPatch) -> None:
    told: set[str] = set()
    monkeypatch.setattr(relay.push, "notify", lambda event, topics: told.update(topics))
    call_of(alice, number)
    assert {f"desk-{alice.pk}", "queues", "wallboard", "calls"} <= told


@pytest.mark.django_db(transaction=True)
def test_the_relay_hears_the_switch(number: Number) -> None:
    from threading import Event as Signal
    from threading import Thread

    stop, ready = Signal(), Signal()

    def work() -> None:
        relay.run(stop, ready.set)
        connection.close()

    thread = Thread(target=work)
    thread.start()
    try:
        assert ready.wait(10)
        write(abandoned_call(queue=number.queue_id, number=number.pk).entries)
        with connection.cursor() as cursor:
            cursor.execute("NOTIFY journal")
        for _try in range(200):
            if Call.objects.filter(outcome="abandoned").exists():
                break
            stop.wait(0.02)
        assert Call.objects.get().outcome == "abandoned"
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()
