import itertools
import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hallom.calls.agent_fold import AgentRecord, fold_agent
from hallom.calls.call_record import CallRecord
from hallom.calls.fold import fold
from hallom.calls.tests.story import CALL, START, Story, abandoned_call, answered_call


def folded(story: Story) -> CallRecord:
    record = fold(story.call, story.entries)
    assert record is not None
    return record


def test_an_answered_call_has_exact_times() -> None:
    story = answered_call()
    record = folded(story)
    assert record.outcome == "answered"
    assert (record.arrived_at, record.bridged_at) == (story.at(0), story.at(10))
    assert record.ended_at == story.at(100)
    assert record.wait_seconds == 6
    assert (record.talk_seconds, record.hold_seconds) == (75, 15)
    assert (record.agent, record.queue, record.ended_by) == (7, 1, "customer")


def test_legs_offers_and_recording_belong_to_the_call() -> None:
    story = answered_call()
    record = folded(story)
    customer, phone = record.legs[f"{CALL}-1"], record.legs[f"{CALL}-2"]
    assert customer.quality["mos"] == 4.3
    assert (phone.agent, phone.bridged_at) == (7, story.at(10))
    assert record.offers[f"{CALL}-o1"].result == "accepted"
    (recording,) = record.recordings.values()
    assert recording.seconds == 90.1
    assert recording.pauses == [[story.at(60).timestamp(), story.at(70).timestamp()]]


def test_hanging_up_in_the_queue_is_abandoning() -> None:
    record = folded(abandoned_call(30))
    assert (record.outcome, record.wait_seconds) == ("abandoned", 30)


def test_hanging_up_in_the_greeting_is_leaving_early() -> None:
    story = Story()("call.arrived", 0, number=1, leg=f"{CALL}-1")("call.ended", 2, by="customer")
    assert folded(story).outcome == "left_early"


def test_outside_opening_hours_the_call_is_closed() -> None:
    story = Story()("call.arrived", 0, number=1)("greeting.started", 0.1, prompts=[], closed=True)
    story("call.ended", 9, by="system")
    assert folded(story).outcome == "closed"


def test_a_call_the_system_dropped_has_failed() -> None:
    story = Story()("call.arrived", 0, number=1)("queue.entered", 1, queue=1)("call.ended", 9, by="system")
    record = folded(story)
    assert record.outcome == "failed"
    assert record.waits[0].left_at == story.at(9)


def test_a_refused_call_never_began() -> None:
    record = folded(Story()("call.rejected", 0, status=404, reason="unknown number"))
    assert (record.outcome, record.cause) == ("rejected", "unknown number")


def test_music_for_a_lost_agent_counts_as_hold() -> None:
    story = Story()("call.arrived", 0, number=1)("call.bridged", 10, agent=7, leg=f"{CALL}-2")
    story("agent.lost", 20, agent=7, leg=f"{CALL}-2")("agent.returned", 24, agent=7, leg=f"{CALL}-2")
    story("call.ended", 30, by="agent")
    record = folded(story)
    assert (record.talk_seconds, record.hold_seconds) == (16, 4)


def test_an_agent_who_comes_back_on_another_leg_talks_on() -> None:
    story = Story()("call.arrived", 0, number=1)("call.bridged", 10, agent=7, leg=f"{CALL}-2")
    story("agent.lost", 20, agent=7, leg=f"{CALL}-2")("leg.added", 20, agent=7, leg=f"{CALL}-3")
    story("leg.answered", 24, agent=7, leg=f"{CALL}-3")
    story("leg.ended", 24, agent=7, leg=f"{CALL}-2", by="system", cause="agent_lost")
    story("agent.returned", 24, agent=7, leg=f"{CALL}-3")("call.ended", 30, by="agent")
    record = folded(story)
    assert (record.talk_seconds, record.hold_seconds) == (16, 4)


