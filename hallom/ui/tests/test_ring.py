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


def test_an_id_told_twice_is_found_at_its_later_place() -> None:
    ring = Ring(kept=3)
    for number in (1, 2, 1, 3):
        ring.add(Event(number, (), 0.0))
    assert ids(ring.after(1)) == [3]


def test_a_cleared_ring_remembers_nothing() -> None:
    ring = Ring()
    ring.add(Event(1, (), 0.0))
    ring.clear()
    assert ring.after(1) is None
    ring.add(Event(2, (), 0.0))
    assert ids(ring.after(2)) == []
