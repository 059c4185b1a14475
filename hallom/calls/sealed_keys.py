"""Keys that somebody has pressed, on their way to the switch: an order is a row, and they may be the number of a card."""

import base64
import hashlib
import hmac

# Far longer than an order waits; a row of yesterday says nothing any more, even to who has the key.
GOOD_FOR_SECONDS = 60
# Those that wait for an answer: as long as two telephones may ring, one after the other, and a switch may be away.
KEPT_SECONDS = 180


def seal(key: bytes, digits: str) -> str:
    from cryptography.fernet import Fernet

    return Fernet(_derived(key)).encrypt(digits.encode()).decode("ascii")


def unseal(key: bytes, sealed: str, *, seconds: int = GOOD_FOR_SECONDS) -> str:
    """Empty when nobody of this house has sealed it, or too long ago."""
    # Loaded with the first key that is pressed: the switch starts in the middle of conversations without it.
    from cryptography.fernet import Fernet, InvalidToken

    try:
        return Fernet(_derived(key)).decrypt(sealed.encode(), ttl=seconds).decode()
    except (InvalidToken, ValueError):
        return ""


def _derived(key: bytes) -> bytes:
    return base64.urlsafe_b64encode(hmac.digest(key, b"pressed keys", hashlib.sha256))
