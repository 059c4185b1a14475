"""What the journal of one call says, as values: the call, its legs, waits, offers and recordings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(slots=True)
class LegRecord:
    id: str
    agent: int | None = None
    worker: str = ""
    opened_at: datetime | None = None
    answered_at: datetime | None = None
    bridged_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    cause: str = ""
    role: str = ""
    number: str = ""
    talk_seconds: float = 0.0
    hold_seconds: float = 0.0
    quality: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class WaitRecord:
    entry: int
    queue: int
    position: int
    entered_at: datetime
    left_at: datetime | None = None
    reason: str = ""


@dataclass(slots=True)
class OfferRecord:
    id: str
    agent: int
    queue: int | None
    leg: str
    made_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None = None
    result: str = "ringing"
    reason: str = ""


@dataclass(slots=True)
class RecordingRecord:
    path: str
    worker: str
    started_at: datetime
    recorder: str = ""
    stopped_at: datetime | None = None
    seconds: float | None = None
    pauses: list[list[float | None]] = field(default_factory=list)

    def end_pause(self, at: datetime) -> None:
        if self.pauses and self.pauses[-1][1] is None:
            self.pauses[-1][1] = at.timestamp()


@dataclass(slots=True)
class TransferRecord:
    """A caller sent on, parked, or kept waiting while somebody else is asked. `to` is a destination."""

    entry: int
    kind: str
    by: int | None
    to: str
    started_at: datetime
    via: list[str] = field(default_factory=list)
    ended_at: datetime | None = None
    result: str = "open"
    reason: str = ""
    taken_by: int | None = None
    times: int = 0

    def end(self, at: datetime, result: str, reason: str = "") -> None:
        self.ended_at, self.result, self.reason = at, result, reason


@dataclass(slots=True)
class WatchRecord:
    """`by` listened to `of`; `modes` are `[mode, epoch seconds]`, in the order they were chosen."""

    leg: str
    by: int
    of: int
    started_at: datetime
    modes: list[list[Any]] = field(default_factory=list)
    joined_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str = ""


@dataclass(slots=True)
class CallRecord:
    """`silent_since` is the start of a hold, or of the agent's browser being away: the caller hears music."""

    id: str
    arrived_at: datetime
    number: int | None = None
    direction: str = "incoming"
    placed_by: int | None = None
    dialled: str = ""
    caller: str = ""
    caller_name: str = ""
    peer: str = ""
    outcome: str = "open"
    answered_at: datetime | None = None
    bridged_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    cause: str = ""
    queue: int | None = None
    agent: int | None = None
    talk_seconds: float = 0.0
    hold_seconds: float = 0.0
    is_closed: bool = False
    is_held: bool = False
    is_lost: bool = False
    talking_since: datetime | None = None
    silent_since: datetime | None = None
    legs: dict[str, LegRecord] = field(default_factory=dict)
    waits: list[WaitRecord] = field(default_factory=list)
    offers: dict[str, OfferRecord] = field(default_factory=dict)
    recordings: dict[str, RecordingRecord] = field(default_factory=dict)
    state: str = "arriving"
    state_since: datetime | None = None
    agent_leg: str = ""
    asked_leg: str = ""
    asked_queue: int | None = None
    is_facing_customer: bool = False
    returns: int = 0
    place: int | None = None
    transfers: list[TransferRecord] = field(default_factory=list)
    watches: list[WatchRecord] = field(default_factory=list)
    phases: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    @property
    def wait_seconds(self) -> float | None:
        left = [wait for wait in self.waits if wait.left_at]
        if not left:
            return None
        return sum((wait.left_at - wait.entered_at).total_seconds() for wait in left if wait.left_at)

    def leg(self, name: str) -> LegRecord:
        return self.legs.setdefault(name, LegRecord(name))

    @property
    def open_wait(self) -> WaitRecord | None:
        return next((wait for wait in reversed(self.waits) if wait.left_at is None), None)

    @property
    def open_recordings(self) -> list[RecordingRecord]:
        """A new file may begin before the recorder of the last one has reported."""
        return [one for one in self.recordings.values() if one.stopped_at is None]

    @property
    def open_transfer(self) -> TransferRecord | None:
        return next((one for one in reversed(self.transfers) if one.ended_at is None), None)

    @property
    def open_watch(self) -> WatchRecord | None:
        return next((one for one in reversed(self.watches) if one.ended_at is None), None)
