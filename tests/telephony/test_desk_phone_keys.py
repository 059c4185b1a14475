"""What the keys of a desk phone do: lamps, picking up, diverting, holding, digits; and odd ways to begin and hold a call."""

import time

import pytest

from tests.telephony.conftest import need
from tests.telephony.desk_phone import NOWHERE, DeskPhone
from tests.telephony.hearing import RATE, level_dbfs, share_of_tone
from tests.telephony.house import Desk, House, until
from tests.telephony.phone import HOST, Phone, PhoneCall
from tests.telephony.scenario import finished, playing
from tests.telephony.story import QUIET_DBFS, go_to_work, hears_music, hears_tone, in_queue

# Ringing is 425 Hz, and music has notes near 440.
CUSTOMER_HERTZ, AGENT_HERTZ, COLLEAGUE_HERTZ = 620.0, 1000.0, 1400.0
PATIENCE = 15.0
# The carrier plays for four seconds before it answers.
EARLY_SAMPLES = 2 * RATE


@pytest.fixture
def room(quick_house: House) -> Desk:
    return next(quick_house.desks)


def talking(house: House, desk: Desk, phone: DeskPhone, customer: Phone) -> tuple[str, PhoneCall, PhoneCall]:
    """The call, the customer's end and the agent's."""
    go_to_work(house, phone.agent)
    outside = customer.call(desk.number).wait_up(PATIENCE)
    hears_tone(outside, AGENT_HERTZ, seconds=PATIENCE)
    inside = phone.talking()
    hears_tone(inside, CUSTOMER_HERTZ, seconds=PATIENCE)
    return str(house.calls_to(desk.number)[0]), outside, inside


def lamp(phone: DeskPhone) -> str:
    bodies = [body for event, body in phone.news if event == "dialog"]
    words = ("early", "confirmed")
    return next((word for word in words if word in bodies[-1]), "dark") if bodies else ""


def shows(phone: DeskPhone, wanted: str) -> None:
    until(lambda: lamp(phone) == wanted, seconds=PATIENCE, what=f"the lamp to be {wanted}, not {lamp(phone)}")


def test_a_lamp_follows_its_colleague_also_over_a_restart_and_takes_his_call(
    quick_house: House, room: Desk
) -> None:
    one, other = room.agents
    with (
        DeskPhone(quick_house.sip_port, one, hertz=AGENT_HERTZ, on_ring="ring") as ringing,
        DeskPhone(quick_house.sip_port, other, hertz=COLLEAGUE_HERTZ) as watching,
        Phone(quick_house.sip_port, hertz=CUSTOMER_HERTZ) as customer,
    ):
        ringing.enter()
        watching.enter()
        assert watching.subscribe(f"agent-{one.id}").startswith("SIP/2.0 200")
        shows(watching, "dark")
        go_to_work(quick_house, one)
        outside = customer.call(room.number).wait_up(PATIENCE)
        shows(watching, "early")
        until(lambda: "remote-tag" in watching.news[-1][1], what="what to name the call by")
        replaces = named(watching.news[-1][1])
        taken = watching.dial(f"agent-{one.id}", {"Replaces": replaces}).wait_up(PATIENCE)
        shows(watching, "dark")
        hears_tone(outside, COLLEAGUE_HERTZ, seconds=PATIENCE)
        hears_tone(taken, CUSTOMER_HERTZ, seconds=PATIENCE)
        ringing.calls[0].wait_over()
        # The lamp is told anew by the switch that starts, without being asked.
        time_out = time.time() + PATIENCE
        quick_house.kill("switch")
        told = len(watching.news)
        quick_house.restart("switch")
        until(
            lambda: len(watching.news) > told, seconds=time_out - time.time(), what="news after the restart"
        )
        outside.hang_up()
        taken.wait_over()


def named(document: str) -> str:
    """The Replaces of whoever picks the call of a dialog-info document up."""

    def value(name: str) -> str:
        return document.partition(f'{name}="')[2].partition('"')[0]

    return f"{value('call-id')};to-tag={value('local-tag')};from-tag={value('remote-tag')};early-only"


def test_nobody_else_is_told_of_messages_and_nobody_unknown_of_anything(
    quick_house: House, room: Desk
) -> None:
    one, other = room.agents
    with DeskPhone(quick_house.sip_port, one) as phone:
        phone.enter()
        mine = phone.subscribe(f"agent-{one.id}", event="message-summary")
        assert mine.startswith("SIP/2.0 200"), mine
        until(lambda: any("Messages-Waiting: no" in body for _, body in phone.news), what="no messages")
        assert phone.subscribe(f"agent-{other.id}", event="message-summary").startswith("SIP/2.0 403")
        assert phone.subscribe("nobody").startswith("SIP/2.0 404")
        assert phone.subscribe(f"agent-{other.id}", event="presence").startswith("SIP/2.0 489")


