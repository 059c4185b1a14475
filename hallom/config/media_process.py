"""The command `hallom media --worker N`: one media worker with this installation's settings, without Django."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Sequence

from hallom.config import environment, logs
from hallom.media.aio import worker


def main(arguments: Sequence[str]) -> None:
    """Runs until told to stop."""
    parser = argparse.ArgumentParser(prog="hallom media", description=__doc__)
    parser.add_argument("--worker", type=int, required=True, help="its number, from 0")
    number = parser.parse_args(arguments).worker
    settings, data = environment.read(), environment.data_folder()
    logs.configure(data / "log", level=settings["HALLOM_LOG_LEVEL"])
    first, _, last = str(settings["HALLOM_RTP_PORTS"]).partition("-")
    workers = settings["HALLOM_MEDIA_WORKERS"] or min(os.cpu_count() or 1, 8)
    ports = worker.share_of_ports(range(int(first), int(last or first) + 1), number, max(workers, number + 1))
    with contextlib.suppress(PermissionError):
        # Others' work must not be heard: 134 ms of silence were measured at a load of 10.
        os.nice(-10)
    descriptor = os.environ.pop("HALLOM_READY_FD", "")
    worker.main(number, data, settings["HALLOM_MEDIA_HOST"], ports, int(descriptor) if descriptor else None)
