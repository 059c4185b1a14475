"""Time-ordered names of 26 characters (ULID): 48 bits of milliseconds, 80 random bits."""

import os
import time
from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 26
RANDOM_BYTES = 10


def new_id(*, now: Callable[[], float] = time.time, random: Callable[[int], bytes] = os.urandom) -> str:
    return _spelled(int(now() * 1000) << 80 | int.from_bytes(random(RANDOM_BYTES), "big"))


def earliest_id(at: float) -> str:
    """No id made at or after `at` (seconds of the epoch) sorts before this one."""
    return _spelled(int(at * 1000) << 80)


# Two characters at a time: a call has one of these, and it was as dear as reading a Via.
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_SHIFTS = tuple(range(5 * (LENGTH - 2), -1, -10))


def _spelled(number: int) -> str:
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])
