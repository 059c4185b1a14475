"""Keys of this installation, kept in files that only the owner reads; made by whoever needs one first."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet
from django.conf import settings

PHONE_KEY_BYTES = 32


def phone_key() -> bytes:
    """What the credentials of browser phones are made and checked with."""
    return _read("phone-key", lambda: secrets.token_bytes(PHONE_KEY_BYTES))


def field_keys() -> list[bytes]:
    """Fernet keys, one a line: the first encrypts, every one decrypts."""
    return _read("field-keys", Fernet.generate_key).split()


def _read(name: str, make: Callable[[], bytes]) -> bytes:
    path = Path(settings.HALLOM_DATA) / "secret" / name
    if not path.exists():
        _make(path, make())
    return path.read_bytes()


def _make(path: Path, key: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Several processes may start at once: the first to link the file wins, the others read it.
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with open(draft, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(key)
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
