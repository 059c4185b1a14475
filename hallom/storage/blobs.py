"""Bytes into the store and out of it: `files/ab/cdef…`, written once, never changed."""

from __future__ import annotations

import hashlib
import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import connection, transaction

from hallom.storage.models import Blob

# Logos under mails come a hundred times a day; writing each time that they did would cost more than it tells.
FRESH = timedelta(hours=12)


def keep(data: bytes, *, now: datetime) -> Blob:
    """The bytes are on the disk when this returns; the row is there when the caller's transaction commits."""
    digest = hashlib.sha256(data).hexdigest()
    path = _path(digest)
    if not path.exists():
        _write(path, data)
    # Whoever keeps the same bytes at the same time is waited for, and no transaction is lost over it.
    blob = Blob(digest=digest, size=len(data), stored_at=now)
    return blob if _is_new(blob) else _kept_again(Blob.objects.get(digest=digest), data, now)


def _is_new(blob: Blob) -> bool:
    """Written unless there is one like it; composed by hand, as most mails bring one."""
    values: list[Any] = [blob.digest, blob.size, blob.stored_at, blob.scan]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        told = cursor.fetchone()
    if told is None:
        return False
    (blob.pk,) = told
    blob._state.adding, blob._state.db = False, connection.alias
    return True


_INSERT = """INSERT INTO storage_blob (digest, size, stored_at, scan) VALUES (%s, %s, %s, %s)
    ON CONFLICT DO NOTHING RETURNING id"""


def _kept_again(blob: Blob, data: bytes, now: datetime) -> Blob:
    """Bytes that were there before; whoever is discarding them at this moment is waited for."""
    with transaction.atomic():
        blob = Blob.objects.select_for_update(of=("self",), no_key=True).get(pk=blob.pk)
        path = path_of(blob)
        if not path.exists():
            _write(path, data)
        # What nothing points to is discarded when it is old; whoever keeps it again has a row to write yet.
        if blob.discarded_at is not None or blob.stored_at < now - FRESH:
            blob.discarded_at, blob.stored_at = None, now
            blob.save(update_fields=["discarded_at", "stored_at"])
    return blob


def discard(blob: Blob, *, now: datetime) -> None:
    """The file goes, the row stays. The caller holds the lock of the row and knows that nobody needs the bytes."""
    path_of(blob).unlink(missing_ok=True)
    blob.discarded_at = now
    blob.save(update_fields=["discarded_at"])


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
