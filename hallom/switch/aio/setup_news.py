"""How far the switch follows the set-up, for whoever has changed it: a small file that `hallom status` reads too."""

import json
import time
from pathlib import Path

import structlog

from hallom import replaced

logger = structlog.get_logger(__name__)

FILE = "setup.json"


def write(folder: Path, as_of: float) -> None:
    """All that was committed before `as_of`, by the database's clock, is in force. Blocks."""
    try:
        replaced.write(folder / FILE, json.dumps({"as_of": as_of, "loaded_at": time.time()}).encode())
    except OSError as error:
        # On a full disk the calls go on; only nobody is told.
        logger.warning("setup.news_not_written", error=type(error).__name__, errno=error.errno)
