"""Whole days at random; and that they hold what the call centre is for, or they would show nothing."""

from collections import Counter

from hallom.switch.tests import days

DAYS = 20
# What has to happen again and again, in the words of the journal.
DRIVEN = (
    "transfer.started", "transfer.completed", "call.returned", "call.parked", "consult.answered", "consult.swapped", "consult.joined",
    "consult.ended", "watch.joined", "call.taken_over", "promise.made", "promise.kept", "promise.refused", "promise.expired", "call.held",
    "agent.lost", "agent.returned", "call.moved", "dial.made", "dial.answered", "offer.expired", "offer.rejected", "offer.withdrawn",
    "refer.asked", "leg.called_in",
)  # fmt: skip


def test_long_days_hold_everything_and_end_well() -> None:
    seen: Counter[str] = Counter()
    for seed in range(DAYS):
        days.play(seed, seen)
    missing = [kind for kind in DRIVEN if not seen[f"journal {kind}"]]
    assert not missing, missing
    assert seen["crashes"] > DAYS
    for state in (
        "talking",
        "held",
        "lost",
        "transferring",
        "consulting",
        "conference",
        "parked",
        "dialling",
    ):
        assert seen[f"in state {state}"] > 5, state
