"""What the switch wants done; nothing of it happens before the entries taken with it are in the journal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class SendInvite:
    """Ring `contacts` of `aor` under the one id `invite` (a leg's); without contacts, all its bindings of `kind`.

    The first 2xx is the answer, the other branches are cancelled; only when all have failed it has failed.
    `kind` is rtp or webrtc and fits `sdp`. After `Endpoint.invite` the shell hands in `Invited`.
    """

    invite: str
    aor: str
    kind: str
    from_uri: str
    from_name: str
    sdp: str
    headers: Mapping[str, str] = field(default_factory=dict)
    contacts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dial:
    """Call `number` outside by whatever line leads there, under the id `invite`; `agent` (0: nobody) answers for it.

    The shell asks the toll policy and chooses the line: `DialRefused`, or `Invited`, for each line that is tried once more.
    `party_on_trunk`: who is to be connected is outside himself. `caller_number` is what the agent wants to be shown.
    """

    invite: str
    number: str
    agent: int
    call: str
    purpose: str
    sdp: str
    caller_number: str = ""
    party_on_trunk: bool = False
    is_signed_in: bool = True


@dataclass(frozen=True, slots=True)
class SendCancel:
    invite: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SendProgress:
    invite: str
    status: int
    sdp: str | None = None


@dataclass(frozen=True, slots=True)
class SendAnswer:
    """200 OK; the shell hands in `Answered` at once. An INVITE that is gone is passed over in silence."""

    invite: str
    sdp: str


@dataclass(frozen=True, slots=True)
class SendReject:
    invite: str
    status: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SendBye:
    dialog: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SendReinvite:
    dialog: str
    sdp: str


@dataclass(frozen=True, slots=True)
class SendReinviteAnswer:
    transaction: str
    sdp: str


@dataclass(frozen=True, slots=True)
class SendReinviteReject:
    transaction: str
    status: int


@dataclass(frozen=True, slots=True)
class RestoreDialog:
    """`state` is what came with `InviteAnswered`, `Answered` or `ReinviteReceived` before the crash."""

    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RestoreInvite:
    """`state` is what came with `InviteReceived` or `Invited` before the crash."""

    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AcceptRefer:
    """202 to the telephone that asked for a transfer in `dialog`; the shell hands in `Referred` at once."""

    refer: str
    dialog: str


@dataclass(frozen=True, slots=True)
class RefuseRefer:
    refer: str
    status: int


@dataclass(frozen=True, slots=True)
class TellRefer:
    refer: str
    status: int
    is_last: bool


class Media(NamedTuple):
    """A request to a media worker; with `reply_to` its reply comes back as `MediaReply`."""

    worker: str
    do: str
    args: Mapping[str, Any]
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to an order: exactly one for each `Order` handed in."""

    order: int
    ok: bool
    error: str = ""


Effect = (
    SendInvite
    | Dial
    | SendCancel
    | SendProgress
    | SendAnswer
    | SendReject
    | SendBye
    | SendReinvite
    | SendReinviteAnswer
    | SendReinviteReject
    | RestoreDialog
    | RestoreInvite
    | AcceptRefer
    | RefuseRefer
    | TellRefer
    | Media
    | Reply
)
