"""One call from the first ring to the record, the agent on a SIP desk phone."""

from pathlib import Path

import pytest

from tests.telephony.baresip import Baresip
from tests.telephony.conftest import need
from tests.telephony.hearing import share_of_tone
from tests.telephony.house import Desk, House, until
from tests.telephony.phone import Phone
from tests.telephony.story import (
    AGENT_HERTZ,
    CUSTOMER_HERTZ,
    GREETING_SECONDS,
    call_id,
    conversation,
    go_to_work,
    hears_anything,
    hears_music,
    hears_tone,
    in_queue,
    recorded,
)

CDR_TOLERANCE = 0.1


def test_the_whole_way_of_a_call(house: House, desk: Desk) -> None:
    agent = desk.agents[0]
    with (
        Phone(house.sip_port, hertz=CUSTOMER_HERTZ) as customer_phone,
        Phone(house.sip_port, hertz=AGENT_HERTZ) as agent_phone,
    ):
        agent_phone.register(agent)
        customer = customer_phone.call(desk.number).wait_up()
        call = call_id(house, desk)
        hears_anything(customer)
        in_queue(house, call)
        hears_music(customer)

        go_to_work(house, agent)
        ringing = agent_phone.ringing()
        ringing.answer()
        hears_tone(customer, AGENT_HERTZ)
        hears_tone(ringing, CUSTOMER_HERTZ)

        assert house.order(agent, "hold", call=call)["ok"]
        hears_music(customer)
        assert house.order(agent, "retrieve", call=call)["ok"]
        hears_tone(customer, AGENT_HERTZ)
        hears_tone(ringing, CUSTOMER_HERTZ)

        hung_up_at = customer.hang_up()
        ringing.wait_over()
        assert ringing.ended_by_peer
        record = house.record(call)
    assert abs(record["answered_at"].timestamp() - customer.answered_at) < CDR_TOLERANCE
    assert abs(record["bridged_at"].timestamp() - ringing.answered_at) < CDR_TOLERANCE
    assert abs(record["ended_at"].timestamp() - hung_up_at) < CDR_TOLERANCE
    assert (record["outcome"], record["ended_by"], record["agent_id"]) == ("answered", "customer", agent.id)
    assert house.kinds(call)[-1] == "call.ended"


def test_the_recording_has_each_voice_in_its_own_channel(house: House, desk: Desk) -> None:
    with conversation(house, desk) as talk:
        began = len(talk.customer.ear.packets)
        until(lambda: len(talk.customer.ear.packets) > began + 100, what="two seconds of conversation")
        talk.customer.hang_up()
        house.record(talk.id)
    path = Path(house.entry(talk.id, "recording.started")["data"]["path"])
    house.entry(talk.id, "recording.stopped")
    left, right = recorded(path if path.is_absolute() else house.data / "recordings" / path)
    assert share_of_tone(left[-8000:-800], CUSTOMER_HERTZ) > 0.9
    assert share_of_tone(right[-8000:-800], AGENT_HERTZ) > 0.9


def test_the_agent_may_hang_up_at_the_phone(house: House, desk: Desk) -> None:
    with conversation(house, desk) as talk:
        hung_up_at = talk.answered.hang_up()
        talk.customer.wait_over()
        assert talk.customer.ended_by_peer
        record = house.record(talk.id)
    assert record["ended_by"] == "agent"
    assert abs(record["ended_at"].timestamp() - hung_up_at) < CDR_TOLERANCE
    until(lambda: house.agent_state(talk.agent)["state"] == "available", what="wrap-up to be over")


def test_the_agent_may_hang_up_at_the_desk(house: House, desk: Desk) -> None:
    with conversation(house, desk) as talk:
        assert house.order(talk.agent, "hang_up", call=talk.id)["ok"]
        talk.customer.wait_over()
        talk.answered.wait_over()
    assert house.record(talk.id)["ended_by"] == "agent"


def test_pausing_the_recording_leaves_it_silent(house: House, desk: Desk) -> None:
    with conversation(house, desk) as talk:
        assert house.order(talk.agent, "pause_recording", call=talk.id)["ok"]
        began = len(talk.customer.ear.packets)
        until(lambda: len(talk.customer.ear.packets) > began + 75, what="a second and a half")
        talk.customer.hang_up()
        house.record(talk.id)
    assert {"recording.paused", "recording.stopped"} <= set(house.kinds(talk.id))


@pytest.mark.parametrize("kind", ["customer", "agent"])
def test_baresip_talks_with_us(house: House, desk: Desk, kind: str) -> None:
    program, agent = need("baresip"), desk.agents[0]
    is_customer = kind == "customer"
    theirs, ours = (CUSTOMER_HERTZ, AGENT_HERTZ) if is_customer else (AGENT_HERTZ, CUSTOMER_HERTZ)
    with (
        Baresip(program, house.sip_port, agent=None if is_customer else agent, hertz=theirs) as soft_phone,
        Phone(house.sip_port, hertz=ours) as own_phone,
    ):
        if is_customer:
            own_phone.register(agent)
            soft_phone.dial(desk.number)
            soft_phone.wait_for("CALL_ESTABLISHED")
            go_to_work(house, agent)
            own = own_phone.ringing(GREETING_SECONDS)
            own.answer()
        else:
            go_to_work(house, agent)
            own = own_phone.call(desk.number).wait_up()
            soft_phone.wait_for("CALL_INCOMING", seconds=GREETING_SECONDS)
            soft_phone.answer()
        hears_tone(own, theirs)
        until(lambda: share_of_tone(soft_phone.heard()[-4000:], ours) > 0.8, what="our tone at the other end")
        soft_phone.hang_up()
        own.wait_over()
    call = call_id(house, desk)
    assert house.record(call)["ended_by"] == kind
