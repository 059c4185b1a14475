"""Figures against sums done by hand."""

from datetime import timedelta

import pytest

from hallom.calls import figures
from hallom.calls.figures import QueueFigures
from hallom.calls.models import Number, Queue
from hallom.calls.tests.phone_house import call_id, happen
from hallom.calls.tests.story import START, Story, abandoned_call, answered_call
from hallom.staff.models import User

pytestmark = pytest.mark.django_db
UNTIL = START + timedelta(hours=2)


def answered_after(n: int, waited: float, agent: User, number: Number, *, at: float = 0) -> Story:
    """Joins at `at`, is answered after `waited`, talks 100 s of which 20 s on hold."""
    story = Story(call_id(n), START + timedelta(seconds=at))
    story("call.arrived", 0, number=number.pk, leg=f"{story.call}-1")
    story("queue.entered", 0, queue=number.queue_id, position=1)
    story("queue.left", waited, queue=number.queue_id, reason="offered_accepted")
    story("call.bridged", waited, agent=agent.pk, leg=f"{story.call}-2")
    story("call.held", waited + 40, agent=agent.pk)("call.retrieved", waited + 60, agent=agent.pk)
    story("agent.changed", waited, agent=agent.pk, state="talking", call=story.call)
    story("agent.changed", waited + 100, agent=agent.pk, state="wrap_up", call=story.call)
    story("call.ended", waited + 100, by="agent")
    return story("agent.changed", waited + 130, agent=agent.pk, state="available")


def test_service_level_abandonment_and_speed_of_answer(alice: User, number: Number) -> None:
    # Answered after 5, 20 and 50 s (target 20 s); hung up after 3 s (short), 12 s and 90 s.
    for n, waited in enumerate((5, 20, 50)):
        happen(answered_after(n, waited, alice, number, at=n * 300))
    for n, waited in enumerate((3, 12, 90)):
        happen(abandoned_call(waited, queue=number.queue_id, number=number.pk, call=call_id(10 + n)))
    (figure,) = figures.by_queue(START, UNTIL).values()
    assert (figure.answered, figure.answered_in_time) == (3, 2)
    assert (figure.abandoned, figure.short_abandoned) == (2, 1)
    assert figure.service_level == 100 * 2 / 5
    assert figure.abandonment == 100 * 2 / 5
    assert figure.answer_seconds == pytest.approx((5 + 20 + 50) / 3)


def test_nobody_counted_gives_no_percentage(queue: Queue) -> None:
    assert QueueFigures().service_level is None
    assert QueueFigures().abandonment is None
    assert figures.by_queue(START, UNTIL) == {}


def test_waiting_callers_count_only_as_waiting(number: Number) -> None:
    for n, after in enumerate((30, 90)):
        story = Story(call_id(n), START + timedelta(seconds=after))
        happen(
            story("call.arrived", 0, number=number.pk)("queue.entered", 2, queue=number.queue_id, position=1)
        )
    (figure,) = figures.by_queue(START, UNTIL).values()
    assert (figure.waiting, figure.waiting_since) == (2, START + timedelta(seconds=32))
    assert figure.counted == 0


def test_handling_is_talk_and_hold_and_wrap_up(alice: User, number: Number) -> None:
    happen(answered_after(1, 5, alice, number), answered_after(2, 5, alice, number, at=600))
    handled = figures.handling(START, UNTIL)
    # 80 s of talk + 20 s of hold + 30 s of wrap-up
    assert (handled.calls, handled.seconds) == (2, 130)
    assert figures.handling(START, UNTIL, agent=alice.pk) == handled
    assert figures.handling(START, UNTIL, agent=0) == figures.Handling(0, None)


def test_half_hours_begin_at_the_half_hour(alice: User, number: Number) -> None:
    happen(answered_after(1, 5, alice, number, at=60), answered_after(2, 60, alice, number, at=1799))
    happen(answered_after(3, 60, alice, number, at=1800))
    first, second = figures.by_half_hour(START, UNTIL)
    assert (first.start, first.arrived, first.figures.service_level) == (START, 2, 50)
    assert (second.start, second.arrived, second.figures.service_level) == (START + figures.HALF_HOUR, 1, 0)


def test_the_whole_is_the_sum_of_the_queues() -> None:
    one = QueueFigures(answered=1, answered_in_time=1, answer_seconds=10, waiting=1, waiting_since=START)
    two = QueueFigures(answered=3, answered_in_time=0, answer_seconds=30, abandoned=1)
    assert figures.total([one, two]) == QueueFigures(4, 1, 1, 0, 25, 1, START)


def test_calls_not_let_in_are_not_calls_of_the_day(number: Number) -> None:
    happen(Story(call_id(1))("call.rejected", 0, status=404, reason="unknown"))
    happen(abandoned_call(queue=number.queue_id, number=number.pk, call=call_id(2)))
    assert figures.handling(START, UNTIL).arrived == 1


def test_staffing_counts_members_signed_in_and_free(alice: User, amir: User, queue: Queue) -> None:
    queue.memberships.create(agent=amir)
    happen(Story()("agent.changed", 0, agent=alice.pk, state="available"))
    assert figures.staffing() == {queue.pk: figures.Staffing(2, 1, 1)}


def test_agents_of_the_answered_call_example(alice: User, number: Number) -> None:
    happen(answered_call(alice.pk, queue=number.queue_id, number=number.pk))
    assert figures.handling(START, UNTIL).seconds == 90
