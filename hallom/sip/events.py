from dataclasses import dataclass

from hallom.sip.accounts import Peer
from hallom.sip.binding import Binding
from hallom.sip.flow import Flow


@dataclass(frozen=True, slots=True)
class InviteReceived:
    """A new call; `dialog_key` is the id its dialog will have when answered."""

    invite: str
    dialog_key: str
    from_uri: str
    from_name: str
    to_uri: str
    request_uri: str
    peer: Peer
    sdp: str | None
    flow: Flow
    asserted: str | None


@dataclass(frozen=True, slots=True)
class InviteCancelled:
    invite: str
    reason: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    dialog: str
    sdp: str | None


@dataclass(frozen=True, slots=True)
class AckMissing:
    """No ACK came within 32 s of our 2xx: the dialog stands, and should be ended."""

    dialog: str


@dataclass(frozen=True, slots=True)
class ProgressReceived:
    invite: str
    status: int
    reason: str
    sdp: str | None


@dataclass(frozen=True, slots=True)
class InviteAnswered:
    """`sdp` is the answer of the 2xx, or that of an earlier reliable provisional response."""

    invite: str
    dialog: str
    sdp: str | None


@dataclass(frozen=True, slots=True)
class InviteFailed:
    """Status 408 is a timeout, 503 also a transport error, 487 also a 2xx that crossed our CANCEL."""

    invite: str
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class DialogEnded:
    """Comes exactly once for every dialog, also after our own BYE."""

    dialog: str
    by_peer: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ReinviteReceived:
    """A re-INVITE, or an UPDATE with an offer."""

    dialog: str
    transaction: str
    sdp: str | None


@dataclass(frozen=True, slots=True)
class ReinviteAnswered:
    dialog: str
    sdp: str | None


@dataclass(frozen=True, slots=True)
class ReinviteFailed:
    dialog: str
    status: int


@dataclass(frozen=True, slots=True)
class InfoReceived:
    dialog: str
    content_type: str
    body: str


@dataclass(frozen=True, slots=True)
class BindingChanged:
    binding: Binding
    removed: bool


@dataclass(frozen=True, slots=True)
class TrunkChanged:
    trunk: str
    registered: bool
    status: int


SipEvent = (
    InviteReceived
    | InviteCancelled
    | Acknowledged
    | AckMissing
    | ProgressReceived
    | InviteAnswered
    | InviteFailed
    | DialogEnded
    | ReinviteReceived
    | ReinviteAnswered
    | ReinviteFailed
    | InfoReceived
    | BindingChanged
    | TrunkChanged
)
