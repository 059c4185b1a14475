"""A small file that is replaced in one step: who reads it meanwhile finds what was there before, and that whole."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Its owner's alone. Blocks, but not for the disk: it is for a process that is killed, not for a power cut. Raises OSError.

    Two processes may write at once, as one that stands still and who took over from it: each has a draft of its own.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
        os.replace(draft, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise
