"""A file of rows that change often: many changes in a short time make one write, and it is replaced in one step.

It is for a process that is killed, so nobody waits for the disk: after a power cut telephones say it all again.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from hallom import replaced

logger = structlog.get_logger(__name__)

SAVE_SECONDS = 0.25


class KeptFile:
    """`rows` gives what is to be written, JSON-able; it is asked in another thread than the loop's."""

    def __init__(self, path: Path, rows: Callable[[], list[Any]]) -> None:
        self.path = path
        self._rows = rows
        self._save: asyncio.TimerHandle | None = None
        self._saving: asyncio.Task[None] | None = None
        self._next_at = 0.0

    def changed(self) -> None:
        if self._save is None:
            loop = asyncio.get_running_loop()
            self._save = loop.call_at(max(self._next_at, loop.time()), self._start_saving)

    def load(self) -> list[Any]:
        """Blocks. An unreadable file is as good as none: telephones say it all again by themselves."""
        try:
            rows = json.loads(self.path.read_text())
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            logger.warning("kept_file.unreadable", file=self.path.name, error=type(error).__name__)
            return []
        return rows if isinstance(rows, list) else []

    def write(self) -> None:
        """Blocks until whoever comes after this process finds it."""
        replaced.write(self.path, json.dumps(self._rows()).encode())

    def _start_saving(self) -> None:
        self._save = None
        self._next_at = asyncio.get_running_loop().time() + SAVE_SECONDS
        if self._saving is not None and not self._saving.done():
            # A slow disk: two writers of one draft would mix their rows.
            self.changed()
            return
        self._saving = asyncio.create_task(self._save_now())

    async def _save_now(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            try:
                await asyncio.to_thread(self.write)
            except OSError as error:
                logger.error("kept_file.not_saved", file=self.path.name, errno=error.errno)
