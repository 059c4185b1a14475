from collections.abc import Iterable

from hallom.switch.aio.pace import LONGEST_SECONDS, Pace

WORK_SECONDS = 0.001


def rests(pace: Pace, gaps: Iterable[float], *, work: float = WORK_SECONDS) -> list[float]:
    """What it rests when each turn begins so long after the rest before it."""
    now, found = 1000.0, []
    for gap in gaps:
        began = now + gap
        found.append(pace.rest(began, began + work))
        now = began + work + found[-1]
    return found


def test_one_caller_is_not_kept_waiting() -> None:
    assert rests(Pace(), [0.02] * 50) == [0.0] * 50


def test_turns_that_follow_close_upon_one_another_are_spaced_out_to_the_longest_rest() -> None:
    found = rests(Pace(), [0.02] + [0.001] * 60)
    assert found[0] == 0.0
    assert found == sorted(found)
    assert round(found[-1] + WORK_SECONDS, 6) == LONGEST_SECONDS


def test_when_the_load_is_gone_so_is_the_rest() -> None:
    pace = Pace()
    assert rests(pace, [0.001] * 60)[-1] > 0.0
    assert rests(pace, [0.02] * 60)[-1] == 0.0


def test_work_that_takes_as_long_as_a_rest_is_followed_by_none() -> None:
    assert rests(Pace(), [0.001] * 40, work=LONGEST_SECONDS) == [0.0] * 40
