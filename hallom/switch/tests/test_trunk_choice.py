import pytest

from hallom.switch.trunk_choice import (
    PROBE_AGAIN_SECONDS,
    PROBE_DEAD_SECONDS,
    PROBE_SECONDS,
    After,
    TrunkState,
    after,
    next_trunk,
)

ORDER = ("north", "south", "east")
GOOD = TrunkState()
NOTHING: frozenset[str] = frozenset()


def test_trunks_are_taken_in_order_each_once() -> None:
    states = dict.fromkeys(ORDER, GOOD)
    tried: list[str] = []
    while (name := next_trunk(ORDER, frozenset(tried), states)) is not None:
        tried.append(name)
    assert tried == list(ORDER)


@pytest.mark.parametrize(
    "state",
    [
        TrunkState(failed_probes=2),
        TrunkState(calls_now=30, calls_most=30),
        TrunkState(is_registered=False),
        TrunkState(calls_most=0),
    ],
)
def test_a_dead_full_or_unregistered_trunk_is_passed_over(state: TrunkState) -> None:
    assert next_trunk(ORDER, NOTHING, {"north": state, "south": GOOD}) == "south"
    assert next_trunk(("north",), NOTHING, {"north": state}) is None
    assert next_trunk(("north",), NOTHING, {"north": state}, emergency=True) == "north"


def test_help_goes_over_a_good_trunk_first_and_over_an_unknown_one_rather_than_none() -> None:
    states = {"north": TrunkState(failed_probes=5), "south": GOOD}
    assert next_trunk(ORDER, NOTHING, states, emergency=True) == "south"
    assert next_trunk(ORDER, frozenset({"south"}), states, emergency=True) == "north"
    assert next_trunk(ORDER, frozenset({"south", "north"}), states, emergency=True) == "east"
    assert next_trunk(("east",), NOTHING, states) is None


def test_a_trunk_is_dead_after_two_failed_probes_and_alive_with_the_first_answer() -> None:
    once = GOOD.probed(408)
    assert not once.is_dead
    twice = once.probed(503)
    assert twice.is_dead
    assert not twice.probed(200).is_dead
    assert [state.probe_seconds() for state in (GOOD, once, twice)] == [
        PROBE_SECONDS,
        PROBE_AGAIN_SECONDS,
        PROBE_DEAD_SECONDS,
    ]


@pytest.mark.parametrize("status", [200, 401, 403, 404, 405, 481])
def test_any_other_answer_to_a_probe_is_a_sign_of_life(status: int) -> None:
    assert TrunkState(failed_probes=1).probed(status).failed_probes == 0


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        *[(status, After.NEXT) for status in (401, 403, 407, 408, 488, 500, 501, 502, 503, 504, 513, 580, 606)],
        *[(status, After.END) for status in (301, 302, 400, 404, 410, 415, 480, 484, 486, 487, 600, 603, 604, 607)],
    ],
)  # fmt: skip
def test_a_cause_lets_the_next_trunk_try_or_ends_the_call(status: int, verdict: After) -> None:
    assert after(status) is verdict
    assert after(status, rang=True) is After.END


def test_help_is_sought_over_every_trunk_until_somebody_has_spoken() -> None:
    assert after(404, emergency=True) is After.NEXT
    assert after(302, emergency=True) is After.NEXT
    assert after(486, emergency=True) is After.END
    assert after(503, emergency=True, rang=True) is After.END
