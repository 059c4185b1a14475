"""One call, from its INVITE to its last entry; its moves are the rows of `TRANSITIONS`."""

from dataclasses import dataclass, field
from enum import StrEnum

from hallom.switch.leg import Leg, LegState
from hallom.switch.placing import Direction, Placing
from hallom.switch.referral import Referral


class CallState(StrEnum):
    """ANSWERED is between two steps of the flow; ENDING is over for everybody but the recorder.

    Of a call that an agent makes: PLACING while his own telephone rings, DIALLING while the other side does.
    """

    ARRIVING = "arriving"
    PLACING = "placing"
    DIALLING = "dialling"
    ANSWERED = "answered"
    GREETING = "greeting"
    QUEUED = "queued"
    TALKING = "talking"
    HELD = "held"
    LOST = "lost"
    TRANSFERRING = "transferring"
    CONSULTING = "consulting"
    CONFERENCE = "conference"
    PARKED = "parked"
    ENDING = "ending"
    ENDED = "ended"


# Kinds of entries that move a call; every other kind leaves it where it is.
TRANSITIONS: dict[CallState, dict[str, CallState]] = {
    CallState.ARRIVING: {
        "call.answered": CallState.ANSWERED,
        "call.ending": CallState.ENDING,
    },
    CallState.PLACING: {
        "offer.made": CallState.PLACING,
        "call.answered": CallState.ANSWERED,
        "dial.made": CallState.DIALLING,
        "call.routed": CallState.TRANSFERRING,
        "call.ending": CallState.ENDING,
    },
    CallState.DIALLING: {
        "dial.progressed": CallState.DIALLING,
        "call.answered": CallState.DIALLING,
        "call.bridged": CallState.TALKING,
        "call.ending": CallState.ENDING,
    },
    CallState.ANSWERED: {
        "call.routed": CallState.TRANSFERRING,
        "greeting.started": CallState.GREETING,
        "queue.entered": CallState.QUEUED,
        "call.bridged": CallState.TALKING,
        "call.returned": CallState.TRANSFERRING,
        "call.ending": CallState.ENDING,
    },
    CallState.GREETING: {
        "greeting.ended": CallState.ANSWERED,
        "call.ending": CallState.ENDING,
    },
    CallState.QUEUED: {
        "queue.announced": CallState.QUEUED,
        "music.started": CallState.QUEUED,
        "offer.made": CallState.QUEUED,
        "queue.left": CallState.ANSWERED,
    },
    CallState.TALKING: {
        "call.held": CallState.HELD,
        "consult.started": CallState.CONSULTING,
        "call.parked": CallState.PARKED,
        "transfer.started": CallState.TRANSFERRING,
        "agent.lost": CallState.LOST,
        "agent.returned": CallState.TALKING,
        "call.taken_over": CallState.TALKING,
        "call.ending": CallState.ENDING,
    },
    CallState.HELD: {
        "hold.recalled": CallState.HELD,
        "call.taken_over": CallState.TALKING,
        "call.retrieved": CallState.TALKING,
        "consult.started": CallState.CONSULTING,
        "call.parked": CallState.PARKED,
        "transfer.started": CallState.TRANSFERRING,
        "agent.lost": CallState.LOST,
        "call.ending": CallState.ENDING,
    },
    CallState.LOST: {
        "leg.added": CallState.LOST,
        "agent.returned": CallState.TALKING,
        "queue.entered": CallState.QUEUED,
        "call.ending": CallState.ENDING,
    },
    CallState.TRANSFERRING: {
        "offer.made": CallState.TRANSFERRING,
        "dial.made": CallState.TRANSFERRING,
        "dial.progressed": CallState.TRANSFERRING,
        "call.returned": CallState.TRANSFERRING,
        "greeting.started": CallState.GREETING,
        "queue.entered": CallState.QUEUED,
        "call.bridged": CallState.TALKING,
        "call.ending": CallState.ENDING,
    },
    CallState.CONSULTING: {
        "offer.made": CallState.CONSULTING,
        "dial.made": CallState.CONSULTING,
        "dial.progressed": CallState.CONSULTING,
        "consult.queued": CallState.CONSULTING,
        "consult.played": CallState.CONSULTING,
        "consult.answered": CallState.CONSULTING,
        "consult.swapped": CallState.CONSULTING,
        "consult.joined": CallState.CONFERENCE,
        "consult.ended": CallState.TALKING,
        "call.bridged": CallState.TALKING,
        "transfer.started": CallState.TRANSFERRING,
        "agent.lost": CallState.LOST,
        "call.ending": CallState.ENDING,
    },
    CallState.CONFERENCE: {
        "conference.left": CallState.TALKING,
        "call.ending": CallState.ENDING,
    },
    CallState.PARKED: {
        "offer.made": CallState.PARKED,
        "call.bridged": CallState.TALKING,
        "call.returned": CallState.TRANSFERRING,
        "call.ending": CallState.ENDING,
    },
    CallState.ENDING: {
        "call.ended": CallState.ENDED,
    },
    CallState.ENDED: {},
}

