"""A promised call stands before people until it was kept, or somebody has said what became of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from hallom.calls import orders, promise_fold, promises, relay
from hallom.calls.models import JournalEntry, Promise
from hallom.calls.tests.phone_house import happen
from hallom.calls.tests.story import START, Story
from hallom.customers.models import Customer
from hallom.staff.models import User
from hallom.tickets.models import Ticket
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db
ID = "01KPROMISE0000000000000001"
Tell = Callable[..., Promise]


@pytest.fixture
def tell(alice: User, bruno: User) -> Tell:
    """Bruno gives a promise that Alice has to keep; then whatever else the journal says."""

    def tell(*ends: str, reason: str = "", **facts: Any) -> Promise:
        story = Story(call="")
        made: dict[str, Any] = {
            "id": ID,
            "kind": "call_customer",
            "owner": alice.pk,
            "by": bruno.pk,
            "call": "",
            "number": "+36305124478",
            "made_at": START.timestamp(),
            "deadline": (START + timedelta(hours=1)).timestamp(),
        }
        story("promise.made", 0, agent=alice.pk, **(made | facts))
        for after, end in enumerate(ends, 1):
            story(
                f"promise.{end}",
                60 * after,
                agent=alice.pk,
                promise=ID,
                by=bruno.pk,
                reason=reason,
                seconds=1,
            )
        happen(story)
        return Promise.objects.get()

    return tell


def test_a_promise_becomes_a_row_with_its_reason_deadline_and_customer(
    tell: Tell, alice: User, bruno: User, carla: Customer
) -> None:
    ticket = Ticket.open("Instalments", by=alice, now=START, customer=carla)
    promise = tell(why="Two invoices are due", ticket=ticket.pk)
    assert (promise.owner, promise.maker, promise.customer, promise.ticket) == (alice, bruno, carla, ticket)
    assert (promise.why, promise.deadline) == ("Two invoices are due", START + timedelta(hours=1))
    assert list(promises.of(alice)) == [promise]
    assert list(promises.of(bruno)) == []
    event = Event.objects.get(kind="promise.made")
    assert (event.customer_id, event.ticket_id, event.actor_id) == (carla.pk, ticket.pk, bruno.pk)
    assert {f"desk-{alice.pk}", f"desk-{bruno.pk}", f"customer-{carla.pk}", "wallboard"} <= set(event.topics)


def test_rows_that_were_deleted_since_are_passed_over(tell: Tell) -> None:
    promise = tell(customer=987654, ticket=987654, number="")
    assert (promise.customer, promise.ticket) == (None, None)


@pytest.mark.parametrize(
    ("end", "reason", "of_owner", "of_maker"),
    [
        ("kept", "", False, False),
        ("expired", "", True, True),
        ("refused", "on holiday", False, True),
        ("refused", "caller_left", False, True),
        ("refused", "taken", False, False),
    ],
)
def test_who_sees_it_when_it_has_ended(
    tell: Tell, alice: User, bruno: User, end: str, reason: str, of_owner: bool, of_maker: bool
) -> None:
    """What was not kept stays with the owner; the maker is told of everything that came to nothing."""
    promise = tell(end, reason=reason)
    assert (promise.outcome, promise.reason) == (end, reason)
    assert promises.of(alice).exists() is of_owner
    assert promises.of(bruno).exists() is of_maker
    assert f"desk-{bruno.pk}" in Event.objects.get(kind=f"promise.{end}").topics


def test_it_ends_once_whatever_is_folded_again(tell: Tell) -> None:
    tell("ripe", "kept")
    before = Promise.objects.values().get()
    events = Event.objects.count()
    assert before["ripe_at"] == START + timedelta(minutes=1)
    promise_fold.fold(list(JournalEntry.objects.order_by("id")))
    assert Promise.objects.values().get() == before
    assert Event.objects.count() == events
    assert relay.relay_batch(START) == 0


def test_an_expired_promise_is_settled_once_by_whom_it_concerns(tell: Tell, alice: User, bruno: User) -> None:
    promise = tell("expired")
    now = START + timedelta(hours=3)
    assert promises.keep(promise, by=alice, now=now).ok
    assert promises.keep(promise, by=bruno, now=now).error == "no_such_promise"
    promise.refresh_from_db()
    assert (promise.settled_by, promise.settled_at, promise.settlement) == (alice, now, "kept")
    assert (promise.outcome, promises.pending().count()) == ("expired", 0)
    assert Event.objects.get(kind="promise.settled").actor_id == alice.pk


def test_what_is_open_is_the_switch_s_to_end(
    tell: Tell, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[str, Any]] = []

    def give(_agent: int, verb: str, **args: Any) -> orders.Outcome:
        given.append((verb, args))
        return orders.Outcome(True)

    monkeypatch.setattr(orders, "give", give)
    promise = tell()
    promises.keep(promise, by=alice, now=START)
    promises.refuse(promise, "not my customer", by=alice, now=START)
    assert given == [
        ("keep_promise", {"promise": ID}),
        ("refuse_promise", {"promise": ID, "reason": "not my customer"}),
    ]
    assert promises.settle(promise, "kept", by=alice, now=START).error == "no_such_promise"


@pytest.mark.parametrize("deadline", [START - timedelta(minutes=1), START, START + timedelta(days=40)])
def test_a_promise_needs_a_time_to_come_that_one_can_foresee(
    alice: User, bruno: User, deadline: datetime
) -> None:
    outcome = promises.give(bruno, alice, promises.About("+36301234567"), deadline=deadline, now=START)
    assert outcome == orders.Outcome(False, "wrong_time")


def test_all_that_is_known_goes_into_the_order(
    alice: User, bruno: User, carla: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[dict[str, Any]] = []
    monkeypatch.setattr(orders, "give", lambda *_, **args: given.append(args) or orders.Outcome(True))
    about = promises.About("+36301234567", "Kinga", "Instalments", customer=carla)
    promises.give(bruno, alice, about, deadline=START + timedelta(hours=1), now=START)
    assert given == [
        {
            "kind": "call_customer",
            "agent": alice.pk,
            "call": "",
            "number": "+36301234567",
            "name": "Kinga",
            "why": "Instalments",
            "customer": carla.pk,
            "ticket": None,
            "seconds": 3600,
        }
    ]
