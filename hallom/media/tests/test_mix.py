"""The mix matrix."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hallom.media.mix import SILENT_LEVEL, LevelMeter, MixMatrix, MixPlan, decibels

NAMES = ["a", "b", "c", "d"]


def frames(*values: float) -> np.ndarray:
    return np.repeat(np.array(values, np.int16)[:, None], 160, axis=1)


def test_each_hears_the_others_and_not_itself() -> None:
    matrix = MixMatrix()
    for source in "abc":
        for destination in "abc":
            if source != destination:
                matrix.connect(source, destination, 1)
    mixed = matrix.plan("abc", "abc").apply(frames(1, 10, 100))
    assert mixed[:, 0].tolist() == [110, 101, 11]


def test_gain_zero_takes_an_edge_away_and_nobody_hears_nothing() -> None:
    matrix = MixMatrix()
    matrix.connect("a", "b", 0.5)
    assert matrix.plan("ab", "ab").apply(frames(100, 7))[:, 0].tolist() == [0, 50]
    matrix.connect("a", "b", 0)
    assert matrix.plan("ab", "ab").apply(frames(100, 7))[:, 0].tolist() == [0, 0]


def test_a_removed_name_is_in_no_edge() -> None:
    matrix = MixMatrix()
    matrix.connect("a", "b", 1)
    matrix.connect("b", "a", 1)
    matrix.connect("b", "c", 1)
    matrix.remove("a")
    assert matrix.edges == {("b", "c"): 1}


def test_too_loud_is_clipped_not_wrapped() -> None:
    matrix = MixMatrix()
    matrix.connect("a", "c", 1)
    matrix.connect("b", "c", 1)
    assert matrix.plan("ab", "c").apply(frames(30000, 30000))[0, 0] == 32767
    assert matrix.plan("ab", "c").apply(frames(-30000, -30000))[0, 0] == -32768


def test_copies_and_sums_stand_side_by_side_and_follow_each_tick() -> None:
    matrix = MixMatrix()
    matrix.edges = {("a", "x"): 1, ("a", "y"): 1, ("b", "y"): 1, ("b", "z"): 0.5}
    plan = matrix.plan("ab", "wxyz")
    assert plan.apply(frames(10, 100))[:, 0].tolist() == [0, 10, 110, 50]
    assert plan.apply(frames(-3, 8))[:, 159].tolist() == [0, -3, 5, 4]


def test_an_empty_house_mixes_nothing() -> None:
    assert MixMatrix().plan([], []).apply(np.zeros((0, 160), np.int16)).shape == (0, 160)


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)),
        st.sampled_from([0.25, 0.5, 1.0, 2.0]),
    ),
    st.lists(st.integers(-2000, 2000), min_size=4, max_size=4),
)
def test_the_sparse_matrix_is_the_full_one(edges, values) -> None:
    matrix = MixMatrix()
    matrix.edges = edges
    full = np.zeros((4, 4))
    for (source, destination), gain in edges.items():
        full[NAMES.index(destination), NAMES.index(source)] = gain
    expected = np.trunc(full @ np.array(values, float))
    mixed = matrix.plan(NAMES, NAMES).apply(frames(*values))
    assert mixed[:, 80].tolist() == expected.tolist()


def test_levels_are_decibels_below_overload() -> None:
    sine = 32768 * np.sin(2 * np.pi * 1000 * np.arange(160) / 8000)
    assert decibels(float((sine**2).sum()), 1) == pytest.approx(-3.01, abs=0.01)
    assert decibels(0.0, 5) == SILENT_LEVEL
    meter = LevelMeter()
    meter.add(float((sine**2).sum()), 1)
    assert meter.recent() == pytest.approx(-3.01, abs=0.01)
    meter.add(0.0, 1)
    assert meter.recent() == SILENT_LEVEL
    assert meter.whole() == pytest.approx(-6.02, abs=0.01)


def test_what_lay_there_before_is_not_heard() -> None:
    """Rounds follow one another in the same place; a row that hears nobody is silent in each."""
    matrix = MixMatrix()
    matrix.connect("a", "b", 1)
    left_over = np.full((2, 160), 77, np.int16)
    mixed = MixPlan(matrix.edges, "ab", "ab", mixed=left_over).apply(frames(100, 7))
    assert mixed[:, 0].tolist() == [0, 100]
    assert np.shares_memory(mixed, left_over)
