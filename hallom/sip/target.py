from dataclasses import dataclass

from hallom.sip.credentials import Credentials
from hallom.sip.flow import Flow


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call goes: a URI, and the flow of the phone's binding or None for where the URI points."""

    uri: str
    flow: Flow | None = None
    route: tuple[str, ...] = ()
    credentials: Credentials | None = None
