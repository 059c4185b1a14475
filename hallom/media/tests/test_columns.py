"""Columns of numbers in memory that goes back."""

from __future__ import annotations

import numpy as np
import pytest

from hallom.media.columns import column, zeros


def test_zeros_can_be_written_to() -> None:
    made = zeros(3, np.float64)
    made[1] = 0.5
    assert made.tolist() == [0, 0.5, 0]
    assert zeros(0, np.int64).shape == (0,)


@pytest.mark.parametrize("form", [np.uint8, np.uint16, np.uint32, np.uint64, np.int32, np.int64, np.intp])
def test_a_column_holds_its_numbers_up_to_the_largest(form: type[np.generic]) -> None:
    largest = int(np.iinfo(form).max)
    made = column([0, largest], form)
    assert (made.dtype, made.tolist()) == (np.dtype(form), [0, largest])
    with pytest.raises(OverflowError):
        column([largest + 1], form)


def test_an_empty_column_has_its_form() -> None:
    assert (column([], np.float32).dtype, column([], np.float32).shape) == (np.dtype(np.float32), (0,))