MOVERS = frozenset(kind for row in TRANSITIONS.values() for kind in row)

WITH_AGENT = frozenset({
    CallState.DIALLING, CallState.TALKING, CallState.HELD, CallState.LOST, CallState.CONSULTING, CallState.CONFERENCE,
})  # fmt: skip
OVER = frozenset({CallState.ENDING, CallState.ENDED})


@dataclass(frozen=True, slots=True)
class Player:
    """`purpose`: greeting, announcement, or music."""

    id: str
    files: tuple[str, ...]
    loop: bool
    purpose: str


@dataclass(slots=True)
class Recording:
    id: str
    path: str
    left: str
    right: str
    started_at: float
    is_paused: bool = False
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ringing:
    """The offer that is out for a call, and the legs that ring for it.

    `agent` None is somebody outside, for whom `by` answers; `purpose` is empty for a caller out of a queue.
    """

    offer: str
    agent: int | None
    legs: tuple[str, ...]
    made_at: float
    expires_at: float
    purpose: str = ""
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """`by` sent the caller to `to`; `is_tried` once somebody rang, `reason` why he did not take the call, `via` where it was diverted to."""

    by: int
    to: str
    started_at: float
    is_returning: bool = False
    is_tried: bool = False
    reason: str = ""
    via: tuple[str, ...] = ()

    @property
    def way(self) -> tuple[str, ...]:
        return (self.to, *self.via)


@dataclass(frozen=True, slots=True)
class Consult:
    """`by` asks whoever is at `to`; `leg` once that one has answered. `tone` is for whoever is not faced.

    `own_leg`: `by` asks by a second call of his telephone, while its first holds the customer. `queue` is where he
    waits, or was answered, in the customer's stead; before that he may hear its announcement, `step` of the flow.
    """

    by: int
    to: str
    started_at: float
    agent: int | None = None
    leg: str | None = None
    is_facing_customer: bool = False
    tone: Player | None = None
    is_tried: bool = False
    reason: str = ""
    via: tuple[str, ...] = ()
    own_leg: str | None = None
    queue: int | None = None
    step: str = ""

    @property
    def way(self) -> tuple[str, ...]:
        return (self.to, *self.via)

    @property
    def is_let_in(self) -> bool:
        """Nobody needs to ring for him: he hears an announcement, or waits in a queue."""
        return self.leg is None and (self.queue is not None or bool(self.step))


@dataclass(frozen=True, slots=True)
class Parking:
    by: int
    place: int
    since: float


class WatchMode(StrEnum):
    """LISTEN hears all, WHISPER is heard by the agent alone, BARGE by everybody; TAKE_OVER as soon as it is answered."""

    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"
    TAKE_OVER = "take_over"


@dataclass(frozen=True, slots=True)
class Watch:
    """`by` listens to `of`, once his telephone has answered. `told` are players of the `tone` and the legs that hear it."""

    by: int
    of: int
    mode: str
    leg: str
    joined_at: float | None = None
    told: tuple[tuple[str, str], ...] = ()
    tone: tuple[str, ...] = ()

    @property
    def is_up(self) -> bool:
        return self.joined_at is not None


