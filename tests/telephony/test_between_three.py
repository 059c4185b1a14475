"""What an agent does with a colleague besides handing over, and where a colleague's calls go instead; heard by tone."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.telephony.desk_phone import DeskPhone
from tests.telephony.house import Desk, House, until
from tests.telephony.phone import Phone, PhoneCall
from tests.telephony.story import go_to_work, hears_music, hears_tone

CUSTOMER_HERTZ, OTHER_HERTZ = 620.0, 800.0
ONE_HERTZ, TWO_HERTZ, THREE_HERTZ = 1000.0, 1400.0, 1800.0
PATIENCE = 15.0


@dataclass
class Trio:
    """A customer who talks with `one`; `two` and `three` are colleagues."""

    house: House
    room: Desk
    one: DeskPhone
    two: DeskPhone
    three: DeskPhone
    customer: PhoneCall
    call: str

    def order(self, by: DeskPhone, verb: str, **args: object) -> None:
        answer = self.house.order(by.agent, verb, **args)
        assert answer["ok"], (verb, answer)

    def talks(self, phone: DeskPhone, hertz: float) -> PhoneCall:
        hears_tone(self.customer, hertz, seconds=PATIENCE)
        inside = up(phone)
        hears_tone(inside, CUSTOMER_HERTZ, seconds=PATIENCE)
        return inside


def up(phone: DeskPhone) -> PhoneCall:
    return phone.talking(PATIENCE)


@pytest.fixture
def trio(quick_house: House) -> Iterator[Trio]:
    room, elsewhere = next(quick_house.desks), next(quick_house.desks)
    port = quick_house.sip_port
    with (
        DeskPhone(port, room.agents[0], hertz=ONE_HERTZ, on_ring="answer") as one,
        DeskPhone(port, room.agents[1], hertz=TWO_HERTZ, on_ring="answer") as two,
        DeskPhone(port, elsewhere.agents[0], hertz=THREE_HERTZ, on_ring="answer") as three,
        Phone(port, hertz=CUSTOMER_HERTZ) as customer,
    ):
        for phone in (one, two, three):
            phone.enter()
        go_to_work(quick_house, one.agent)
        outside = customer.call(room.number).wait_up(PATIENCE)
        call = until(lambda: quick_house.calls_to(room.number), seconds=PATIENCE, what="the call")[0]
        found = Trio(quick_house, room, one, two, three, outside, call)
        found.talks(one, ONE_HERTZ)
        yield found
        outside.hang_up()


def test_asked_swapped_joined_and_left(trio: Trio) -> None:
    asks = up(trio.one)
    trio.order(trio.one, "consult", call=trio.call, to=f"agent:{trio.two.agent.id}")
    trio.house.entry(trio.call, "consult.answered")
    asked = up(trio.two)
    hears_tone(asks, TWO_HERTZ, seconds=PATIENCE)
    hears_tone(asked, ONE_HERTZ, seconds=PATIENCE)
    hears_music(trio.customer, seconds=PATIENCE)
    trio.order(trio.one, "swap", call=trio.call)
    hears_tone(trio.customer, ONE_HERTZ, seconds=PATIENCE)
    hears_tone(asks, CUSTOMER_HERTZ, seconds=PATIENCE)
    hears_music(asked, seconds=PATIENCE)
    trio.order(trio.one, "swap", call=trio.call)
    hears_tone(asked, ONE_HERTZ, seconds=PATIENCE)
    hears_music(trio.customer, seconds=PATIENCE)
    trio.order(trio.one, "join", call=trio.call)
    trio.two.mute(asked)
    # Of the two who hear the customer, one speaks: each of the three hears whoever does.
    hears_tone(trio.customer, ONE_HERTZ, seconds=PATIENCE)
    hears_tone(asks, CUSTOMER_HERTZ, seconds=PATIENCE)
    trio.one.mute(asks)
    hears_tone(asked, CUSTOMER_HERTZ, seconds=PATIENCE)
    trio.order(trio.one, "leave", call=trio.call)
    asks.wait_over(PATIENCE)
    hears_tone(asked, CUSTOMER_HERTZ, seconds=PATIENCE)
    assert trio.house.entry(trio.call, "conference.left")["data"]["left"] == trio.one.agent.id


@pytest.mark.parametrize("occasion", ["busy", "no_answer", "do_not_disturb"])
def test_calls_for_a_colleague_go_where_he_has_them_sent_on_that_occasion(trio: Trio, occasion: str) -> None:
    if occasion == "busy":
        trio.two.on_ring, trio.two.reject_status = "reject", 486
    elif occasion == "no_answer":
        trio.two.on_ring = "ring"
    else:
        trio.order(trio.two, "do_not_disturb", on=True)
    when = "no_answer" if occasion == "no_answer" else "busy"
    trio.order(trio.two, "divert", when=when, to=f"agent:{trio.three.agent.id}")
    trio.order(trio.one, "transfer", call=trio.call, to=f"agent:{trio.two.agent.id}")
    trio.talks(trio.three, THREE_HERTZ)
    assert trio.house.entry(trio.call, "call.diverted")["data"]["occasion"] == when
    assert bool(trio.two.calls) is (occasion != "do_not_disturb"), (
        "whoever is not to be disturbed is not rung"
    )


def test_who_does_not_want_to_be_disturbed_is_not_and_the_caller_comes_back(trio: Trio) -> None:
    before = up(trio.one)
    trio.order(trio.two, "do_not_disturb", on=True)
    trio.order(trio.one, "transfer", call=trio.call, to=f"agent:{trio.two.agent.id}")
    assert trio.house.entry(trio.call, "call.returned")["data"]["reason"] == "do_not_disturb"
    before.wait_over(PATIENCE)
    trio.talks(trio.one, ONE_HERTZ)
    assert trio.two.calls == []


def test_what_was_promised_outlives_a_switch_that_dies(trio: Trio) -> None:
    """The caller who waits for a colleague has him; a call back is still owed, and settled by its owner."""
    trio.house.query("UPDATE calls_switchboard SET place_seconds = 60")
    trio.house.reconfigure()
    with Phone(trio.house.sip_port, hertz=OTHER_HERTZ) as others:
        go_to_work(trio.house, trio.two.agent)
        other = others.call(trio.room.number).wait_up(PATIENCE)
        hears_tone(other, TWO_HERTZ, seconds=PATIENCE)
        busy = up(trio.two)
        owner = trio.two.agent.id
        trio.order(trio.one, "promise", kind="call_customer", agent=owner, call=trio.call)
        trio.order(trio.one, "promise", kind="connect", agent=owner, call=trio.call)
        hears_music(trio.customer, seconds=PATIENCE)
        made = [one["data"]["id"] for one in trio.house.entries(trio.call) if one["kind"] == "promise.made"]
        assert len(made) == 2
        trio.house.kill("switch")
        trio.house.restart("switch")
        hears_music(trio.customer, seconds=PATIENCE)
        other.hang_up()
        busy.wait_over(PATIENCE)
        trio.talks(trio.two, TWO_HERTZ)
        kept = trio.house.entry(trio.call, "promise.kept")["data"]
        assert kept["promise"] == made[1]
        trio.order(trio.two, "keep_promise", promise=made[0])
