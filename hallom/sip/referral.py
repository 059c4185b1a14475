from enum import Enum


class State(Enum):
    ASKED = "asked"
    ACTIVE = "active"
    TERMINATED = "terminated"


class Event(Enum):
    ACCEPT = "accepted"
    ACCEPT_SILENTLY = "accepted without subscription"
    REFUSE = "refused"
    NO_DECISION = "no decision in time"
    PROGRESS = "progress"
    LAST = "final progress"
    REFRESH = "SUBSCRIBE"
    UNSUBSCRIBE = "SUBSCRIBE with Expires 0"
    EXPIRE = "expired"
    PEER_GONE = "NOTIFY failed"


# RFC 3515 2.4 with RFC 4488.
TRANSITIONS = {
    State.ASKED: {
        Event.ACCEPT: State.ACTIVE,
        Event.ACCEPT_SILENTLY: State.TERMINATED,
        Event.REFUSE: State.TERMINATED,
        Event.NO_DECISION: State.TERMINATED,
    },
    State.ACTIVE: {
        Event.PROGRESS: State.ACTIVE,
        Event.REFRESH: State.ACTIVE,
        Event.LAST: State.TERMINATED,
        Event.UNSUBSCRIBE: State.TERMINATED,
        Event.EXPIRE: State.TERMINATED,
        Event.PEER_GONE: State.TERMINATED,
    },
    State.TERMINATED: {},
}
