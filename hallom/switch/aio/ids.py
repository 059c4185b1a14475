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


def _spelled(number: int) -> str:
    return "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))