def test_a_parked_caller_lights_his_place_and_is_fetched_by_dialling_it(
    quick_house: House, room: Desk
) -> None:
    one, other = room.agents
    with (
        DeskPhone(quick_house.sip_port, one, hertz=AGENT_HERTZ) as parking,
        DeskPhone(quick_house.sip_port, other, hertz=COLLEAGUE_HERTZ) as fetching,
        Phone(quick_house.sip_port, hertz=CUSTOMER_HERTZ) as customer,
    ):
        parking.enter()
        fetching.enter()
        _, outside, inside = talking(quick_house, room, parking, customer)
        assert fetching.subscribe("place-7").startswith("SIP/2.0 200")
        assert parking.refer(inside, "place-7").startswith("SIP/2.0 202")
        shows(fetching, "confirmed")
        hears_music(outside, seconds=PATIENCE)
        until(lambda: parking.told[-1] == "200", seconds=PATIENCE, what="what came of the transfer")
        fetched = fetching.dial("place-7").wait_up(PATIENCE)
        shows(fetching, "dark")
        hears_tone(outside, COLLEAGUE_HERTZ, seconds=PATIENCE)
        hears_tone(fetched, CUSTOMER_HERTZ, seconds=PATIENCE)
        outside.hang_up()


@pytest.mark.parametrize("direction", ["sendonly", "inactive", NOWHERE])
def test_the_hold_key_gives_the_caller_music(quick_house: House, room: Desk, direction: str) -> None:
    with (
        DeskPhone(quick_house.sip_port, room.agents[0], hertz=AGENT_HERTZ) as phone,
        Phone(quick_house.sip_port, hertz=CUSTOMER_HERTZ) as customer,
    ):
        phone.enter()
        _, outside, inside = talking(quick_house, room, phone, customer)
        phone.hold(inside, direction)
        hears_music(outside, seconds=PATIENCE)
        phone.resume(inside)
        hears_tone(outside, AGENT_HERTZ, seconds=PATIENCE)
        hears_tone(inside, CUSTOMER_HERTZ, seconds=PATIENCE)
        outside.hang_up()


def test_a_telephone_that_is_diverted_sends_the_caller_on_and_a_loop_comes_back(
    quick_house: House, room: Desk
) -> None:
    one, other = room.agents
    third = next(quick_house.desks).agents[0]
    with (
        DeskPhone(quick_house.sip_port, one, hertz=AGENT_HERTZ) as sending,
        DeskPhone(quick_house.sip_port, other) as diverted,
        DeskPhone(quick_house.sip_port, third, hertz=COLLEAGUE_HERTZ) as named_instead,
        Phone(quick_house.sip_port, hertz=CUSTOMER_HERTZ) as customer,
    ):
        for phone in (sending, diverted, named_instead):
            phone.enter()
        call, outside, inside = talking(quick_house, room, sending, customer)
        diverted.diverts_to = f"agent-{other.id}"
        assert sending.refer(inside, f"agent-{other.id}").startswith("SIP/2.0 202")
        assert quick_house.entry(call, "call.returned")["data"]["reason"] == "diversion_loop"
        inside.wait_over(PATIENCE)
        again = sending.talking(PATIENCE)
        hears_tone(outside, AGENT_HERTZ, seconds=PATIENCE)
        hears_tone(again, CUSTOMER_HERTZ, seconds=PATIENCE)
        diverted.diverts_to = f"agent-{third.id}"
        assert sending.refer(again, f"agent-{other.id}").startswith("SIP/2.0 202")
        hears_tone(outside, COLLEAGUE_HERTZ, seconds=PATIENCE)
        diversions = [one["data"] for one in quick_house.entries(call) if one["kind"] == "call.diverted"]
        assert (diversions[-1]["occasion"], diversions[-1]["to"]) == ("phone", f"agent:{third.id}")
        outside.hang_up()


def is_silent(call: PhoneCall, since: float) -> bool:
    sound = call.ear.last(0.5, since=since)
    return len(sound) > 0 and level_dbfs(sound) < QUIET_DBFS


def test_a_telephone_that_is_out_of_use_rings_no_more(quick_house: House, room: Desk) -> None:
    agent = room.agents[0]
    use = "UPDATE calls_sipdevice SET is_active = %s WHERE username = %s"
    with (
        DeskPhone(quick_house.sip_port, agent, hertz=AGENT_HERTZ) as phone,
        Phone(quick_house.sip_port, hertz=CUSTOMER_HERTZ) as customer,
    ):
        phone.enter()
        go_to_work(quick_house, agent)
        quick_house.query(use, False, agent.username)
        try:
            quick_house.reconfigure()
            outside = customer.call(room.number).wait_up(PATIENCE)
            call = str(until(lambda: quick_house.calls_to(room.number), what="the call")[0])
            in_queue(quick_house, call)
            hears_music(outside, seconds=PATIENCE)
            assert not phone.calls
        finally:
            quick_house.query(use, True, agent.username)
            quick_house.reconfigure()
        phone.enter()
        go_to_work(quick_house, agent)
        hears_tone(outside, AGENT_HERTZ, seconds=PATIENCE)
        outside.hang_up()


