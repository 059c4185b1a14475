from functools import cache
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


class SecretField(models.TextField):
    """Text encrypted in the database: the first line of `secret/field-keys` encrypts, every line decrypts."""

    def get_prep_value(self, value: Any) -> Any:
        if value in (None, ""):
            return value
        return cipher().encrypt(str(value).encode()).decode()

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        if value in (None, ""):
            return value
        return cipher().decrypt(value.encode()).decode()


def cipher() -> MultiFernet:
    return _cipher(Path(settings.HALLOM_DATA) / "secret" / "field-keys")


@cache
def _cipher(path: Path) -> MultiFernet:
    return MultiFernet([Fernet(line) for line in path.read_text().split()])
