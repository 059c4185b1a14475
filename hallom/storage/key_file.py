"""Secrets of this installation: made at the first start, kept in files that only the owner reads."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path


def text_of(path: Path) -> str:
    """The secret in `path`; 50 random bytes as text when there is none yet."""
    return bytes_of(path, lambda: secrets.token_urlsafe(50).encode()).decode()


def bytes_of(path: Path, make: Callable[[], bytes]) -> bytes:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        # Several processes may start at once: the first to link the file wins, the others read it.
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with open(draft, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(make())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_bytes()
