"""Calls out: asked about before anything rings, and made into records like those that come in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from hallom.calls import (
    cut_off,
    demo_toll,
    dialling,
    in_conversation,
    key_file,
    orders,
    relay,
    sealed_keys,
    toll_rules,
    toll_usage,
)
from hallom.calls.models import (
    AllowedNumber,
    Call,
    Extension,
    JournalEntry,
    Leg,
    TollPolicy,
    Trunk,
    TrunkStatus,
)
from hallom.calls.outcome_words import outcome_words
from hallom.customers.models import Customer
from hallom.sip.events import InviteFailed
from hallom.staff.models import User
from hallom.switch.messages import DialRefused, Signal
from hallom.switch.tests.test_joining import asking as asking_outside
from hallom.switch.tests.test_placing import OUTSIDE, Office
from hallom.switch.tests.test_placing import dialling as placed_by_alice
from hallom.switch.tests.test_transfer import House, sent
from hallom.switch.tests.world import ALICE, BRUNO, World
from hallom.tickets.models import Ticket
from hallom.timeline.models import Event

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def trunk() -> Trunk:
    return Trunk.objects.create(
        name="provider", kind="address", addresses=["192.0.2.10"], host="192.0.2.10", is_outgoing=True
    )


@pytest.fixture
def policy(alice: User, trunk: Trunk) -> TollPolicy:
    """Alice may call Hungary."""
    policy = TollPolicy.objects.create(
        name="all", countries=["HU"], kinds=["fixed", "mobile"], attempts_most=3, minutes_a_day=60
    )
    policy.users.add(alice)
    policy.caller_numbers.add(AllowedNumber.objects.create(number="+3615550100"))
    for way in ("dial", "promise"):
        policy.ways.create(way=way)
    return policy


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The orders that the switch was given."""
    found: list[dict[str, Any]] = []

    def give(agent: int, verb: str, **args: Any) -> orders.Outcome:
        found.append({"agent": agent, "verb": verb, **args})
        return orders.Outcome(True)

    monkeypatch.setattr(orders, "give", give)
    return found


@pytest.mark.parametrize(
    "typed", ["06 30 123 4567", "+36301234567", "0036 (30) 123-4567", "tel:+36-30-123-4567"]
)
def test_whatever_is_typed_the_switch_is_given_one_number(
    typed: str, alice: User, policy: TollPolicy, carla: Customer, given: list[dict[str, Any]]
) -> None:
    assert dialling.dial(alice.pk, typed, now=NOW, customer=carla).ok
    assert [(one["verb"], one["to"], one["customer"]) for one in given] == [
        ("dial", f"outside:{OUTSIDE}", carla.pk)
    ]


def test_an_extension_is_a_colleague(
    alice: User, bruno: User, policy: TollPolicy, given: list[dict[str, Any]]
) -> None:
    Extension.objects.create(number="210", user=bruno)
    assert dialling.dial(alice.pk, "2 1 0", now=NOW).ok
    assert given[0]["to"] == "extension:210"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("+18765551234", "country_refused"),
        ("06 90 555 111", "premium_refused"),
        ("+881612345678", "satellite_refused"),
        ("abc", "letters"),
        ("", "empty"),
    ],
)
def test_what_may_not_be_called_rings_nowhere_and_is_written_down(
    typed: str, code: str, alice: User, policy: TollPolicy, given: list[dict[str, Any]]
) -> None:
    outcome = dialling.dial(alice.pk, typed, now=NOW)
    assert (outcome.ok, outcome.error) == (False, f"toll:{code}")
    assert given == []
    event = Event.objects.get(kind="call.refused")
    assert (event.actor_id, event.data["code"], event.data["number"]) == (alice.pk, code, typed)


def test_another_number_than_the_houses_is_refused(
    alice: User, policy: TollPolicy, given: list[dict[str, Any]]
) -> None:
    outcome = dialling.dial(alice.pk, OUTSIDE, now=NOW, caller_number="+36309999999")
    assert (outcome.error, outcome.args) == ("toll:caller_number_refused", {"number": "+36309999999"})
    assert dialling.dial(alice.pk, OUTSIDE, now=NOW, caller_number="+3615550100").ok


