import math

import pytest

from hallom.acd.agent import AgentEvent, Profile
from hallom.acd.estimate import FIRST_GUESS_SECONDS, Handling, estimate
from hallom.acd.service_level import Counts, Definition, service_level
from hallom.acd.tests.floor import ALICE, BRUNO, SALES, SUPPORT, floor, sign_in


def test_nobody_on_duty_is_said_honestly() -> None:
    acd = floor()
    acd.router.enter("a", SALES, language="hu", at=1)
    assert acd.router.wait_estimate("a") is None


def test_the_estimate_is_position_times_handling_over_agents() -> None:
    acd = floor()
    sign_in(acd, ALICE, BRUNO)
    for number in range(4):
        acd.router.enter(f"c{number}", SALES, language="hu", at=number)
    found = acd.router.wait_estimate("c3")
    assert found is not None
    assert found.expected == 4 * FIRST_GUESS_SECONDS / 2
    assert found.low < found.expected < found.high


def test_an_agent_shared_with_another_busy_queue_counts_half() -> None:
    acd = floor({ALICE: Profile({SALES: 1, SUPPORT: 1})})
    sign_in(acd, ALICE)
    acd.router.enter("a", SALES, language="hu", at=1)
    alone = acd.router.wait_estimate("a")
    acd.router.enter("b", SUPPORT, language="hu", at=2)
    shared = acd.router.wait_estimate("a")
    assert alone is not None
    assert shared is not None
    assert shared.expected == 2 * alone.expected


def test_the_announced_wait_never_grows_while_the_queue_shrinks() -> None:
    waits = [estimate(position, 3.0, 200.0) for position in range(40, 0, -1)]
    for part in ("low", "expected", "high"):
        values = [getattr(wait, part) for wait in waits]
        assert values == sorted(values, reverse=True)


@pytest.mark.parametrize(
    ("stages", "low", "high"),
    # Quantiles of the gamma distribution with unit scale at 10 and 90 % (tables of chi-squared with 2n degrees).
    [(1, 0.105, 2.303), (5, 2.433, 7.994), (20, 14.525, 25.903)],
)
def test_the_range_is_that_of_the_erlang_distribution(stages: int, low: float, high: float) -> None:
    found = estimate(stages, 1.0, 1.0)
    assert found is not None
    assert math.isclose(found.low, low, abs_tol=0.02)
    assert math.isclose(found.high, high, rel_tol=0.02)


def test_handling_follows_what_is_measured() -> None:
    handling = Handling()
    for _ in range(400):
        handling.add(31.0)
    assert abs(handling.mean - 31.0) < 0.1
    for _ in range(400):
        handling.add(30.0)
    assert abs(handling.mean - 30.0) < 0.01


def test_handling_counts_wrap_up() -> None:
    acd = floor()
    sign_in(acd, ALICE)
    acd.router.enter("a", SALES, language="hu", at=1)
    (offer,) = acd.decide(1)
    acd.accept(offer.id, 2)
    acd.move(ALICE, AgentEvent.HANG_UP, 62)
    acd.move(ALICE, AgentEvent.FINISH, 82)
    assert acd.router.handling[SALES].mean == (FIRST_GUESS_SECONDS + 80) / 2


def test_service_level_names_its_definition() -> None:
    day = Counts(answered=80, answered_within=49, abandoned=20, abandoned_within=10)
    assert service_level(day) == 0.49
    assert service_level(day, Definition.ANSWERED) == pytest.approx(0.6125)
    assert service_level(day, Definition.PROMPT_ABANDONS_COUNT) == pytest.approx(0.59)
    assert service_level(Counts(0, 0, 0, 0)) is None
