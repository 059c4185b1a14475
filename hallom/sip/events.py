from dataclasses import dataclass

from hallom.sip.accounts import Peer
from hallom.sip.binding import Binding
from hallom.sip.diversion import Diversion
from hallom.sip.flow import Flow
from hallom.sip.replaces import Replaces


@dataclass(frozen=True, slots=True)
class InviteReceived:
    """A new call; `dialog_key` is the id its dialog will have when answered.

    `replaces` is the dialog it is to take over, always one of ours; `diversions` who sent it on, the last one first.
    """

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
    replaces: Replaces | None = None
    diversions: tuple[Diversion, ...] = ()


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
    """`pickup` is what somebody who takes the ringing call over will name it by; None before the phone has a tag."""

    invite: str
    status: int
    reason: str
    sdp: str | None
    pickup: Replaces | None = None


@dataclass(frozen=True, slots=True)
class InviteAnswered:
    """`sdp` is the answer of the 2xx, or that of an earlier reliable provisional response."""

    invite: str
    dialog: str
    sdp: str | None


@dataclass(frozen=True, slots=True)
class InviteFailed:
    """Status 408 is a timeout, 503 also a transport error, 487 also a 2xx that crossed our CANCEL.

    `contacts` are where a 3xx says to call instead, the most wanted first; `diversions` as in `InviteReceived`.
    """

    invite: str
    status: int
    reason: str
    contacts: tuple[str, ...] = ()
    diversions: tuple[Diversion, ...] = ()


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


@dataclass(frozen=True, slots=True)
class ReferReceived:
    """Somebody asks us to call `target_uri`: the peer of `dialog`, or outside any call (`dialog` is "").

    `replaces` is the call to take over there, known or not. The same request gives the same id, also after a restart.
    """

    dialog: str
    refer: str
    target_uri: str
    replaces: Replaces | None
    referred_by: str | None
    peer: Peer | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionReceived:
    """The account `aor` wants to be told of `target`'s state; `expires` 0 wants it once."""

    subscription: str
    event: str
    aor: str
    target: str
    expires: int


@dataclass(frozen=True, slots=True)
class SubscriptionRefreshed:
    """The state is due in full once more."""

    subscription: str


@dataclass(frozen=True, slots=True)
class SubscriptionEnded:
    """Comes exactly once for every accepted subscription: "expired", "unsubscribed", "ended", or the status of a NOTIFY."""

    subscription: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProbeAnswered:
    """A trunk's final answer to OPTIONS, 408 when none came in time, 503 when it could not be sent."""

    name: str
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
    | ReferReceived
    | SubscriptionReceived
    | SubscriptionRefreshed
    | SubscriptionEnded
    | ProbeAnswered
)