def test_somebody_without_a_policy_calls_nobody_but_for_help(
    bruno: User, policy: TollPolicy, given: list[dict[str, Any]]
) -> None:
    assert dialling.dial(bruno.pk, OUTSIDE, now=NOW).error == "toll:no_policy"
    assert dialling.dial(bruno.pk, "112", now=NOW).ok
    assert given[0]["to"] == "outside:112"


def test_whoever_tries_out_numbers_is_stopped(
    alice: User, policy: TollPolicy, given: list[dict[str, Any]]
) -> None:
    for _ in range(3):
        dialling.dial(alice.pk, "+18765551234", now=NOW)
    assert dialling.dial(alice.pk, OUTSIDE, now=NOW).error == "toll:too_many_attempts"
    assert dialling.dial(alice.pk, OUTSIDE, now=NOW + timedelta(seconds=61)).ok


def of_the_house(office: World, alice: User) -> list[JournalEntry]:
    """Its journal, with Alice in the place of agent 7."""

    def changed(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: changed(one) if name in ("by", "agent", "owner") else one for name, one in value.items()
            }
        return alice.pk if value == 7 else value

    return [
        JournalEntry(
            kind=one.kind,
            at=NOW + timedelta(seconds=one.at - 1_790_000_000.0),
            call=one.call,
            agent=alice.pk if one.agent == 7 else one.agent,
            data=changed(dict(one.data)),
        )
        for one in office.journal
    ]


def relayed(office: Office, alice: User) -> Call:
    JournalEntry.objects.bulk_create(of_the_house(office, alice))
    while relay.relay_batch(NOW):
        pass
    return Call.objects.get(pk=office.call)


def test_a_call_out_becomes_a_record_of_the_customer_it_went_to(alice: User, carla: Customer) -> None:
    office, own = placed_by_alice()
    office.wait(5)
    other = office.other_side_answers()
    office.wait(60)
    office.hang_up(f"dialog-{other}")
    office.wait(5)
    JournalEntry.objects.all().delete()
    call = relayed(office, alice)
    assert (call.direction, call.outcome, call.agent, call.caller) == ("outgoing", "answered", alice, OUTSIDE)
    assert (call.talk_seconds, call.ended_by) == (60, "customer")
    assert Leg.objects.get(pk=own).agent == alice
    events = list(Event.objects.filter(call=call.pk).order_by("id").values_list("kind", flat=True))
    assert [kind for kind in events if kind.startswith("call.")] == [
        "call.placed",
        "call.answered",
        "call.ended",
    ]
    assert Event.objects.get(kind="call.placed").data["direction"] == "out"


@pytest.mark.parametrize("cause", ["unreachable", "phone_gone", "restarted"])
def test_who_reached_nobody_is_no_customer_to_be_called_back(cause: str, alice: User) -> None:
    call = Call.objects.create(
        pk="0" * 26,
        direction="outgoing",
        caller=OUTSIDE,
        caller_reversed=OUTSIDE[:0:-1],
        arrived_at=NOW,
        ended_at=NOW,
        cause=cause,
    )
    assert not cut_off.is_cut_off(call)
    call.bridged_at = NOW
    assert cut_off.is_cut_off(call)


def test_in_the_conversation_of_a_ticket_it_is_the_agent_who_called(alice: User, carla: Customer) -> None:
    ticket = Ticket.open("Fibre", by=alice, now=NOW, customer=carla)
    office = Office()
    office.order(7, "dial", to=f"outside:{OUTSIDE}", customer=carla.pk, ticket=ticket.pk)
    office.pick_up(7)
    other = office.other_side_answers()
    office.hang_up(f"dialog-{other}")
    office.wait(5)
    relayed(office, alice)
    (said,) = (entry.item for entry in in_conversation.calls_of(ticket, alice))
    assert (said.author, said.how) == (str(alice), "called +36 30 123 4567")


def test_the_ticket_it_was_called_from_is_the_calls(alice: User, carla: Customer) -> None:
    ticket = Ticket.open("Fibre", by=alice, now=NOW, customer=carla)
    office = Office()
    office.order(7, "dial", to=f"outside:{OUTSIDE}", customer=carla.pk, ticket=ticket.pk)
    office.pick_up(7)
    office.other_side_answers()
    call = relayed(office, alice)
    assert (call.customer, call.ticket) == (carla, ticket)


