from dataclasses import dataclass

from hallom.sip.flow import Flow


@dataclass(frozen=True, slots=True)
class Binding:
    """Where one phone of an AOR is reached, and over which flow (RFC 3261 10, RFC 5626 6)."""

    aor: str
    contact: str
    flow: Flow
    expires_at: float
    instance: str = ""
    path: tuple[str, ...] = ()
    reg_id: int = 0
    call_id: str = ""
    cseq: int = 0
    # Who proved himself with which secret (`Secret.mark`): it goes with them.
    username: str = ""
    mark: str = ""
