"""Uploaded sounds that no greeting says and no queue plays: of forms that were refused, of what was replaced."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from hallom.calls.models import GreetingText, Queue

log = structlog.get_logger(__name__)

# A call that waits still hears what was replaced meanwhile. Asked each night, so that what was in use the night before
# is no older than that.
KEPT = timedelta(hours=36)


def remove(folder: Path, now: datetime) -> int:
    """How many files were deleted; ``folder`` is that of the sounds."""
    # Read before the names in use are: what is uploaded from here on is too young.
    uploads = list(folder.glob("upload-*.wav"))
    used = {
        *GreetingText.objects.values_list("sound", flat=True),
        *Queue.objects.values_list("music", flat=True),
    }
    removed = 0
    for path in uploads:
        if path.name in used:
            in_use_at(path, now)
        elif path.stat().st_mtime < (now - KEPT).timestamp():
            path.unlink(missing_ok=True)
            removed += 1
    log.info("unused_sounds_removed", sounds=removed)
    return removed


def in_use_at(path: Path, now: datetime) -> None:
    os.utime(path, (now.timestamp(), now.timestamp()))