def test_a_refusal_of_the_switch_is_written_down_with_its_reason(alice: User) -> None:
    office, _own = placed_by_alice()
    office.tell(DialRefused(f"{office.call}-1", "country_refused", {"country": "JM"}))
    office.wait(5)
    call = relayed(office, alice)
    assert (call.outcome, call.cause) == ("unreached", "toll:country_refused")
    event = Event.objects.get(kind="call.refused")
    assert (event.actor_id, event.data["code"], event.data["words"]) == (
        alice.pk,
        "country_refused",
        {"country": "JM"},
    )


def _not_allowed(office: Office) -> None:
    office.tell(DialRefused(f"{office.call}-1", "country_refused", {"country": "JM"}))


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (lambda office: office.other_side_fails(486), "was busy"),
        (lambda office: office.other_side_fails(603), "declined"),
        (lambda office: office.other_side_fails(404), "there is no such number"),
        (lambda office: office.other_side_fails(403), "refused by the telephone company"),
        (lambda office: office.wait(60), "did not answer"),
        (lambda office: office.order(7, "hang_up", call=office.call), "given up before an answer"),
        (lambda office: office.tell(DialRefused(f"{office.call}-1", "no_line_free", {})), "no line was free"),
        (_not_allowed, "not dialled: not allowed"),
    ],
)
def test_a_call_out_that_reached_nobody_says_why(
    happens: Callable[[Office], object], said: str, alice: User, client: Client
) -> None:
    office, _own = placed_by_alice()
    happens(office)
    office.wait(40)
    call = relayed(office, alice)
    assert (call.outcome, outcome_words(call)) == ("unreached", said)
    client.force_login(alice)
    assert f'<td><span class="chip honey">{said}</span>' in client.get("/calls/").content.decode()


@pytest.mark.parametrize("to", [f"outside:{OUTSIDE}", "extension:210"])
def test_who_did_not_pick_up_the_own_telephone_did_not_call_in_vain(to: str, alice: User) -> None:
    office = Office()
    office.order(7, "dial", to=to)
    office.wait(40)
    assert outcome_words(relayed(office, alice)) == "own telephone not picked up"


def test_a_colleague_who_does_not_answer_is_told_of_as_such(alice: User) -> None:
    office = Office()
    office.order(7, "dial", to="extension:210")
    office.pick_up(7)
    office.wait(90)
    assert outcome_words(relayed(office, alice)) == "did not answer"


def test_a_call_within_the_house_opens_no_ticket(alice: User) -> None:
    office = Office()
    office.order(7, "dial", to="extension:210")
    office.pick_up(7)
    office.pick_up(8)
    call = relayed(office, alice)
    assert (call.direction, call.caller, call.caller_name, call.ticket) == ("internal", "211", "Alice", None)


def test_what_was_telephoned_today_counts_towards_the_cap(alice: User, policy: TollPolicy) -> None:
    office, _own = placed_by_alice()
    other = office.other_side_answers()
    office.wait(600)
    office.hang_up(f"dialog-{other}")
    office.wait(5)
    JournalEntry.objects.bulk_create(of_the_house(office, alice))
    usage = toll_usage.of_agent(alice.pk, toll_rules.load(NOW), NOW + timedelta(seconds=700))
    assert (usage.calls_now, usage.seconds_today) == (0, 600.0)
    tomorrow = toll_usage.of_agent(alice.pk, toll_rules.load(NOW), NOW + timedelta(days=1))
    assert tomorrow.seconds_today == 0


def test_a_trunk_tells_how_it_is(trunk: Trunk) -> None:
    for failed, status in ((0, 200), (2, 408)):
        data = {
            "trunk": "provider",
            "registered": None,
            "register_status": 0,
            "failed_probes": failed,
            "probe_status": status,
        }
        JournalEntry.objects.create(kind="trunk.changed", at=NOW, data=data)
    relay.relay_batch(NOW)
    status_row = TrunkStatus.objects.get(trunk=trunk)
    assert (status_row.failed_probes, status_row.probe_status) == (2, 408)


def test_the_demo_house_lets_its_agents_call_customers(alice: User) -> None:
    demo_toll.load()
    rules = toll_rules.load(NOW)
    assert rules.policy_of(alice.pk).name


