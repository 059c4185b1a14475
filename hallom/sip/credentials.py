import base64
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from hallom.sip.accounts import Secret
from hallom.sip.digest import ha1

USERNAME = re.compile(r"([0-9]{1,18}):([0-9]{1,12}):([0-9]{1,10})\Z")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What we show to a trunk that challenges us."""

    username: str
    password: str = field(repr=False)


def issue(phone_key: bytes, agent: int, expires_at: float, *, epoch: int = 0) -> Credentials:
    """Short-lived credentials of an agent's browser phone: no table, only the key can make or check them."""
    username = f"{agent}:{int(expires_at)}:{epoch}"
    return Credentials(username, _password(phone_key, username))


def secret_of(
    phone_key: bytes, username: str, realm: str, now: float, *, epochs: Mapping[int, int]
) -> Secret | None:
    """The secret behind a browser phone's username, None when it is none, has expired or was revoked.

    `epochs` names the agents who may sign in, each with the epoch that credentials must have been made in.
    """
    match = USERNAME.match(username)
    if match is None or int(match[2]) <= now or epochs.get(int(match[1])) != int(match[3]):
        return None
    return secret_from(
        username, _password(phone_key, username), realm, aor=f"agent-{match[1]}", valid_until=float(match[2])
    )


def secret_from(username: str, password: str, realm: str, *, aor: str, valid_until: float) -> Secret:
    """A secret from a password in clear, as for a desk phone."""
    return Secret(
        ha1("MD5", username, realm, password), ha1("SHA-256", username, realm, password), aor, valid_until
    )


def _password(phone_key: bytes, username: str) -> str:
    made = hmac.digest(phone_key, username.encode(), "sha256")
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()
