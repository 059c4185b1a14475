"""Who is registered where, kept in a file so that phones need not register again when the switch restarts."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog

from hallom.sip.binding import Binding
from hallom.sip.flow import Flow
from hallom.switch.aio.kept_file import KeptFile

logger = structlog.get_logger(__name__)


class BindingStore:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.known: dict[tuple[str, str, str], Binding] = {}
        self._file = KeptFile(path, lambda: [asdict(binding) for binding in list(self.known.values())])

    def changed(self, binding: Binding, *, removed: bool) -> None:
        key = (binding.aor, binding.instance, binding.contact)
        if removed:
            self.known.pop(key, None)
        else:
            self.known[key] = binding
        self._file.changed()

    def load(self, now: float) -> list[Binding]:
        """Blocks. An unreadable file is as good as none: phones register again by themselves."""
        try:
            bindings = [_binding(row) for row in self._file.load()]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            logger.warning("bindings.unreadable", error=type(error).__name__)
            return []
        current = [binding for binding in bindings if binding.expires_at > now]
        self.known = {(one.aor, one.instance, one.contact): one for one in current}
        return current

    def write(self) -> None:
        """Blocks until whoever comes after this process finds it."""
        self._file.write()


def _binding(row: dict[str, Any]) -> Binding:
    path = row.get("path")
    if isinstance(path, list):
        row = {**row, "path": tuple(path)}
    return Binding(**{**row, "flow": Flow(**row["flow"])})
