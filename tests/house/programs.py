"""Stand-ins for supervised processes: real processes that do next to nothing."""

import sys

from hallom.config.processes import Program

SAYS_READY = "import os; os.write(int(os.environ['HALLOM_READY_FD']), b'ready {\"port\": 8123}\\n'); "
SLEEPS = SAYS_READY + "import time; time.sleep(600)"
DIES = "raise SystemExit('no such thing')"


def program(name: str, script: str = SLEEPS, **more: object) -> Program:
    return Program(name, (sys.executable, "-S", "-c", script), **more)  # type: ignore[arg-type]
