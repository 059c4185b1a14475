"""Who is registered where, kept in a file so that phones need not register again when the switch restarts."""

import asyncio
import contextlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import structlog

from hallom.sip.binding import Binding
from hallom.sip.flow import Flow

logger = structlog.get_logger(__name__)

SAVE_SECONDS = 0.25


@dataclass(slots=True)
class BindingStore:
    """Many registrations in a short time make one write; the file is replaced in one step."""

    path: Path
    known: dict[tuple[str, str, str], Binding] = field(default_factory=dict)
    _save: asyncio.TimerHandle | None = None
    _saving: asyncio.Task[None] | None = None

    def changed(self, binding: Binding, *, removed: bool) -> None:
        key = (binding.aor, binding.instance, binding.contact)
        if removed:
            self.known.pop(key, None)
        else:
            self.known[key] = binding
        if self._save is None:
            self._save = asyncio.get_running_loop().call_later(SAVE_SECONDS, self._start_saving)

    def load(self, now: float) -> list[Binding]:
        """Blocks. An unreadable file is as good as none: phones register again by themselves."""
        try:
            rows = json.loads(self.path.read_text())
            bindings = [_binding(row) for row in rows]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            logger.warning("bindings.unreadable", error=type(error).__name__)
            return []
        current = [binding for binding in bindings if binding.expires_at > now]
        self.known = {(one.aor, one.instance, one.contact): one for one in current}
        return current

    def write(self) -> None:
        """Blocks until the file is on the disk."""
        draft = self.path.with_suffix(".draft")
        draft.parent.mkdir(parents=True, exist_ok=True)
        with open(draft, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            os.fchmod(file.fileno(), 0o600)
            json.dump([asdict(binding) for binding in list(self.known.values())], file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)

    def _start_saving(self) -> None:
        self._save = None
        self._saving = asyncio.create_task(self._save_now())

    async def _save_now(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            try:
                await asyncio.to_thread(self.write)
            except OSError as error:
                logger.error("bindings.not_saved", errno=error.errno)


def _binding(row: dict[str, Any]) -> Binding:
    path = row.get("path")
    if isinstance(path, list):
        row = {**row, "path": tuple(path)}
    return Binding(**{**row, "flow": Flow(**row["flow"])})
