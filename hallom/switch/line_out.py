"""A trunk that calls go out over, as values."""

from dataclasses import dataclass, field

from hallom.sip.credentials import Credentials
from hallom.sip.flow import Flow
from hallom.sip.target import Target


@dataclass(frozen=True, slots=True)
class LineOut:
    """A trunk that calls go out over. `calls_most` None is no limit; `flow` None: where `uri` points."""

    name: str
    host: str
    uri: str
    flow: Flow | None = None
    credentials: Credentials | None = field(default=None, repr=False)
    calls_most: int | None = None
    is_probed: bool = True
    registers: bool = False

    def target(self, number: str) -> Target:
        return Target(self.uri.replace("sip:", f"sip:{number}@", 1), self.flow, credentials=self.credentials)
