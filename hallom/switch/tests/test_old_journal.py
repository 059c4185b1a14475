"""Journals written before transfers, parking and desks were known are still read."""

from hallom.switch.core import Switch
from hallom.switch.journal import KINDS, JournalEntry
from hallom.switch.tests.world import ALICE, CONFIG, World

SINCE_THEN = {"purpose", "recall_at", "others", "desk"}


def test_an_old_journal_gives_the_same_state_but_for_what_it_could_not_know() -> None:
    world = World()
    name, _ = world.conversation()
    world.order(ALICE, "hold", call=world.call_of(name))
    world.queue_up()
    old = [
        JournalEntry(
            one.kind, one.at, one.call, one.agent, {k: v for k, v in one.data.items() if k not in SINCE_THEN}
        )
        for one in world.journal
    ]
    assert any(SINCE_THEN & one.data.keys() for one in world.journal)
    assert all(KINDS[one.kind] <= one.data.keys() for one in old)
    replayed = Switch.replay(CONFIG, old, new_id=world.new_id).state
    call, known = replayed.calls[world.call_of(name)], world.switch.state.calls[world.call_of(name)]
    assert call.due.pop("hold", None) is None
    del known.due["hold"]
    assert replayed == world.switch.state
