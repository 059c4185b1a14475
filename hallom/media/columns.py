"""Columns of numbers, one for each leg or cell of the mix, in memory that goes back when they do.

numpy keeps up to seven freed blocks of each size below 1,024 bytes for ever, and the legs are ever more or fewer; what
Python has lent is given back and used again for whatever comes.
"""

from __future__ import annotations

import mmap
from array import array
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def zeros(count: int, form: type[np.generic]) -> NDArray[Any]:
    """So many zeros."""
    return np.ndarray((count,), form, bytearray(count * np.dtype(form).itemsize))


def column(values: Iterable[Any], form: type[np.generic]) -> NDArray[Any]:
    """These numbers; raises OverflowError for one that is too large."""
    numbers = array(np.dtype(form).char, values)
    return np.ndarray((len(numbers),), form, numbers)


def pages(count: int, size: int) -> NDArray[np.uint8]:
    """So many rows of so many bytes, all zero; memory is taken only for those that are used."""
    memory = mmap.mmap(-1, count * size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    return np.frombuffer(memory, np.uint8).reshape(count, size)
