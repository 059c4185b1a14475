"""The secrets of second factors are encrypted: a stolen copy of the database opens nobody's account."""

from __future__ import annotations

from allauth.mfa.adapter import DefaultMFAAdapter

from hallom.storage.secret_field import cipher


class EncryptedSecrets(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return cipher().decrypt(encrypted_text.encode()).decode()