@dataclass(slots=True)
class Call:
    """Times in seconds of the epoch. `due` holds the deadlines by name; `stopping` recorders yet to report.

    `line` is the number whose greeting the caller hears: the one he dialled, or one he was sent to. `returns` counts
    the times he came back from where he was sent.
    """

    id: str
    number: int
    dialled: str
    caller: str
    name: str
    language: str
    queue: int
    record: bool
    priority: int
    worker: str
    arrived_at: float
    line: str = ""
    state: CallState = CallState.ARRIVING
    legs: dict[str, Leg] = field(default_factory=dict)
    legs_made: int = 0
    players_made: int = 0
    recorders_made: int = 0
    offers_made: int = 0
    player: Player | None = None
    step: str = ""
    is_closed: bool = False
    waiting_since: float | None = None
    ringing: Ringing | None = None
    agent: int | None = None
    agent_leg: str | None = None
    held_by_phone: bool = False
    recording: Recording | None = None
    keeps_off_record: bool = False
    """The agent has paused recording: what is recorded next in his conversation begins paused (card numbers)."""
    stopping: dict[str, float] = field(default_factory=dict)
    talking_since: float | None = None
    talk_seconds: float = 0.0
    lost_because: str = ""
    transfer: Transfer | None = None
    returns: int = 0
    consult: Consult | None = None
    parking: Parking | None = None
    watch: Watch | None = None
    referral: Referral | None = None
    placing: Placing | None = None
    reminder: Player | None = None
    warning: Player | None = None
    limited: str = ""
    ended_by: str = ""
    cause: str = ""
    ended_at: float | None = None
    due: dict[str, float] = field(default_factory=dict)

    @property
    def customer(self) -> Leg:
        return self.legs[f"{self.id}-1"]

    @property
    def direction(self) -> str:
        return self.placing.direction if self.placing else Direction.INCOMING

    @property
    def placer(self) -> int | None:
        """Whoever of the house is in it without being the customer's agent: he calls a colleague, or just begins to call."""
        placing = self.placing
        if placing is None or placing.is_extra:
            return None
        is_in = (
            placing.transaction
            if self.state is CallState.PLACING
            else placing.direction == Direction.INTERNAL
        )
        return placing.by if is_in else None

    @property
    def agents_leg(self) -> Leg | None:
        """The leg of the agent the customer talks with."""
        return self.legs.get(self.agent_leg) if self.agent_leg else None

    @property
    def agents(self) -> list[int]:
        """Everybody of the house who talks in this call, its own agent first."""
        people = [self.agent, self.consult.agent if self.consult else None]
        people += [self.watch.by] if self.watch and self.watch.is_up else []
        people += [self.placer]
        return [one for one in people if one is not None]

    @property
    def returning(self) -> Leg | None:
        """The leg by which a lost agent is being rung again."""
        for leg in self.legs.values():
            is_new = leg.offer is None and leg.agent is not None and leg.id != self.agent_leg
            is_watching = self.watch is not None and self.watch.leg == leg.id
            if (
                is_new
                and not is_watching
                and not leg.has_called
                and not leg.renewals
                and leg.state in (LegState.NEW, LegState.OPENED)
            ):
                return leg
        return None

    @property
    def has_left(self) -> bool:
        return self.state in OVER

    @property
    def awaits_worker(self) -> bool:
        """Whether a recorder or a leg that was closed has yet to report."""
        return bool(self.stopping) or any(
            leg.state is LegState.ENDED and leg.media is not None and not leg.is_measured
            for leg in self.legs.values()
        )

    def next_leg(self, offset: int = 1) -> str:
        return f"{self.id}-{self.legs_made + offset}"

    def next_player(self, offset: int = 1) -> str:
        return f"{self.id}-p{self.players_made + offset}"

    def next_offer(self) -> str:
        return f"{self.id}-o{self.offers_made + 1}"

    def next_recorder(self) -> str:
        return self.id if self.recorders_made == 0 else f"{self.id}-r{self.recorders_made + 1}"


def call_of(part: str) -> str:
    """The call a leg or a player belongs to; a first recorder is named like its call."""
    return part.partition("-")[0]
