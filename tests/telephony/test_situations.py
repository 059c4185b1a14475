"""Two callers, no agent, nobody answers, two answer at once: what happens when it is not one call and one agent."""

import threading

from tests.telephony.house import Desk, House, until
from tests.telephony.phone import Phone
from tests.telephony.story import (
    AGENT_HERTZ,
    GREETING_SECONDS,
    call_id,
    go_to_work,
    hears_music,
    hears_tone,
    in_queue,
)


def test_two_callers_and_one_agent_are_served_in_their_order(house: House, desk: Desk) -> None:
    agent = desk.agents[0]
    with (
        Phone(house.sip_port) as first_phone,
        Phone(house.sip_port) as second_phone,
        Phone(house.sip_port, hertz=AGENT_HERTZ, on_ring="answer") as agent_phone,
    ):
        agent_phone.register(agent)
        first = first_phone.call(desk.number, caller="+3611111111").wait_up()
        in_queue(house, call_id(house, desk))
        second = second_phone.call(desk.number, caller="+3622222222").wait_up()
        in_queue(house, call_id(house, desk, nth=1))
        go_to_work(house, agent)
        hears_tone(first, AGENT_HERTZ, seconds=10)
        hears_music(second)
        first.hang_up()
        hears_tone(second, AGENT_HERTZ, seconds=10)
        assert not second.is_over
        second.hang_up()
        for number in (0, 1):
            assert house.record(call_id(house, desk, nth=number))["outcome"] == "answered"


def test_a_caller_without_any_agent_hears_music_until_hanging_up(house: House, desk: Desk) -> None:
    with Phone(house.sip_port) as phone:
        customer = phone.call(desk.number).wait_up()
        call = call_id(house, desk)
        in_queue(house, call)
        hears_music(customer)
        customer.hang_up()
        record = house.record(call)
    assert (record["outcome"], record["ended_by"]) == ("abandoned", "customer")


def test_a_caller_who_hangs_up_while_the_agent_rings_frees_the_agent(house: House, desk: Desk) -> None:
    agent = desk.agents[0]
    with Phone(house.sip_port) as phone, Phone(house.sip_port) as agent_phone:
        agent_phone.register(agent)
        go_to_work(house, agent)
        customer = phone.call(desk.number).wait_up()
        ringing = agent_phone.ringing(GREETING_SECONDS)
        customer.hang_up()
        ringing.wait_over()
        assert ringing.ended_by_peer
        assert house.record(call_id(house, desk))["outcome"] == "abandoned"
        until(lambda: house.agent_state(agent)["state"] == "available", what="the agent to be free")


def test_a_rejected_call_goes_to_the_next_agent_at_once(house: House, desk: Desk) -> None:
    first, second = desk.agents
    with (
        Phone(house.sip_port) as phone,
        Phone(house.sip_port, on_ring="reject") as rejecting,
        Phone(house.sip_port, hertz=AGENT_HERTZ, on_ring="answer") as answering,
    ):
        rejecting.register(first)
        answering.register(second)
        go_to_work(house, first)
        go_to_work(house, second)
        customer = phone.call(desk.number).wait_up()
        call = call_id(house, desk)
        house.entry(call, "offer.rejected", seconds=GREETING_SECONDS)
        hears_tone(customer, AGENT_HERTZ)
        customer.hang_up()
        assert house.record(call)["agent_id"] == second.id
    assert len(rejecting.calls) == 1


def test_an_agent_who_does_not_answer_is_paused_and_the_next_one_rings(house: House, desk: Desk) -> None:
    first, second = desk.agents
    with (
        Phone(house.sip_port) as phone,
        Phone(house.sip_port, on_ring="ring") as sleeping,
        Phone(house.sip_port, hertz=AGENT_HERTZ, on_ring="answer") as answering,
    ):
        sleeping.register(first)
        answering.register(second)
        go_to_work(house, first)
        go_to_work(house, second)
        customer = phone.call(desk.number).wait_up()
        call = call_id(house, desk)
        house.entry(call, "offer.expired", seconds=GREETING_SECONDS)
        hears_tone(customer, AGENT_HERTZ)
        sleeping.calls[0].wait_over()
        state = house.agent_state(first)
        assert (state["state"], state["reason"]) == ("paused", "no_answer")
        customer.hang_up()
        assert house.record(call)["agent_id"] == second.id


def test_two_phones_of_one_agent_ring_together_and_the_second_answer_is_ended(
    house: House, desk: Desk
) -> None:
    agent = desk.agents[0]
    with (
        Phone(house.sip_port) as phone,
        Phone(house.sip_port, hertz=AGENT_HERTZ) as left,
        Phone(house.sip_port, hertz=1400.0) as right,
    ):
        left.register(agent)
        right.register(agent)
        go_to_work(house, agent)
        customer = phone.call(desk.number).wait_up()
        both = [left.ringing(GREETING_SECONDS), right.ringing(GREETING_SECONDS)]
        barrier = threading.Barrier(2)

        def answer(number: int) -> None:
            barrier.wait()
            both[number].answer()

        threads = [threading.Thread(target=answer, args=(number,)) for number in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        call = call_id(house, desk)
        house.entry(call, "call.bridged")
        until(lambda: sum(one.is_over for one in both) == 1, what="one of the two to be told to stop")
        winner = next(one for one in both if not one.is_over)
        hears_tone(customer, AGENT_HERTZ if winner is both[0] else 1400.0)
        assert house.kinds(call).count("call.bridged") == 1
        customer.hang_up()
        winner.wait_over()
        house.record(call)


def test_two_agents_answering_two_calls_at_once_get_one_each(house: House, desk: Desk) -> None:
    with (
        Phone(house.sip_port) as one,
        Phone(house.sip_port) as two,
        Phone(house.sip_port, hertz=AGENT_HERTZ) as first_phone,
        Phone(house.sip_port, hertz=1400.0) as second_phone,
    ):
        for phone, agent in zip((first_phone, second_phone), desk.agents, strict=True):
            phone.register(agent)
            go_to_work(house, agent)
        customers = [
            one.call(desk.number, caller="+3611").wait_up(),
            two.call(desk.number, caller="+3622").wait_up(),
        ]
        ringing = [phone.ringing(GREETING_SECONDS) for phone in (first_phone, second_phone)]
        threads = [threading.Thread(target=call.answer) for call in ringing]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        calls = [call_id(house, desk, nth=number) for number in (0, 1)]
        agents = {house.entry(call, "call.bridged")["agent"] for call in calls}
        assert agents == {agent.id for agent in desk.agents}
        for customer, call in zip(customers, calls, strict=True):
            customer.hang_up()
            house.record(call)


def test_an_unknown_number_is_refused(house: House) -> None:
    with Phone(house.sip_port) as phone:
        call = phone.call("+36999999").wait_over()
        assert call.status == 404
