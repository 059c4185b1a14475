"""One leg of a call: a port of a media worker and, behind it, one telephone."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class LegState(StrEnum):
    """NEW waits for its port, OPENED for its telephone; MOVING gets a new port in mid-call.

    Without `media` an OPENED leg gets a new port while its telephone rings on.
    """

    NEW = "new"
    OPENED = "opened"
    UP = "up"
    MOVING = "moving"
    ENDED = "ended"


TRANSITIONS: dict[LegState, dict[str, LegState]] = {
    LegState.NEW: {
        "leg.opened": LegState.OPENED,
        "leg.ended": LegState.ENDED,
        "call.moved": LegState.NEW,
    },
    LegState.OPENED: {
        "leg.opened": LegState.OPENED,
        "leg.invited": LegState.OPENED,
        "leg.rung": LegState.OPENED,
        "call.moved": LegState.OPENED,
        "leg.renewing": LegState.NEW,
        "leg.renewed": LegState.UP,
        "dial.progressed": LegState.OPENED,
        "call.answered": LegState.UP,
        "leg.answered": LegState.UP,
        "leg.ended": LegState.ENDED,
    },
    LegState.UP: {
        "leg.opened": LegState.UP,
        "leg.renewing": LegState.NEW,
        "leg.changed": LegState.UP,
        "call.moved": LegState.MOVING,
        "leg.ended": LegState.ENDED,
    },
    LegState.MOVING: {
        "leg.opened": LegState.UP,
        "leg.changed": LegState.MOVING,
        "call.moved": LegState.MOVING,
        "leg.ended": LegState.ENDED,
    },
    LegState.ENDED: {
        "leg.quality": LegState.ENDED,
    },
}

RTP = "rtp"
WEBRTC = "webrtc"


@dataclass(frozen=True, slots=True)
class Knock:
    """The INVITE by which a telephone asks to be a leg of a call that stands; `invite` restores it after a crash."""

    transaction: str
    kind: str
    sdp: str
    invite: Mapping[str, Any]

    def as_data(self) -> dict[str, Any]:
        return {"transaction": self.transaction, "sdp": self.sdp, "invite": self.invite}


@dataclass(slots=True)
class Leg:
    """`agent` None is the customer, or somebody outside at `number`. `media` is the worker's reply to `leg.open`, `sdp` what the peer sent last, `sdp_version` the
    version of ours. `is_moved`: its telephone knows of a port that is gone. `renewals`: how often it was rung anew.

    Of one outside `is_heard_early` while it sends sound before it has answered.
    `invite` and `dialog_state` restore the SIP side after a crash; `contacts` narrows whom to ring.
    """

    id: str
    agent: int | None
    kind: str
    worker: str
    state: LegState = LegState.NEW
    sdp: str = ""
    sdp_version: int = 1
    media: Mapping[str, Any] | None = None
    transaction: str = ""
    invite: Mapping[str, Any] | None = None
    dialog: str | None = None
    dialog_state: Mapping[str, Any] | None = None
    offer: str | None = None
    contacts: tuple[str, ...] = ()
    cause: str = ""
    is_moved: bool = False
    is_measured: bool = False
    number: str = ""
    is_heard_early: bool = False
    renewals: int = 0

    @property
    def is_customer(self) -> bool:
        """The leg by which the call came in is its first."""
        return self.id.endswith("-1")

    @property
    def has_called(self) -> bool:
        """A telephone of the house that called in by itself: it is answered, not rung."""
        return bool(self.transaction) and not self.is_customer and not self.renewals

    @property
    def invite_name(self) -> str:
        """The id of the INVITE by which it is rung: a new one each time, so that reactions to the last count no more."""
        return f"{self.id}.{self.renewals}" if self.renewals else self.id

    @property
    def is_renewing(self) -> bool:
        """In mid-call its browser is rung anew: a session cannot follow us to another worker."""
        return self.renewals > 0 and self.state in (LegState.NEW, LegState.OPENED)

    @property
    def is_open(self) -> bool:
        """Whether the worker has its port, so that it can be heard or hear."""
        return self.media is not None and self.state is not LegState.ENDED

    @property
    def target(self) -> str:
        """The Contact of the telephone at the other end."""
        return str((self.dialog_state or {}).get("target", ""))