def test_a_second_file_goes_on_being_paused() -> None:
    story = Story()("call.arrived", 0, number=1)("call.bridged", 10, agent=7, leg=f"{CALL}-2")
    story("recording.started", 10, path="a.wav", recorder=CALL)("recording.paused", 20)
    story("recording.started", 30, path="b.wav", recorder=f"{CALL}-r2")("recording.paused", 30)
    story("recording.stopped", 31, recorder=CALL, seconds=20)("recording.resumed", 40)
    story("recording.stopped", 50, recorder=f"{CALL}-r2", seconds=20)
    first, second = folded(story).recordings.values()
    moments = [story.at(after).timestamp() for after in (20, 31, 30, 40)]
    assert (first.pauses, second.pauses) == ([moments[:2]], [moments[2:]])
    assert (first.stopped_at, second.stopped_at) == (story.at(31), story.at(50))


def test_coming_back_ends_a_hold() -> None:
    story = Story()("call.arrived", 0, number=1)("call.bridged", 10, agent=7, leg=f"{CALL}-2")
    story("call.held", 15, agent=7)("agent.lost", 20, agent=7, leg=f"{CALL}-2")
    record = folded(story("agent.returned", 24, agent=7, leg=f"{CALL}-2"))
    assert not record.is_held
    record = folded(story("call.ended", 30, by="agent"))
    assert (record.talk_seconds, record.hold_seconds) == (11, 9)


def test_waiting_again_is_neither_talk_nor_hold() -> None:
    story = Story()("call.arrived", 0, number=1)("call.bridged", 10, agent=7, leg=f"{CALL}-2")
    story("agent.lost", 20, agent=7, leg=f"{CALL}-2")
    story("leg.ended", 50, agent=7, leg=f"{CALL}-2", by="system", cause="agent_lost")
    story("queue.entered", 50, queue=1, position=1)("queue.left", 60, queue=1, reason="offered_accepted")
    story("call.bridged", 60, agent=8, leg=f"{CALL}-3")("call.ended", 70, by="customer")
    record = folded(story)
    assert (record.talk_seconds, record.hold_seconds, record.wait_seconds) == (20, 30, 10)


def test_the_second_agent_s_talk_is_added_to_the_first_one_s() -> None:
    story = Story()("call.arrived", 0, number=1)("call.bridged", 10, agent=7, leg=f"{CALL}-2")
    story("leg.ended", 20, leg=f"{CALL}-2", by="agent")("call.bridged", 30, agent=8, leg=f"{CALL}-3")
    story("call.ended", 35, by="customer")
    record = folded(story)
    assert (record.talk_seconds, record.agent, record.bridged_at) == (15, 8, story.at(10))


def test_nothing_folds_to_nothing() -> None:
    assert fold(CALL, []) is None


@given(seed=st.integers(), repeats=st.lists(st.integers(0, 21), max_size=30))
def test_order_and_repetition_of_reading_do_not_matter(seed: int, repeats: list[int]) -> None:
    entries = answered_call().entries
    read = entries + [entries[index % len(entries)] for index in repeats]
    random.Random(seed).shuffle(read)
    assert fold(CALL, read) == fold(CALL, entries)


@given(length=st.integers(1, 22))
def test_every_prefix_is_a_call_that_agrees_with_the_whole(length: int) -> None:
    story = answered_call()
    whole, prefix = folded(story), fold(CALL, story.entries[:length])
    assert prefix is not None
    assert prefix.arrived_at == whole.arrived_at
    assert prefix.bridged_at in (None, whole.bridged_at)
    assert (prefix.ended_at is None) == (length < len(story.entries))
    assert prefix.talk_seconds <= whole.talk_seconds


KINDS = st.sampled_from(
    ["call.held", "call.retrieved", "agent.lost", "agent.returned", "recording.paused", "recording.resumed"]
)


@given(steps=st.lists(st.tuples(KINDS, st.floats(0, 5)), max_size=30))
def test_talk_and_hold_always_fill_the_time_since_the_bridge(steps: list[tuple[str, float]]) -> None:
    story = Story()("call.arrived", 0, number=1)("call.bridged", 1, agent=7, leg=f"{CALL}-2")
    after = 1.0
    for kind, seconds in steps:
        after += seconds
        story(kind, after, agent=7, leg=f"{CALL}-2")
    record = folded(story("call.ended", after + 1, by="agent"))
    assert record.talk_seconds + record.hold_seconds == pytest.approx(after, abs=0.001)


def agents_day() -> Story:
    story = Story()
    story("agent.changed", 0, agent=7, state="available", reason="", until=None, call=None)
    story("agent.changed", 60, agent=7, state="offered", reason="", until=None, call=CALL)
    story("agent.changed", 65, agent=7, state="talking", reason="", until=None, call=CALL)
    story("agent.changed", 165, agent=7, state="wrap_up", until=story.at(195).timestamp(), call=CALL)
    story("agent.changed", 180, agent=7, state="available", reason="", until=None, call=None)
    return story


def test_states_of_an_agent_follow_one_another_without_a_gap() -> None:
    story = agents_day()
    spans = fold_agent(AgentRecord(), story.entries).spans
    assert [span.state for span in spans] == ["available", "offered", "talking", "wrap_up", "available"]
    assert all(one.ended_at == two.started_at for one, two in itertools.pairwise(spans))
    assert spans[-1].ended_at is None
    assert spans[2].call == CALL


@given(cut=st.integers(0, 5), back=st.integers(0, 5))
def test_folding_on_from_any_point_gives_the_same_agent(cut: int, back: int) -> None:
    entries = agents_day().entries
    whole = fold_agent(AgentRecord(), entries)
    part = fold_agent(AgentRecord(), entries[:cut])
    assert fold_agent(part, entries[max(0, cut - back) :]) == whole


def forced_day() -> Story:
    """Decided by 9 during a call for after it, then decided otherwise by the agent himself."""
    lunch = {"state": "paused", "reason": "lunch"}
    story = Story()("agent.changed", 0, agent=7, state="talking", call=CALL)
    story("agent.changed", 1, agent=7, state="talking", call=CALL, next=lunch)
    story("agent.forced", 1, agent=7, by=9, **lunch)
    story("agent.changed", 2, agent=7, state="wrap_up", next=lunch)
    story("agent.changed", 3, agent=7, **lunch)
    return story("agent.changed", 4, agent=7, state="available")


@pytest.mark.parametrize("seen", range(7))
def test_who_decided_what_an_agent_is_stands_until_something_else_is_decided(seen: int) -> None:
    entries = forced_day().entries
    record = fold_agent(AgentRecord(), entries[:seen])
    assert record.forced.get("by") == (9 if seen in (3, 4, 5) else None)
    assert fold_agent(record, entries) == fold_agent(AgentRecord(), entries)


def test_saying_the_same_state_again_keeps_its_start() -> None:
    story = Story()("agent.changed", 0, agent=7, state="paused", reason="lunch")
    story("agent.changed", 60, agent=7, state="paused", reason="lunch")
    (span,) = fold_agent(AgentRecord(), story.entries).spans
    assert span.started_at == story.at(0)


def test_a_late_entry_never_ends_a_state_before_it_began() -> None:
    story = Story()("agent.changed", 60, agent=7, state="available")(
        "agent.changed", 0, agent=7, state="paused"
    )
    spans = fold_agent(AgentRecord(), story.entries).spans
    assert spans[0].ended_at == spans[0].started_at == story.start + timedelta(seconds=60)


