"""What the switch is told. Any of it may come late or twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from hallom.sip.events import SipEvent


class Signal(NamedTuple):
    """`state`: `invite_state` with `InviteReceived`; `dialog_state` with `InviteAnswered`, `ReinviteReceived`, `ReferReceived`."""

    event: SipEvent
    state: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """`SendAnswer` has been carried out; `state` is the `dialog_state` of the new dialog."""

    invite: str
    dialog: str
    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Invited:
    """`SendInvite` has been carried out; `state` is whatever `RestoreInvite` needs (all branches of a fork)."""

    invite: str
    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DialRefused:
    """The toll policy, or that no line is free, keeps a `Dial` in; `code` and `words` as in `toll.Refused`."""

    invite: str
    code: str
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limited:
    """A cap of whoever answers for the call out `invite` is reached at `until`, in seconds of the epoch; None is never."""

    invite: str
    until: float | None


@dataclass(frozen=True, slots=True)
class Referred:
    """`AcceptRefer` has been carried out; `state` is the `dialog_state` of the dialog it came in."""

    refer: str
    dialog: str
    state: Mapping[str, Any]


class MediaReply(NamedTuple):
    worker: str
    reply_to: str
    ok: bool
    result: Mapping[str, Any] = {}
    error: str = ""


@dataclass(frozen=True, slots=True)
class MediaEvent:
    """`name` is leg.up, leg.silent, dtmf, player.done, recorder.failed or quality."""

    worker: str
    name: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a media worker holds: ids, and mix edges as (source, destination)."""

    legs: frozenset[str] = frozenset()
    players: frozenset[str] = frozenset()
    recorders: frozenset[str] = frozenset()
    edges: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class WorkerReady:
    """A media worker answers (again); what it no longer holds is opened anew, what nobody owns is closed."""

    worker: str
    inventory: Inventory


@dataclass(frozen=True, slots=True)
class WorkerLost:
    """The control connection broke: no new call goes there; those it has move if it does not come back."""

    worker: str


@dataclass(frozen=True, slots=True)
class Order:
    id: int
    agent: int
    verb: str
    args: Mapping[str, Any] = field(default_factory=dict)


Message = (
    Signal
    | Answered
    | Invited
    | DialRefused
    | Limited
    | Referred
    | MediaReply
    | MediaEvent
    | WorkerReady
    | WorkerLost
    | Order
)
