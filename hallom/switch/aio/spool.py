"""Journal entries kept in a file while PostgreSQL is away, so that not even a crash of the switch loses one."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

# jsonb takes neither a NUL nor half a surrogate pair; both can come in from the wire inside a display name.
NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")

Row = dict[str, Any]
# What the standard library would not take is a mistake of ours here too.
AS_JSON = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def encode(rows: list[Row]) -> str:
    try:
        text = orjson.dumps(rows, option=AS_JSON).decode()
    except TypeError:
        # Half a surrogate pair, or a number of more than 64 bits.
        text = _ENCODER.encode(rows).encode("utf-8", "replace").decode()
    if "\\u0000" in text:
        text = NUL.sub("\\1\N{REPLACEMENT CHARACTER}", text)
    return text


class Spool:
    """One JSON array a line, each line a batch. Its methods block: the loop calls them in a thread."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, batch: str) -> None:
        """Returns when the batch is on the disk."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        created = not self.path.exists()
        # Callers' numbers and names are in it, also when an earlier version made it readable for all.
        with open(self.path, "a", encoding="utf-8", opener=_private) as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(batch + "\n")
            file.flush()
            os.fsync(file.fileno())
        if created:
            _sync_folder(self.path.parent)

    def batches(self) -> Iterator[str]:
        """Whole batches in order; the torn last line of a crash was never acted upon and is left out."""
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.endswith("\n") and _is_batch(line):
                    yield line

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)
        _sync_folder(self.path.parent)


def _is_batch(line: str) -> bool:
    try:
        rows = json.loads(line)
    except json.JSONDecodeError:
        return False
    return isinstance(rows, list) and all(isinstance(row, dict) for row in rows)


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
