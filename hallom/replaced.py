"""A small file that is replaced in one step: who reads it meanwhile finds what was there before, and that whole."""

from __future__ import annotations

import os
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Its owner's alone. Blocks, but not for the disk: it is for a process that is killed, not for a power cut. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    with open(draft, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
    draft.replace(path)
