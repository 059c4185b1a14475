"""A process that has loaded everything it needs and waits until the one before it has died: what takes longest is done."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable

VARIABLE = "HALLOM_STANDBY_FD"
GO = b"go\n"


def is_our_turn(prepare: Callable[[], None] | None) -> bool:
    """At once for a process that is no substitute. False: the supervisor is gone, or has no need of us any more."""
    descriptor = os.environ.pop(VARIABLE, "")
    if not descriptor:
        return True
    if prepare is not None:
        prepare()
    # What is loaded stays: no collection needs to look at it again.
    gc.collect()
    gc.freeze()
    with open(int(descriptor), "rb", buffering=0) as supervisor:
        return supervisor.read(len(GO)) == GO