def test_a_caller_who_was_sent_on_talks_with_the_first_and_the_second_and_not_in_between() -> None:
    story = Story()("call.arrived", 0, number=1, leg=f"{CALL}-1")("queue.entered", 1, queue=1)
    story("queue.left", 5, queue=1, reason="offered_accepted")
    story("call.bridged", 5, agent=7, leg=f"{CALL}-2")
    story("transfer.started", 15, agent=7, by=7, to="agent:8", player="p", files=[], until=None)
    story("leg.ended", 15, agent=7, leg=f"{CALL}-2", cause="transferred", by="system")
    story("call.returned", 25, agent=7, to="agent:8", reason="busy", waited=10, times=1)
    story("transfer.started", 25, agent=7, by=7, to="outside:+36301234567", player="p", files=[], until=None)
    story("transfer.completed", 30, agent=7, by=7, to="outside:+36301234567", waited=5)
    story("call.bridged", 30, agent=None, leg=f"{CALL}-3")
    story("something.unheard_of", 31, whatever=1)
    story("leg.ended", 50, leg=f"{CALL}-1")("call.ended", 50, by="customer")
    record = folded(story)
    assert (record.talk_seconds, record.hold_seconds, record.outcome) == (30, 0, "answered")
    assert (record.agent, record.legs[f"{CALL}-3"].agent) == (7, None)


def test_a_customer_who_waits_while_a_colleague_is_asked_is_on_hold_and_talks_on_with_whoever_stays() -> None:
    story = Story()("call.arrived", 0, number=1, leg=f"{CALL}-1")
    story("call.bridged", 5, agent=7, leg=f"{CALL}-2")
    story("consult.started", 15, agent=7, by=7, to="agent:8")(
        "consult.answered", 20, agent=8, leg=f"{CALL}-3"
    )
    story("consult.swapped", 25, agent=7, is_facing_customer=True)
    story("consult.swapped", 30, agent=7, is_facing_customer=False)
    story("consult.joined", 35, agent=7, leg=f"{CALL}-3")
    story("leg.ended", 45, agent=7, leg=f"{CALL}-2", cause="transferred", by="system")
    story("conference.left", 45, agent=8, leg=f"{CALL}-2", left=7)
    story("leg.ended", 50, leg=f"{CALL}-1")("call.ended", 50, by="customer")
    record = folded(story)
    assert (record.talk_seconds, record.hold_seconds, record.agent) == (30, 15, 8)


def consulted_call() -> Story:
    """Talks from 5, asks a colleague from 15 (answers at 20), faces the customer 25-30, all three 35-45, goes."""
    story = Story()("call.arrived", 0, number=1, leg=f"{CALL}-1")
    story("call.answered", 1, leg=f"{CALL}-1")("queue.entered", 2, queue=1)
    story("queue.left", 5, queue=1, reason="offered_accepted")("call.bridged", 5, agent=7, leg=f"{CALL}-2")
    story("consult.started", 15, agent=7, by=7, to="agent:8")
    story("consult.answered", 20, agent=8, leg=f"{CALL}-3")
    story("consult.swapped", 25, agent=7, is_facing_customer=True)
    story("consult.swapped", 30, agent=7, is_facing_customer=False)
    story("consult.joined", 35, agent=7, leg=f"{CALL}-3")
    story("leg.ended", 45, agent=7, leg=f"{CALL}-2", cause="transferred", by="system")
    story("transfer.completed", 45, agent=7, by=7, to="agent:8", waited=30)
    story("conference.left", 45, agent=8, leg=f"{CALL}-2", left=7)
    story("call.ending", 50, by="customer")("leg.ended", 50, leg=f"{CALL}-1")
    return story("call.ended", 51, by="customer", ended_at=story.at(50).timestamp())


def test_each_line_of_a_call_has_its_own_talk_and_hold() -> None:
    legs = folded(consulted_call()).legs
    times = {name[-1]: (leg.role, leg.talk_seconds, leg.hold_seconds) for name, leg in legs.items()}
    assert times == {"1": ("customer", 30, 15), "2": ("agent", 35, 5), "3": ("agent", 25, 5)}


