"""The keys that sign reply addresses and Message-IDs."""

import secrets
from pathlib import Path

from django.conf import settings

from hallom.storage import key_file

KEY_BYTES = 32


def token_keys() -> tuple[bytes, ...]:
    """One a line in `secret/mail-keys`: the first signs, every one verifies."""
    path = Path(settings.HALLOM_DATA) / "secret" / "mail-keys"
    return tuple(key_file.bytes_of(path, lambda: secrets.token_hex(KEY_BYTES).encode()).split())
