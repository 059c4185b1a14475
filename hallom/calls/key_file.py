import secrets
from pathlib import Path

from django.conf import settings

from hallom.storage import key_file

PHONE_KEY_BYTES = 32


def phone_key() -> bytes:
    """What the credentials of browser phones are made and checked with."""
    path = Path(settings.HALLOM_DATA) / "secret" / "phone-key"
    return key_file.bytes_of(path, lambda: secrets.token_bytes(PHONE_KEY_BYTES))
