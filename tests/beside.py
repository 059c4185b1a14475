"""A process beside the test that is asked line by line: what it loads once serves many questions."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def start(*arguments: str, environment: Mapping[str, str], errors: Path) -> "subprocess.Popen[str]":
    """Python with these arguments; what it complains of is added to the file `errors`."""
    with errors.open("a") as file:
        return subprocess.Popen(
            [sys.executable, *arguments],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            start_new_session=True,
        )
