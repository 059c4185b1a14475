from enum import Enum

from hallom.sip.sdp import Session


class Hold(Enum):
    """How a phone says that it does not want to hear (RFC 3264 8.4, RFC 2543 B.5)."""

    NONE = "none"
    SENDONLY = "sendonly"
    INACTIVE = "inactive"
    NOWHERE = "0.0.0.0"
    REFUSED = "port 0"


def hold_of(session: Session) -> Hold:
    """Whether and how a description puts the other side on hold; sound of its own may come with SENDONLY and NOWHERE."""
    if session.port == 0:
        return Hold.REFUSED
    if session.direction == "inactive":
        return Hold.INACTIVE
    if session.direction == "sendonly":
        return Hold.SENDONLY
    return Hold.NONE if session.receives else Hold.NOWHERE