def test_what_became_of_a_consultation_is_told() -> None:
    (asked,) = folded(consulted_call()).transfers
    assert (asked.kind, asked.by, asked.to, asked.taken_by) == ("consult", 7, "agent:8", 8)
    assert (asked.result, asked.ended_at) == ("completed", START + timedelta(seconds=45))


def test_a_transfer_that_came_back_says_why_and_who_took_the_caller_then() -> None:
    story = Story()("call.arrived", 0, number=1)("call.bridged", 5, agent=7, leg=f"{CALL}-2")
    story("transfer.started", 15, agent=7, by=7, to="agent:8")("call.diverted", 16, to="extension:210")
    story("call.returned", 35, agent=7, **{"from": 7}, to="agent:8", reason="no_answer", waited=20, times=1)
    story("call.bridged", 40, agent=7, leg=f"{CALL}-3")("call.parked", 50, agent=7, by=7, place=3)
    story("call.bridged", 60, agent=9, leg=f"{CALL}-4")("call.ended", 70, by="customer")
    record = folded(story)
    first, parked = record.transfers
    assert (first.result, first.reason, first.times, first.taken_by) == ("returned", "no_answer", 1, 7)
    assert first.via == ["extension:210"]
    assert (parked.kind, parked.to, parked.result, parked.taken_by) == ("park", "place:3", "completed", 9)
    assert (record.returns, record.talk_seconds, record.state) == (1, 30, "ended")


def test_who_listened_how_and_since_when_is_kept() -> None:
    story = Story()("call.arrived", 0, number=1, leg=f"{CALL}-1")
    story("call.bridged", 5, agent=7, leg=f"{CALL}-2")
    story("watch.started", 10, agent=9, leg=f"{CALL}-3", of=7, mode="listen")
    story("watch.joined", 12, agent=9, leg=f"{CALL}-3", of=7, mode="listen")
    story("watch.changed", 20, agent=9, of=7, mode="whisper")
    story("watch.ended", 30, agent=9, of=7, mode="whisper", reason="hung_up", seconds=18)
    story("leg.ended", 30, agent=9, leg=f"{CALL}-3")
    story("watch.started", 35, agent=9, leg=f"{CALL}-4", of=7, mode="barge")
    story("watch.joined", 36, agent=9, leg=f"{CALL}-4", of=7, mode="barge")
    story("leg.ended", 40, agent=7, leg=f"{CALL}-2", cause="taken_over")
    story("call.taken_over", 40, agent=9, **{"from": 7}, leg=f"{CALL}-4")("call.ended", 50, by="customer")
    record = folded(story)
    first, second = record.watches
    assert [mode for mode, _at in first.modes] == ["listen", "whisper"]
    assert (first.by, first.of, first.reason) == (9, 7, "hung_up")
    assert [mode for mode, _at in second.modes] == ["barge", "take_over"]
    assert (second.reason, record.agent, record.talk_seconds) == ("taken_over", 9, 45)
    assert record.legs[f"{CALL}-4"].talk_seconds == 10
    assert record.legs[f"{CALL}-3"].role == "supervisor"


def test_the_customer_s_line_talks_as_long_as_the_call() -> None:
    for story in (answered_call(), consulted_call()):
        record = folded(story)
        line = record.legs[f"{CALL}-1"]
        assert (line.talk_seconds, line.hold_seconds) == (record.talk_seconds, record.hold_seconds)


def test_the_state_of_a_call_follows_its_journal() -> None:
    story, states = consulted_call(), []
    for length in range(1, len(story.entries) + 1):
        record = fold(CALL, story.entries[:length])
        assert record is not None
        states.append((record.state, record.state_since))
    seen = list(dict.fromkeys(states))
    assert [state for state, _since in seen] == [
        *("arriving", "answered", "queued", "answered", "talking", "consulting"),
        *("conference", "talking", "ending", "ended"),
    ]
    assert seen[5] == ("consulting", story.at(15))
