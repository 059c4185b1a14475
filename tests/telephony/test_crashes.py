"""kill -9 of each process in the middle of a conversation: the two go on talking."""

import asyncio
import os
import signal
import time

import pytest

from hallom.media.aio.client import SILENT_LOOKS, WATCH_SECONDS, MediaClient
from hallom.media.aio.worker import socket_path
from tests.telephony.house import Desk, House, until
from tests.telephony.phone import Phone
from tests.telephony.story import (
    AGENT_HERTZ,
    CUSTOMER_HERTZ,
    call_id,
    conversation,
    go_to_work,
    hears_music,
    hears_tone,
    in_queue,
)

pytestmark = pytest.mark.alone

COLLEAGUE_HERTZ = 1400.0
LONGEST_SILENCE = 0.1
CONTROL_SECONDS = 5.0
MOVE_SECONDS = 3.0
CDR_TOLERANCE = 0.1
NOTICED_SECONDS = WATCH_SECONDS * SILENT_LOOKS


def test_the_switch_dies_and_the_conversation_does_not(house: House, desk: Desk) -> None:
    with conversation(house, desk) as talk:
        killed_at = house.kill("switch")
        house.restart("switch")
        answer = house.order(talk.agent, "hold", call=talk.id)
        assert answer["ok"], answer
        controlled_at = house.done_at(talk.agent)
        gaps = [
            call.ear.longest_gap(killed_at - 1.0, controlled_at) for call in (talk.customer, talk.answered)
        ]
        print(
            f"longest gaps {[round(gap * 1000) for gap in gaps]} ms, controlled after {controlled_at - killed_at:.2f} s"
        )
        assert max(gaps) <= LONGEST_SILENCE
        assert controlled_at - killed_at < CONTROL_SECONDS
        hears_music(talk.customer)
        assert house.order(talk.agent, "retrieve", call=talk.id)["ok"]
        hears_tone(talk.customer, AGENT_HERTZ)
        assert house.order(talk.agent, "hang_up", call=talk.id)["ok"]
        talk.customer.wait_over()
        talk.answered.wait_over()
        record = house.record(talk.id)
    assert abs(record["ended_at"].timestamp() - talk.customer.ended_at) < CDR_TOLERANCE
    assert abs(record["bridged_at"].timestamp() - talk.answered.answered_at) < CDR_TOLERANCE
    assert record["ended_by"] == "agent"
    assert house.kinds(talk.id).count("call.ended") == 1


def test_after_the_switch_has_died_the_customer_may_hang_up(house: House, desk: Desk) -> None:
    with conversation(house, desk) as talk:
        house.kill("switch")
        house.restart("switch")
        hung_up_at = talk.customer.hang_up()
        talk.answered.wait_over()
        record = house.record(talk.id)
    assert record["ended_by"] == "customer"
    assert abs(record["ended_at"].timestamp() - hung_up_at) < CDR_TOLERANCE


def test_a_waiting_caller_keeps_the_place_when_the_switch_dies(house: House, desk: Desk) -> None:
    agent = desk.agents[0]
    with (
        Phone(house.sip_port, hertz=CUSTOMER_HERTZ) as phone,
        Phone(house.sip_port, hertz=AGENT_HERTZ, on_ring="answer") as agent_phone,
    ):
        agent_phone.register(agent)
        customer = phone.call(desk.number).wait_up()
        call = call_id(house, desk)
        in_queue(house, call)
        house.kill("switch")
        house.restart("switch")
        hears_music(customer)
        go_to_work(house, agent)
        hears_tone(customer, AGENT_HERTZ)
        customer.hang_up()
        assert house.record(call)["outcome"] == "answered"


def test_who_announces_a_caller_to_a_queue_waits_on_when_the_switch_dies(house: House, desk: Desk) -> None:
    there = next(house.desks)
    colleague = there.agents[0]
    with (
        conversation(house, desk) as talk,
        Phone(house.sip_port, hertz=COLLEAGUE_HERTZ, on_ring="answer") as colleagues_phone,
    ):
        colleagues_phone.register(colleague)
        to = f"queue:{there.queue}"
        assert house.order(talk.agent, "consult", call=talk.id, to=to)["ok"]
        house.entry(talk.id, "consult.queued")
        house.kill("switch")
        house.restart("switch")
        hears_music(talk.customer, seconds=20)
        hears_music(talk.answered, seconds=20)
        go_to_work(house, colleague)
        hears_tone(talk.answered, COLLEAGUE_HERTZ, seconds=20)
        hears_music(talk.customer)
        assert house.order(talk.agent, "complete", call=talk.id)["ok"]
        hears_tone(talk.customer, COLLEAGUE_HERTZ)
        talk.customer.hang_up()
        record = house.record(talk.id)
    assert (record["agent_id"], record["queue_id"]) == (colleague.id, there.queue)


