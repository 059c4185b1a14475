"""What the switch itself writes, folded: the records say what was heard, and no line talks while nobody hears it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from hallom.calls.call_record import CallRecord
from hallom.calls.fold import fold
from hallom.switch.messages import MediaEvent
from hallom.switch.tests.test_asking import STAFFED, TO
from hallom.switch.tests.test_transfer import CLAIMS, House
from hallom.switch.tests.world import ALICE, BRUNO, CELIA, SALES


@dataclass(frozen=True)
class Entry:
    id: int
    kind: str
    at: datetime
    call: str | None
    agent: int | None
    data: dict[str, Any] = field(default_factory=dict)


def entries(world: House) -> Iterator[Entry]:
    for number, one in enumerate(world.journal, start=1):
        yield Entry(
            number, one.kind, datetime.fromtimestamp(one.at, UTC), one.call, one.agent, dict(one.data)
        )


def folded(world: House, call: str) -> CallRecord:
    record = fold(call, list(entries(world)))
    assert record is not None
    return record


def check(world: House, name: str, call: str) -> CallRecord:
    """To the end of the call: the switch's own sum of talk is the record's, and the customer's line's."""
    world.wait(5)
    world.customer_hangs_up(name)
    record = folded(world, call)
    told = next(one for one in world.entries("call.ended") if one.call == call)
    assert record.talk_seconds == pytest.approx(told.data["talk_seconds"], abs=0.01)
    customer = record.legs[f"{call}-1"]
    assert (customer.talk_seconds, customer.hold_seconds) == (
        pytest.approx(record.talk_seconds, abs=0.01),
        pytest.approx(record.hold_seconds, abs=0.01),
    )
    assert record.state == "ended"
    assert not record.phases
    assert all(one.ended_at for one in record.transfers)
    assert all(one.ended_at for one in record.watches)
    return record


@pytest.fixture
def house() -> House:
    return House()


def test_a_transfer_a_colleague_takes(house: House) -> None:
    name, _alice = house.conversation()
    call = house.call_of(name)
    house.sign_in(BRUNO)
    house.wait(10)
    house.order(ALICE, "transfer", call=call, to=f"agent:{BRUNO}")
    house.wait(3)
    house.pick_up(BRUNO)
    record = check(house, name, call)
    (sent,) = record.transfers
    assert (sent.by, sent.result, sent.taken_by, record.agent) == (ALICE, "completed", BRUNO, BRUNO)
    assert (sent.ended_at - sent.started_at).total_seconds() == pytest.approx(3, abs=0.1)  # type: ignore[operator]


def test_a_transfer_nobody_takes(house: House) -> None:
    name, _alice = house.conversation()
    call = house.call_of(name)
    house.wait(10)
    house.order(ALICE, "transfer", call=call, to=f"agent:{CELIA}")
    house.wait(1)
    house.pick_up(ALICE)
    record = check(house, name, call)
    (sent,) = record.transfers
    assert (sent.result, sent.times, sent.taken_by, record.returns) == ("returned", 1, ALICE, 1)


def consulted(house: House, verbs: tuple[str, ...], *, to: str, rings_seconds: float) -> CallRecord:
    """Bruno, asked by whatever way, takes the caller or has said his word."""
    name, _alice = house.conversation()
    call = house.call_of(name)
    house.wait(7)
    house.order(ALICE, "consult", call=call, to=to)
    house.wait(rings_seconds)
    house.pick_up(BRUNO)
    for verb in verbs:
        house.wait(4)
        assert house.order(ALICE, verb, call=call).ok
    record = check(house, name, call)
    (asked,) = record.transfers
    result = "ended" if verbs == ("cancel_consult",) else "completed"
    assert (asked.kind, asked.to, asked.result, asked.taken_by) == ("consult", to, result, BRUNO)
    return record


@pytest.mark.parametrize(
    "verbs", [("swap", "join", "leave"), ("complete",), ("cancel_consult",), ("join", "complete")]
)
def test_a_consultation_however_it_ends(house: House, verbs: tuple[str, ...]) -> None:
    house.sign_in(BRUNO)
    record = consulted(house, verbs, to=f"agent:{BRUNO}", rings_seconds=2)
    assert record.agent == (ALICE if verbs == ("cancel_consult",) else BRUNO)
    asked_leg = next(leg for leg in record.legs.values() if leg.agent == BRUNO)
    assert asked_leg.talk_seconds >= 4


@pytest.mark.parametrize("verbs", [("swap", "join", "leave"), ("complete",), ("cancel_consult",)])
def test_a_consultation_in_a_queue_is_no_caller_of_it(verbs: tuple[str, ...]) -> None:
    """Who waits there is an agent: neither the queue's wait nor its service level knows of him."""
    house = House(STAFFED)
    house.sign_in(BRUNO)
    record = consulted(house, verbs, to=TO, rings_seconds=15)
    assert [wait.queue for wait in record.waits] == [SALES]
    assert record.queue == (SALES if verbs == ("cancel_consult",) else CLAIMS)


@pytest.mark.parametrize("rings", [True, False])
def test_a_customer_who_is_left_the_place_waits_there_from_then_on(rings: bool) -> None:
    house = House(STAFFED)
    name, _alice = house.conversation()
    call = house.call_of(name)
    house.order(ALICE, "consult", call=call, to=TO)
    house.wait(30)
    if rings:
        house.sign_in(BRUNO)
    house.order(ALICE, "complete", call=call)
    house.wait(7)
    if not rings:
        house.sign_in(BRUNO)
    house.pick_up(BRUNO)
    record = check(house, name, call)
    asked, sent = record.transfers
    assert (asked.kind, asked.result, sent.kind, sent.result) == (
        "consult",
        "sent_on",
        "transfer",
        "completed",
    )
    assert (sent.to, sent.taken_by, record.queue) == (TO, BRUNO, CLAIMS)
    waited = record.waits[-1]
    assert (waited.queue, waited.reason) == (CLAIMS, "offered_accepted")
    assert (waited.left_at - waited.entered_at).total_seconds() == pytest.approx(7, abs=0.1)  # type: ignore[operator]


def test_a_customer_who_is_left_the_place_and_comes_back() -> None:
    house = House(STAFFED)
    name, _alice = house.conversation()
    call = house.call_of(name)
    house.order(ALICE, "consult", call=call, to=TO)
    house.order(ALICE, "complete", call=call)
    house.wait(300)
    house.pick_up(ALICE)
    record = check(house, name, call)
    assert [(one.kind, one.result, one.reason) for one in record.transfers] == [
        ("consult", "sent_on", ""),
        ("transfer", "returned", "no_answer"),
    ]


def test_parked_and_fetched(house: House) -> None:
    name, _alice = house.conversation()
    call = house.call_of(name)
    house.sign_in(BRUNO)
    house.order(ALICE, "park", call=call, place=3)
    house.wait(6)
    house.order(BRUNO, "retrieve", place=3)
    house.pick_up(BRUNO)
    (parked,) = check(house, name, call).transfers
    assert (parked.kind, parked.to, parked.result, parked.taken_by) == ("park", "place:3", "completed", BRUNO)


@pytest.mark.parametrize("end", ["leave", "take_over"])
def test_listening(house: House, end: str) -> None:
    name, _alice = house.conversation()
    call = house.call_of(name)
    house.sign_in(BRUNO)
    house.order(BRUNO, "listen", call=call)
    house.pick_up(BRUNO)
    house.wait(4)
    house.order(BRUNO, "whisper", call=call)
    house.wait(4)
    house.order(BRUNO, end, call=call)
    record = check(house, name, call)
    (watch,) = record.watches
    modes = [mode for mode, _at in watch.modes]
    assert modes == ["listen", "whisper", *(["take_over"] if end == "take_over" else [])]
    assert (watch.by, watch.of) == (BRUNO, ALICE)
    assert record.agent == (BRUNO if end == "take_over" else ALICE)


def test_hold(house: House) -> None:
    name, _alice = house.conversation()
    call = house.call_of(name)
    house.order(ALICE, "hold", call=call)
    house.wait(3)
    house.order(ALICE, "retrieve", call=call)
    record = check(house, name, call)
    assert record.hold_seconds == pytest.approx(3, abs=0.1)


def test_an_agent_who_is_heard_again_and_then_goes_on_in_a_new_session(house: House) -> None:
    name, old = house.conversation()
    call = house.call_of(name)
    house.wait(10)
    house.tell(MediaEvent("media-0", "leg.gap", {"leg": old, "seconds": 0.8}))
    house.tell(MediaEvent("media-0", "leg.silent", {"leg": old, "seconds": 5}))
    house.wait(6)
    house.tell(MediaEvent("media-0", "leg.heard", {"leg": old}))
    house.wait(2)
    new = house.pick_up(ALICE)
    record = check(house, name, call)
    assert (record.talk_seconds, record.hold_seconds) == (
        pytest.approx(17, abs=0.1),
        pytest.approx(6, abs=0.1),
    )
    assert (record.agent, record.agent_leg) == (ALICE, new)
    assert record.legs[old].talk_seconds == pytest.approx(12, abs=0.1)
    assert record.legs[new].talk_seconds == pytest.approx(5, abs=0.1)
