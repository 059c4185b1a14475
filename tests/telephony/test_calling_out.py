"""Calls out over real trunks: a dead one is passed over, a full one too, nothing forbidden leaves, and both sides are heard."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hallom.media import dtmf
from hallom.sip import events
from tests.telephony.desk_phone import DeskPhone
from tests.telephony.hearing import share_of_tone
from tests.telephony.house import Agent, House, NotInTime, free_ports, until
from tests.telephony.phone import Phone, PhoneCall
from tests.telephony.story import go_to_work, hears_music, hears_tone

AGENT_HERTZ, OUTSIDE_HERTZ, COLLEAGUE_HERTZ, CUSTOMER_HERTZ = 1000.0, 440.0, 1400.0, 620.0
LINE_HOST = "127.0.0.3"
MOBILE = "+36301234567"
PATIENCE = 15.0
FURNISH = str(Path(__file__).with_name("furnish_lines.py"))


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """The first trunk is a port where nobody listens; the second is `south`."""
    folder = Path(tempfile.mkdtemp(prefix="hallom-lines-"))
    house = House(folder, workers=1, rooms=18, is_silent=True)
    try:
        house.open()
        house.command(FURNISH, *map(str, free_ports(2)), LINE_HOST)
        yield house
    finally:
        house.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def south(house: House) -> Iterator[Phone]:
    """Whoever is called over the second trunk."""
    with Phone(house.sip_port, hertz=OUTSIDE_HERTZ, on_ring="answer", host=LINE_HOST) as phone:
        change(house, "UPDATE calls_trunk SET port = %s, calls_most = NULL WHERE name = 'south'", phone.port)
        yield phone


def change(house: House, text: str, *values: object) -> None:
    house.query(text, *values)
    house.reconfigure()


@pytest.fixture
def agent(house: House) -> Agent:
    return next(house.desks).agents[0]


@pytest.fixture
def phone(house: House, agent: Agent) -> Iterator[DeskPhone]:
    with DeskPhone(house.sip_port, agent, hertz=AGENT_HERTZ) as phone:
        phone.enter()
        assert house.order(agent, "sign_in")["ok"]
        yield phone


def talk(one: PhoneCall, other: PhoneCall) -> None:
    hears_tone(one, OUTSIDE_HERTZ, seconds=PATIENCE)
    hears_tone(other, AGENT_HERTZ, seconds=PATIENCE)


def invited(phone: Phone) -> events.InviteReceived:
    return next(event for _, event in phone.calls[-1].seen if isinstance(event, events.InviteReceived))


def placed(house: House, agent: Agent) -> str:
    rows = house.query(
        "SELECT call FROM switch_journal WHERE kind = 'call.placed' AND agent = %s ORDER BY id DESC", agent.id
    )
    return str(rows[0]["call"])


def test_a_desk_phone_calls_out_over_the_second_trunk_when_the_first_is_dead(
    house: House, agent: Agent, phone: DeskPhone, south: Phone
) -> None:
    began = time.monotonic()
    call = phone.dial("06301234567").wait_up(PATIENCE)
    assert time.monotonic() - began < 8
    talk(call, south.calls[-1])
    invite = invited(south)
    assert invite.request_uri.startswith(f"sip:{MOBILE}@")
    assert (invite.from_uri, invite.asserted) == ("sip:+3615550000@127.0.0.3", "sip:+3615550000@127.0.0.3")
    south.calls[-1].hang_up()
    call.wait_over()
    record = house.record(placed(house, agent))
    assert (record["direction"], record["outcome"], record["caller"]) == ("outgoing", "answered", MOBILE)
    assert (record["agent_id"], record["ended_by"]) == (agent.id, "customer")


def test_a_click_rings_the_own_telephone_first(
    house: House, agent: Agent, phone: DeskPhone, south: Phone
) -> None:
    phone.on_ring = "answer"
    assert house.order(agent, "dial", to=f"outside:{MOBILE}")["ok"]
    mine = phone.talking()
    south.talking(PATIENCE)
    talk(mine, south.calls[-1])
    assert house.order(agent, "hang_up", call=placed(house, agent))["ok"]
    south.calls[-1].wait_over()


def test_promised_calls_outlive_the_switch_and_come_when_their_owner_is_free(
    house: House, south: Phone
) -> None:
    desk = next(house.desks)
    owner, maker = desk.agents
    with (
        DeskPhone(house.sip_port, owner, hertz=AGENT_HERTZ) as mine,
        DeskPhone(house.sip_port, maker, hertz=COLLEAGUE_HERTZ) as makers,
        Phone(house.sip_port, hertz=CUSTOMER_HERTZ) as customer,
    ):
        mine.enter()
        makers.enter()
        go_to_work(house, owner)
        other = customer.call(desk.number).wait_up(PATIENCE)
        hears_tone(other, AGENT_HERTZ, seconds=PATIENCE)
        ways = [
            {"kind": "call_customer", "number": MOBILE},
            {"kind": "call_me"},
            {"kind": "call_me", "why": "refused"},
            {"kind": "call_me", "why": "too late", "seconds": 2},
        ]
        for way in ways:
            assert house.order(maker, "promise", agent=owner.id, **way)["ok"]
        back, me, refused, late = (one["data"]["id"] for one in promised(house, owner, "made"))
        house.kill("switch")
        house.restart("switch")
        until(lambda: promised(house, owner, "expired"), seconds=PATIENCE, what="the one that was late")
        hears_tone(other, AGENT_HERTZ, seconds=PATIENCE)
        assert promised(house, owner, "ripe") == [], "he still talks"
        other.hang_up()
        until(lambda: len(promised(house, owner, "ripe")) == 3, seconds=PATIENCE, what="the owner told")
        assert house.order(owner, "refuse_promise", promise=refused, reason="On holiday")["ok"]

        assert house.order(owner, "dial", to=f"outside:{MOBILE}", promise=back)["ok"]
        outside = south.talking(PATIENCE)
        talk(mine.talking(), outside)
        outside.hang_up()
        until(lambda: not [one for one in mine.calls if one.is_up], seconds=PATIENCE, what="the end of it")
        assert house.order(owner, "dial", to=f"agent:{maker.id}", promise=me)["ok"]
        hears_tone(makers.talking(PATIENCE), AGENT_HERTZ, seconds=PATIENCE)
        hears_tone(mine.talking(), COLLEAGUE_HERTZ, seconds=PATIENCE)
        rows = until(lambda: ended(house, maker, most=4), seconds=PATIENCE, what="all four ended")
    assert rows == {
        back: ("kept", "called", True),
        me: ("kept", "called", True),
        refused: ("refused", "On holiday", False),
        late: ("expired", "", False),
    }, "what was not kept stays before whoever had given it"


def promised(house: House, owner: Agent, what: str) -> list[dict[str, Any]]:
    text = "SELECT data FROM switch_journal WHERE agent = %s AND kind = %s ORDER BY id"
    return house.query(text, owner.id, f"promise.{what}")


def ended(house: House, maker: Agent, *, most: int) -> dict[str, tuple[str, str, bool]]:
    """How each ended, why, and whether nobody has to see to it any more; nothing while one is open."""
    text = (
        "SELECT id, outcome, reason, settled_at FROM calls_promise WHERE maker_id = %s AND outcome <> 'open'"
    )
    rows = house.query(text, maker.id)
    found = {one["id"]: (one["outcome"], one["reason"], one["settled_at"] is not None) for one in rows}
    return found if len(found) == most else {}


def hears_key(call: PhoneCall, since: float, key: str) -> None:
    low, high = dtmf.frequencies(key)
    looked_at = 0

    def is_heard() -> bool:
        nonlocal looked_at
        sound = call.ear.since(since)
        # Each row once: whoever looks at all of them every time keeps the telephones from speaking.
        rows = [sound[start : start + 800] for start in range(looked_at, len(sound) - 800, 160)]
        looked_at += 160 * len(rows)
        return any(
            share_of_tone(row, low, width=25) > 0.3 and share_of_tone(row, high, width=25) > 0.3
            for row in rows
        )

    until(is_heard, seconds=PATIENCE, what=f"the tones of {key}")


def hears_keys(call: PhoneCall, keys: str, *, seconds: float = 10.0) -> None:
    try:
        until(lambda: call.ear.keys == keys, seconds=seconds)
    except NotInTime:
        told = [(packet.sequence, packet.timestamp, packet.payload.hex()) for _, packet in call.ear.events]
        raise AssertionError(f"heard {call.ear.keys}, not {keys}: {told}") from None


@pytest.mark.parametrize("key_type", [101, None], ids=["events", "tones"])
def test_keys_reach_a_machine_outside_by_the_desk_and_by_the_telephone(
    house: House, agent: Agent, phone: DeskPhone, south: Phone, key_type: int | None
) -> None:
    south.key_type = key_type
    call = phone.dial(MOBILE).wait_up(PATIENCE)
    talk(call, south.calls[-1])
    bank, begun = south.calls[-1], time.time()
    phone.press(call, 5)
    if key_type is None:
        hears_key(bank, begun, "5")
        assert house.press(agent, "digits", "7", call=placed(house, agent))["ok"]
        hears_key(bank, begun, "7")
        assert bank.ear.events == []
    else:
        hears_keys(bank, "5")
        assert house.press(agent, "digits", "49#1", call=placed(house, agent))["ok"]
        hears_keys(bank, "549#1")
        # A key is known by its first packet; the others come while it is held.
        until(lambda: len(bank.ear.events) >= 5 * 7, what="the end of the last key")
        assert {packet.payload_type for _, packet in bank.ear.events} == {key_type}
    hears_tone(bank, AGENT_HERTZ, seconds=PATIENCE)
    assert len(bank.ear.events) == (5 * 7 if key_type else 0)
    bank.hang_up()


def test_keys_dialled_behind_a_number_follow_its_answer_and_stand_nowhere(
    house: House, agent: Agent, phone: DeskPhone, south: Phone
) -> None:
    phone.on_ring, south.key_type = "answer", 101
    assert house.press(agent, "dial", ",,91735*", to=f"outside:{MOBILE}")["ok"]
    bank = south.talking(PATIENCE)
    hears_keys(bank, "91735*", seconds=PATIENCE)
    assert bank.ear.events[0][0] - bank.answered_at > 3.9, "two pauses"
    assert invited(south).request_uri.startswith(f"sip:{MOBILE}@")
    call = placed(house, agent)
    assert house.entry(call, "keys.sent")["data"] == {"count": 6}
    everything = "SELECT 1 FROM switch_journal WHERE data::text LIKE '%91735%' UNION ALL"
    everything += " SELECT 1 FROM switch_order WHERE args::text LIKE '%91735%' OR args ? 'sealed'"
    assert house.query(everything.replace("%", "%%")) == []
    assert "91735" not in house.output("switch") + house.output("media-0")
    bank.hang_up()


def test_keys_dialled_behind_a_number_outlive_a_switch_that_dies_while_it_rings(
    house: House, agent: Agent, phone: DeskPhone, south: Phone
) -> None:
    phone.on_ring, south.key_type, south.on_ring = "answer", 101, "ring"
    assert house.press(agent, "dial", ",,80426#", to=f"outside:{MOBILE}")["ok"]
    ringing = south.ringing(PATIENCE)
    kept = house.data / "run" / "kept-keys.json"
    until(lambda: kept.exists() and kept.read_text() != "[]", what="the keys, sealed")
    assert "80426" not in kept.read_text()
    house.kill("switch")
    house.restart("switch")
    ringing.answer()
    hears_keys(ringing, "80426#", seconds=PATIENCE)
    ringing.hang_up()
    until(lambda: kept.read_text() == "[]", what="nothing kept")
    assert house.query("SELECT 1 FROM switch_journal WHERE data::text LIKE '%%80426%%'") == []


def test_a_country_that_is_not_allowed_is_refused_and_written_down(
    house: House, agent: Agent, phone: DeskPhone, south: Phone
) -> None:
    call = phone.dial("+18765551234")
    call.wait_over(PATIENCE)
    assert call.status == 403
    assert south.calls == []
    refused = until(
        lambda: house.query(
            "SELECT data FROM timeline_event WHERE kind = 'call.refused' AND actor_id = %s", agent.id
        ),
        what="the refusal on the timeline",
    )
    assert refused[0]["data"]["code"] == "country_refused"


def test_a_full_trunk_takes_no_more_calls(house: House, agent: Agent, phone: DeskPhone, south: Phone) -> None:
    change(house, "UPDATE calls_trunk SET calls_most = 1 WHERE name = 'south'")
    first = phone.dial(MOBILE).wait_up(PATIENCE)
    other = next(house.desks).agents[0]
    with DeskPhone(house.sip_port, other) as second:
        second.enter()
        assert house.order(other, "sign_in")["ok"]
        call = second.dial(MOBILE)
        call.wait_over(PATIENCE)
        assert call.status == 503
    first.hang_up()


def test_help_is_called_whatever_the_limits_and_from_a_telephone_nobody_is_signed_in_at(
    house: House, south: Phone
) -> None:
    change(house, "UPDATE calls_trunk SET calls_most = 0 WHERE name = 'south'")
    stranger = next(house.desks).agents[1]
    with DeskPhone(house.sip_port, stranger, hertz=AGENT_HERTZ) as phone:
        phone.enter()
        call = phone.dial("112").wait_up(PATIENCE)
        talk(call, south.calls[-1])
        assert invited(south).request_uri.startswith("sip:112@")


@pytest.mark.parametrize("how", ["screen", "second line"])
def test_help_is_called_out_of_a_conversation_whose_customer_waits_with_music(
    house: House, south: Phone, how: str
) -> None:
    desk = next(house.desks)
    agent = desk.agents[0]
    with (
        DeskPhone(house.sip_port, agent, hertz=AGENT_HERTZ) as phone,
        Phone(house.sip_port, hertz=CUSTOMER_HERTZ) as customers,
    ):
        phone.enter()
        go_to_work(house, agent)
        customer = customers.call(desk.number).wait_up(PATIENCE)
        hears_tone(customer, AGENT_HERTZ, seconds=PATIENCE)
        mine = phone.calls[-1]
        if how == "screen":
            assert house.order(agent, "dial", to="outside:112")["ok"]
            speaking = mine
        else:
            phone.hold(mine)
            speaking = phone.dial("112").wait_up(PATIENCE)
        south.talking(PATIENCE)
        talk(speaking, south.calls[-1])
        hears_music(customer, seconds=PATIENCE)
        south.calls[-1].hang_up()
        if how == "second line":
            speaking.wait_over(PATIENCE)
            phone.resume(mine)
        hears_tone(customer, AGENT_HERTZ, seconds=PATIENCE)
        hears_tone(mine, CUSTOMER_HERTZ, seconds=PATIENCE)


def test_a_colleague_is_called_by_a_desk_phone(house: House, agent: Agent, phone: DeskPhone) -> None:
    other = next(house.desks).agents[0]
    with DeskPhone(house.sip_port, other, hertz=COLLEAGUE_HERTZ, on_ring="answer") as second:
        second.enter()
        call = phone.dial(f"agent-{other.id}").wait_up(PATIENCE)
        hears_tone(call, COLLEAGUE_HERTZ, seconds=PATIENCE)
        hears_tone(second.calls[-1], AGENT_HERTZ, seconds=PATIENCE)
        call.hang_up()
        second.calls[-1].wait_over()


def test_a_call_out_outlives_the_switch_and_counts_on(
    house: House, agent: Agent, phone: DeskPhone, south: Phone
) -> None:
    call = phone.dial(MOBILE).wait_up(PATIENCE)
    talk(call, south.calls[-1])
    house.kill("switch")
    house.restart("switch")
    talk(call, south.calls[-1])
    south.calls[-1].hang_up()
    call.wait_over(PATIENCE)
    assert house.record(placed(house, agent))["talk_seconds"] > 1


def test_a_trunk_that_is_probed_is_known_to_be_dead_and_to_be_back(house: House, south: Phone) -> None:
    def failed() -> int:
        rows = house.query(
            "SELECT failed_probes FROM calls_trunkstatus s JOIN calls_trunk t ON t.id = s.trunk_id"
            " WHERE t.name = 'north'"
        )
        return int(rows[0]["failed_probes"]) if rows else -1

    change(house, "UPDATE calls_trunk SET is_probed = true WHERE name = 'north'")
    until(lambda: failed() >= 2, seconds=30, what="the dead trunk left")
    change(house, "UPDATE calls_trunk SET port = %s WHERE name = 'north'", south.port)
    until(lambda: failed() == 0, seconds=30, what="the trunk back")