def test_the_database_dies_and_the_conversation_goes_on(house: House, desk: Desk) -> None:
    with conversation(house, desk) as talk:
        killed_at = house.kill("postgres")
        hung_up_at = talk.customer.hang_up()
        talk.answered.wait_over()
        assert talk.answered.ended_by_peer
        assert talk.answered.ear.longest_gap(killed_at - 1.0, hung_up_at) <= LONGEST_SILENCE
        until(lambda: (house.data / "run" / "journal-spool.jsonl").exists(), what="the spool")
        house.restart("postgres")
        record = house.record(talk.id, seconds=30)
    assert record["ended_by"] == "customer"
    assert abs(record["ended_at"].timestamp() - hung_up_at) < CDR_TOLERANCE
    assert house.kinds(talk.id).count("call.ended") == 1


def test_database_and_switch_die_and_nothing_is_lost(house: House, desk: Desk) -> None:
    with conversation(house, desk) as talk:
        house.kill("postgres")
        talk.customer.hang_up()
        talk.answered.wait_over()
        house.kill("switch")
        house.restart("postgres")
        house.restart("switch")
        record = house.record(talk.id, seconds=30)
    assert record["ended_by"] == "customer"
    assert house.kinds(talk.id).count("call.ended") == 1


def test_the_relay_dies_and_the_record_is_there_later(house: House, desk: Desk) -> None:
    with conversation(house, desk) as talk:
        killed_at = house.kill("relay")
        hears_tone(talk.customer, AGENT_HERTZ)
        talk.customer.hang_up()
        talk.answered.wait_over()
        assert talk.answered.ear.longest_gap(killed_at - 1.0, talk.answered.ended_at - 0.1) <= LONGEST_SILENCE
        house.restart("relay")
        assert house.record(talk.id, seconds=30)["ended_by"] == "customer"


def test_a_media_worker_dies_and_within_three_seconds_another_has_its_calls(house: House, desk: Desk) -> None:
    with conversation(house, desk) as talk:
        worker = house.entry(talk.id, "leg.opened")["data"]["worker"]
        killed_at = house.kill(worker)
        moved = house.entry(talk.id, "call.moved")
        assert moved["data"]["worker"] != worker
        hears_tone(talk.customer, AGENT_HERTZ)
        hears_tone(talk.answered, CUSTOMER_HERTZ)
        gaps = [call.ear.longest_gap(killed_at - 1.0, time.time()) for call in (talk.customer, talk.answered)]
        print(f"silence while the calls moved: {[round(gap, 2) for gap in gaps]} s")
        assert max(gaps) < MOVE_SECONDS
        talk.customer.hang_up()
        talk.answered.wait_over()
        assert house.record(talk.id)["ended_by"] == "customer"


def test_a_media_worker_that_stands_still_is_left_and_comes_back_empty(house: House, desk: Desk) -> None:
    with conversation(house, desk) as talk:
        worker = house.entry(talk.id, "leg.opened")["data"]["worker"]
        stopped_at = time.time()
        os.kill(house.pid(worker), signal.SIGSTOP)
        try:
            moved = house.entry(talk.id, "call.moved")
            assert moved["data"]["worker"] != worker
            hears_tone(talk.customer, AGENT_HERTZ)
            hears_tone(talk.answered, CUSTOMER_HERTZ)
            gaps = [
                call.ear.longest_gap(stopped_at - 1.0, time.time()) for call in (talk.customer, talk.answered)
            ]
        finally:
            os.kill(house.pid(worker), signal.SIGCONT)
        print(f"silence while the calls moved: {[round(gap, 2) for gap in gaps]} s")
        assert max(gaps) < NOTICED_SECONDS + MOVE_SECONDS
        until(lambda: held_by(house, worker) == 0, what="the calls it had are closed where they were")
        hears_tone(talk.customer, AGENT_HERTZ)
        hears_tone(talk.answered, CUSTOMER_HERTZ)
        talk.customer.hang_up()
        talk.answered.wait_over()
        assert house.record(talk.id)["ended_by"] == "customer"


def held_by(house: House, worker: str) -> int:
    """How many legs it has."""

    async def ask() -> int:
        client = MediaClient(socket_path(house.data, int(worker.rpartition("-")[2])))
        try:
            await client.connect(5)
            return int((await client.call("ping"))["legs"])
        finally:
            await client.close()

    return asyncio.run(ask())


@pytest.mark.slow
def test_a_media_worker_dies_and_its_calls_move_to_another(house: House, desk: Desk) -> None:
    with conversation(house, desk) as talk:
        worker = house.entry(talk.id, "leg.opened")["data"]["worker"]
        house.kill(worker)
        house.restart(worker)
        house.entry(talk.id, "call.moved")
        hears_tone(talk.customer, AGENT_HERTZ, seconds=10)
        hears_tone(talk.answered, CUSTOMER_HERTZ, seconds=10)
        talk.customer.hang_up()
        talk.answered.wait_over()
        assert house.record(talk.id)["ended_by"] == "customer"
