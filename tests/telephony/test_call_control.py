"""Orders of the desk that bring callers and colleagues together: picked up, promised, diverted, held too long; heard by tone."""

from collections.abc import Iterator

import pytest

from tests.telephony.desk_phone import DeskPhone
from tests.telephony.house import Desk, House, until
from tests.telephony.phone import Phone, PhoneCall
from tests.telephony.story import go_to_work, hears_music, hears_tone

CUSTOMER_HERTZ, OTHER_HERTZ = 620.0, 800.0
ONE_HERTZ, TWO_HERTZ, THREE_HERTZ = 1000.0, 1400.0, 1800.0
RINGING_HERTZ = 425.0
PATIENCE = 15.0


@pytest.fixture
def room(quick_house: House) -> Desk:
    return next(quick_house.desks)


@pytest.fixture
def one(quick_house: House, room: Desk) -> Iterator[DeskPhone]:
    with DeskPhone(quick_house.sip_port, room.agents[0], hertz=ONE_HERTZ, on_ring="answer") as phone:
        yield phone.enter()


@pytest.fixture
def two(quick_house: House, room: Desk) -> Iterator[DeskPhone]:
    with DeskPhone(quick_house.sip_port, room.agents[1], hertz=TWO_HERTZ, on_ring="answer") as phone:
        yield phone.enter()


@pytest.fixture
def customer(quick_house: House) -> Iterator[Phone]:
    with Phone(quick_house.sip_port, hertz=CUSTOMER_HERTZ) as phone:
        yield phone


def talks(
    phone: DeskPhone,
    outside: PhoneCall,
    hertz: float,
    *,
    caller: float = CUSTOMER_HERTZ,
    besides: PhoneCall | None = None,
) -> PhoneCall:
    """Both ways; the telephone's end, which is not the one of before."""
    hears_tone(outside, hertz, seconds=PATIENCE)
    inside = phone.talking(PATIENCE, besides=besides)
    hears_tone(inside, caller, seconds=PATIENCE)
    return inside


def served(
    house: House, room: Desk, phone: DeskPhone, customer: Phone, hertz: float
) -> tuple[str, PhoneCall]:
    """A caller who talks with the agent of this telephone: his call and his end."""
    before = len(house.calls_to(room.number))
    go_to_work(house, phone.agent)
    outside = customer.call(room.number).wait_up(PATIENCE)
    talks(phone, outside, hertz)
    return house.calls_to(room.number)[before], outside


def waiting(phone: DeskPhone) -> str:
    """What its lamp for messages was told last."""
    told = [
        body.partition("Messages-Waiting: ")[2].split()[0] for event, body in phone.news if event != "dialog"
    ]
    return told[-1] if told else ""


@pytest.mark.parametrize("how", ["of a colleague", "of the group"])
def test_what_rings_elsewhere_is_picked_up(
    quick_house: House, room: Desk, one: DeskPhone, two: DeskPhone, customer: Phone, how: str
) -> None:
    one.on_ring = "ring"
    go_to_work(quick_house, one.agent)
    outside = customer.call(room.number).wait_up(PATIENCE)
    ringing = one.ringing(PATIENCE)
    assert quick_house.order(two.agent, "sign_in")["ok"]
    named = {"agent": one.agent.id} if how == "of a colleague" else {}
    assert quick_house.order(two.agent, "pickup", **named)["ok"]
    talks(two, outside, TWO_HERTZ)
    ringing.wait_over(PATIENCE)
    assert ringing.ended_by_peer
    outside.hang_up()


