"""What only fills the pauses of others: whoever measures moments beside it has the machine as if to himself."""

import contextlib
import os
from pathlib import Path

import psutil

ASKED = "HALLOM_TEST_GIVES_WAY"
NICE = 10


def give_way() -> None:
    """This process and all that it has started by now, when the run of tests has asked for it; in a session of its own."""
    if not os.environ.get(ASKED):
        return
    this = psutil.Process()
    for one in (this, *this.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            one.nice(NICE)
        # Where Linux shares the processors by session, a process is nice only to those of its own session.
        with contextlib.suppress(OSError):
            Path(f"/proc/{one.pid}/autogroup").write_text(str(NICE))