@pytest.mark.parametrize("way", ["info", "rtp"])
def test_a_key_is_heard_at_the_other_end(quick_house: House, room: Desk, way: str) -> None:
    with (
        DeskPhone(quick_house.sip_port, room.agents[0], hertz=AGENT_HERTZ) as phone,
        Phone(quick_house.sip_port, hertz=CUSTOMER_HERTZ) as customer,
    ):
        phone.enter()
        _, outside, inside = talking(quick_house, room, phone, customer)
        phone.mute(inside)
        begun = time.time()
        until(lambda: is_silent(outside, begun), seconds=PATIENCE, what="silence")
        begun = time.time()
        if way == "info":
            body = "Signal=5\r\nDuration=160\r\n"
            assert phone.info(inside, "application/dtmf-relay", body).startswith("SIP/2.0 200")
        else:
            phone.press(inside, 5)

        def is_heard() -> bool:
            sound = outside.ear.since(begun)
            rows = [sound[start : start + 1280] for start in range(0, len(sound) - 1280, 640)]
            return any(
                share_of_tone(row, 770, width=40) > 0.3 and share_of_tone(row, 1336, width=40) > 0.3
                for row in rows
            )

        until(is_heard, seconds=PATIENCE, what="key 5")
        outside.hang_up()


def test_a_caller_who_knows_events_is_sent_the_key_by_the_number_he_gave_it(
    quick_house: House, room: Desk
) -> None:
    with (
        DeskPhone(quick_house.sip_port, room.agents[0], hertz=AGENT_HERTZ) as phone,
        Phone(quick_house.sip_port, hertz=CUSTOMER_HERTZ) as customer,
    ):
        customer.key_type = 96
        phone.enter()
        call, outside, inside = talking(quick_house, room, phone, customer)
        phone.press(inside, 5)
        until(lambda: outside.ear.keys == "5", seconds=PATIENCE, what="the telephone's key")
        assert quick_house.press(room.agents[0], "digits", "#0", call=call)["ok"]
        until(lambda: outside.ear.keys == "5#0", seconds=PATIENCE, what="the desk's keys")
        assert {packet.payload_type for _, packet in outside.ear.events} == {96}
        hears_tone(outside, AGENT_HERTZ, seconds=PATIENCE)
        outside.hang_up()


def test_a_caller_without_an_offer_is_heard_and_hears(quick_house: House, room: Desk) -> None:
    with DeskPhone(quick_house.sip_port, room.agents[0], hertz=AGENT_HERTZ) as phone:
        phone.enter()
        go_to_work(quick_house, phone.agent)
        target = (f"{HOST}:{quick_house.sip_port}", "-s", room.number)
        with playing(need("sipp"), "delayed_offer.xml", hertz=CUSTOMER_HERTZ, arguments=target) as caller:
            inside = phone.talking(PATIENCE)
            hears_tone(inside, CUSTOMER_HERTZ, seconds=PATIENCE)
            finished(caller)
        inside.wait_over()


def test_a_caller_may_hold_in_every_way_there_is_and_comes_back(quick_house: House, room: Desk) -> None:
    with DeskPhone(quick_house.sip_port, room.agents[0], hertz=AGENT_HERTZ) as phone:
        phone.enter()
        go_to_work(quick_house, phone.agent)
        target = (f"{HOST}:{quick_house.sip_port}", "-s", room.number)
        with playing(need("sipp"), "hold.xml", hertz=CUSTOMER_HERTZ, arguments=target) as caller:
            inside = phone.talking(PATIENCE)
            hears_tone(inside, CUSTOMER_HERTZ, seconds=PATIENCE)
            call = quick_house.calls_to(room.number)[0]
            until(
                lambda: quick_house.kinds(call).count("leg.changed") == 4,
                seconds=PATIENCE,
                what="four re-INVITEs",
            )
            hears_tone(inside, CUSTOMER_HERTZ, seconds=PATIENCE)
            finished(caller)
        inside.wait_over()


def test_what_a_carrier_plays_before_it_answers_is_heard(quick_house: House, room: Desk) -> None:
    """Calls for help pass every policy, so that no rule has to be set up for the test."""
    port = quick_house.query("SELECT port FROM calls_trunk WHERE is_outgoing")[0]["port"]
    with (
        DeskPhone(quick_house.sip_port, room.agents[0], hertz=AGENT_HERTZ) as phone,
        playing(need("sipp"), "early_media.xml", hertz=CUSTOMER_HERTZ, port=port) as carrier,
    ):
        phone.enter()
        dialled = phone.dial("112").wait_up(PATIENCE)
        before = dialled.ear.since(0.0, until=dialled.answered_at)
        assert share_of_tone(before[-EARLY_SAMPLES:], CUSTOMER_HERTZ) > 0.8
        assert len(before) >= EARLY_SAMPLES, "and not only in the moment of the answer"
        hears_tone(dialled, CUSTOMER_HERTZ, seconds=PATIENCE)
        dialled.hang_up()
        finished(carrier)