def test_keys_behind_a_number_are_sealed_and_never_dialled_nor_written(
    alice: User, policy: TollPolicy, given: list[dict[str, Any]]
) -> None:
    assert dialling.dial(alice.pk, "+36301234567,,4929", now=NOW).ok
    assert dialling.dial(alice.pk, "+36301234567", now=NOW).ok
    with_keys, without = given
    assert with_keys["to"] == without["to"] == "outside:+36301234567"
    assert "sealed" not in without
    assert "4929" not in with_keys["sealed"]
    assert sealed_keys.unseal(key_file.phone_key(), with_keys["sealed"]) == ",,4929"
    assert not dialling.dial(alice.pk, "+18765551234,,4929", now=NOW).ok
    assert Event.objects.get(kind="call.refused").data["number"] == "+18765551234"


def test_pressed_keys_travel_sealed(alice: User, given: list[dict[str, Any]]) -> None:
    dialling.press(alice.pk, "c", "12#")
    (order,) = given
    assert (order["verb"], order["call"]) == ("digits", "c")
    assert "12#" not in order["sealed"]
    assert sealed_keys.unseal(key_file.phone_key(), order["sealed"]) == "12#"
    assert sealed_keys.unseal(b"another house", order["sealed"]) == ""
    assert sealed_keys.unseal(key_file.phone_key(), "12#") == ""


def _dialled() -> World:
    return placed_by_alice()[0]


def _asked() -> World:
    return asking_outside(answers=False)[0]


def _sent_on() -> World:
    return sent(f"outside:{OUTSIDE}")[0]


def _referred() -> World:
    world = House()
    world.sign_in(ALICE, is_browser=False)
    _, leg = world.conversation()
    world.refer(f"dialog-{leg}", OUTSIDE)
    return world


def _diverted() -> World:
    world = House()
    world.sign_in(ALICE)
    world.order(ALICE, "set_state", state="paused", reason="lunch")
    world.order(ALICE, "divert", when="always", to=f"outside:{OUTSIDE}")
    name, _ = world.conversation(BRUNO)
    world.order(BRUNO, "transfer", call=world.call_of(name), to=f"agent:{ALICE}")
    return world


def _redirected() -> World:
    """By a telephone that answers 302."""
    world = House()
    world.sign_in(ALICE, is_browser=False)
    world.order(ALICE, "set_state", state="paused", reason="lunch")
    name, _ = world.conversation(BRUNO)
    world.order(BRUNO, "transfer", call=world.call_of(name), to=f"agent:{ALICE}")
    leg = world.ringing_leg(ALICE)
    del world.endpoint.ringing[leg]
    world.tell(Signal(InviteFailed(leg, 302, "", (f"sip:{OUTSIDE}@hallom.invalid",))))
    return world


def _promised() -> World:
    world = House()
    world.sign_in(ALICE)
    world.order(ALICE, "promise", kind="call_customer", agent=ALICE, number=OUTSIDE)
    (promise,) = world.switch.state.desk(ALICE).promises
    world.order(ALICE, "dial", to=f"outside:{OUTSIDE}", promise=promise.id)
    world.pick_up(ALICE)
    return world


@pytest.mark.parametrize(
    ("goes_out", "way"),
    [
        (_dialled, "dial"),
        (_asked, "consult"),
        (_sent_on, "transfer"),
        (_referred, "transfer"),
        (_diverted, "diversion"),
        (_redirected, "diversion"),
        (_promised, "promise"),
    ],
)
def test_a_refusal_is_audited_on_every_way_out_with_who_whom_and_why(
    alice: User, goes_out: Callable[[], World], way: str
) -> None:
    world = goes_out()
    (leg, dial), *others = world.endpoint.dials.items()
    assert (dial.agent, dial.number, dial.purpose, others) == (ALICE, OUTSIDE, way, [])
    world.tell(DialRefused(leg, "country_refused", {"country": "JM"}))
    JournalEntry.objects.bulk_create(of_the_house(world, alice))
    while relay.relay_batch(NOW):
        pass
    event = Event.objects.get(kind="call.refused")
    assert event.actor_id == alice.pk
    assert event.data == {
        "code": "country_refused",
        "words": {"country": "JM"},
        "number": OUTSIDE,
        "way": way,
    }
