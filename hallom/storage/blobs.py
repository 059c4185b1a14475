"""Bytes into the store and out of it: `files/ab/cdef…`, written once, never changed."""

from __future__ import annotations

import hashlib
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from hallom.storage.models import Blob


def keep(data: bytes, *, now: datetime) -> Blob:
    """The bytes are on the disk when this returns; the row is there when the caller's transaction commits."""
    digest = hashlib.sha256(data).hexdigest()
    path = _path(digest)
    if not path.exists():
        _write(path, data)
    # Whoever keeps the same bytes at the same time is waited for, and no transaction is lost over it.
    Blob.objects.bulk_create([Blob(digest=digest, size=len(data), stored_at=now)], ignore_conflicts=True)
    return Blob.objects.get(digest=digest)


def path_of(blob: Blob) -> Path:
    return _path(blob.digest)


def read(blob: Blob) -> bytes:
    """The bytes; raises FileNotFoundError if somebody has taken the file away."""
    return path_of(blob).read_bytes()


def opened(blob: Blob) -> BinaryIO:
    return path_of(blob).open("rb")


def _path(digest: str) -> Path:
    return Path(settings.HALLOM_DATA) / "files" / digest[:2] / digest[2:]


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(draft, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # The name of a new file is safe against a power cut only once its folder is.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