def test_a_caller_who_was_promised_to_a_busy_colleague_gets_him_when_he_is_free(
    quick_house: House, room: Desk, one: DeskPhone, two: DeskPhone, customer: Phone
) -> None:
    with Phone(quick_house.sip_port, hertz=OTHER_HERTZ) as others:
        call, outside = served(quick_house, room, one, customer, ONE_HERTZ)
        go_to_work(quick_house, two.agent)
        other = others.call(room.number).wait_up(PATIENCE)
        busy = talks(two, other, TWO_HERTZ, caller=OTHER_HERTZ)
        assert two.subscribe(f"agent-{two.agent.id}", event="message-summary").startswith("SIP/2.0 200")
        until(lambda: waiting(two) == "no", seconds=PATIENCE, what="no messages")
        order = {"kind": "connect", "agent": two.agent.id, "call": call}
        assert quick_house.order(one.agent, "promise", **order)["ok"]
        until(lambda: waiting(two) == "yes", seconds=PATIENCE, what="a message")
        hears_music(outside, seconds=PATIENCE)
        other.hang_up()
        busy.wait_over(PATIENCE)
        talks(two, outside, TWO_HERTZ)
        assert quick_house.entry(call, "promise.kept")["agent"] == two.agent.id
        until(lambda: waiting(two) == "no", seconds=PATIENCE, what="no messages left")
        outside.hang_up()


def test_a_promised_caller_whom_the_colleague_does_not_take_then_is_not_left_with_it(
    quick_house: House, room: Desk, one: DeskPhone, two: DeskPhone, customer: Phone
) -> None:
    with Phone(quick_house.sip_port, hertz=OTHER_HERTZ) as others:
        call, outside = served(quick_house, room, one, customer, ONE_HERTZ)
        before = one.talking()
        go_to_work(quick_house, two.agent)
        other = others.call(room.number).wait_up(PATIENCE)
        busy = talks(two, other, TWO_HERTZ, caller=OTHER_HERTZ)
        order = {"kind": "connect", "agent": two.agent.id, "call": call}
        assert quick_house.order(one.agent, "promise", **order)["ok"]
        hears_music(outside, seconds=PATIENCE)
        two.on_ring = "reject"
        other.hang_up()
        busy.wait_over(PATIENCE)
        refused = quick_house.entry(call, "promise.refused")
        assert (refused["agent"], refused["data"]["reason"]) == (two.agent.id, "not_taken")
        talks(one, outside, ONE_HERTZ, besides=before)
        outside.hang_up()


def test_calls_go_where_their_owner_has_them_sent_and_a_loop_comes_back(
    quick_house: House, room: Desk, one: DeskPhone, two: DeskPhone, customer: Phone
) -> None:
    third = next(quick_house.desks).agents[0]
    with DeskPhone(quick_house.sip_port, third, hertz=THREE_HERTZ, on_ring="answer") as three:
        three.enter()
        call, outside = served(quick_house, room, one, customer, ONE_HERTZ)
        before = one.talking()
        assert quick_house.order(two.agent, "divert", when="always", to=f"agent:{third.id}")["ok"]
        assert quick_house.order(third, "divert", when="always", to=f"agent:{two.agent.id}")["ok"]
        sent_on = {"call": call, "to": f"agent:{two.agent.id}"}
        assert quick_house.order(one.agent, "transfer", **sent_on)["ok"]
        assert quick_house.entry(call, "call.returned")["data"]["reason"] == "diversion_loop"
        talks(one, outside, ONE_HERTZ, besides=before)
        assert quick_house.order(third, "divert", when="always", to="")["ok"]
        assert quick_house.order(one.agent, "transfer", **sent_on)["ok"]
        talks(three, outside, THREE_HERTZ)
        assert two.calls == []
        outside.hang_up()


def test_a_caller_who_is_held_for_long_rings_in_the_ear_of_his_agent(
    quick_house: House, room: Desk, one: DeskPhone, customer: Phone
) -> None:
    quick_house.query("UPDATE calls_switchboard SET hold_seconds = 2")
    quick_house.reconfigure()
    try:
        call, outside = served(quick_house, room, one, customer, ONE_HERTZ)
        assert quick_house.order(one.agent, "hold", call=call)["ok"]
        hears_music(outside, seconds=PATIENCE)
        hears_tone(one.talking(), RINGING_HERTZ, seconds=PATIENCE)
        assert quick_house.order(one.agent, "retrieve", call=call)["ok"]
        talks(one, outside, ONE_HERTZ)
        outside.hang_up()
    finally:
        quick_house.query("UPDATE calls_switchboard SET hold_seconds = 0")
        quick_house.reconfigure()
