"""Stand-ins for supervised processes: real processes that do next to nothing."""

import sys
from pathlib import Path

from hallom.config.processes import Program

SAYS_READY = "import os; os.write(int(os.environ['HALLOM_READY_FD']), b'ready {\"port\": 8123}\\n'); "
SLEEPS = SAYS_READY + "import time; time.sleep(600)"
BEATS = (
    f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r}); import asyncio; from hallom import pulse; pulse.BEAT_SECONDS = 0.05; "
    "pulse.tell_ready(); asyncio.run(pulse.keep_beating())"
)
DIES = "raise SystemExit('no such thing')"


def program(name: str, script: str = SLEEPS, **more: object) -> Program:
    return Program(name, (sys.executable, "-S", "-c", script), **more)  # type: ignore[arg-type]
