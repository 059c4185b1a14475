from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models

from hallom.storage import key_file

if TYPE_CHECKING:
    _TextField = models.TextField[str, str]
else:
    _TextField = models.TextField


class SecretField(_TextField):
    """Text encrypted in the database: the first line of `secret/field-keys` encrypts, every line decrypts."""

    def get_prep_value(self, value: Any) -> Any:
        if value in (None, ""):
            return value
        return cipher().encrypt(str(value).encode()).decode()

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        if value is None or value == "":
            return value
        return cipher().decrypt(value.encode()).decode()


def cipher() -> MultiFernet:
    """Of this installation's field keys; a key added to the file is used at once."""
    path = Path(settings.HALLOM_DATA) / "secret" / "field-keys"
    return _cipher(tuple(key_file.bytes_of(path, Fernet.generate_key).split()))


@lru_cache(maxsize=4)
def _cipher(keys: tuple[bytes, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
