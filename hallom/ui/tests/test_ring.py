import pytest

from hallom.ui.live.ring import Ring
from hallom.ui.live.topics import Event


def ids(events: object) -> list[int]:
    return [event.id for event in events]  # type: ignore[attr-defined]


def test_only_the_last_events_are_kept() -> None:
    ring = Ring(kept=3)
    for number in range(1, 6):
        ring.add(Event(number, ("calls",), float(number)))
    assert ring.newest == 5
    assert ring.after(2) is None
    assert ids(ring.after(3)) == [4, 5]
    assert ids(ring.after(5)) == []
    assert ids(ring.younger_than(1.5, now=5.5)) == [4, 5]


@pytest.mark.parametrize("kept", [1, 2, 3, 7])
@pytest.mark.parametrize("number", range(1, 12))
def test_whoever_is_told_on_misses_nothing_or_is_told_so(kept: int, number: int) -> None:
    ring = Ring(kept=kept)
    for one in range(1, 12):
        ring.add(Event(one, (), 0.0))
    missed = ring.after(number)
    if number > 11 - kept:
        assert ids(missed) == list(range(number + 1, 12))
    else:
        assert missed is None


def test_an_id_told_several_times_is_told_on_from_its_first_place() -> None:
    """Several changes share the id of the newest event: who heard of the first has not heard of the others."""
    ring = Ring(kept=3)
    for topic in ("calls", "desk-1", "desk-2"):
        ring.add(Event(7, (topic,), 0.0))
    assert [event.topics for event in ring.after(7) or ()] == [("desk-1",), ("desk-2",)]


def test_an_id_whose_first_place_is_forgotten_is_not_remembered_though_it_is_told_again() -> None:
    ring = Ring(kept=3)
    for number in (1, 2, 1, 3):
        ring.add(Event(number, (), 0.0))
    assert ring.after(1) is None
    ring.add(Event(1, (), 0.0))
    assert ring.after(1) is None
    for number in (4, 5, 6, 1, 7):
        ring.add(Event(number, (), 0.0))
    assert ids(ring.after(1)) == [7]


def test_a_cleared_ring_remembers_nothing() -> None:
    ring = Ring()
    ring.add(Event(1, (), 0.0))
    ring.clear()
    assert ring.after(1) is None
    ring.add(Event(2, (), 0.0))
    assert ids(ring.after(2)) == []
