from enum import Enum


class State(Enum):
    ASKED = "asked"
    ACTIVE = "active"
    FETCHING = "fetching"
    TERMINATED = "terminated"


class Event(Enum):
    ACCEPT = "accepted"
    ACCEPT_ONCE = "accepted, Expires 0"
    REFUSE = "refused"
    NO_DECISION = "no decision in time"
    NOTIFY = "notified"
    REFRESH = "SUBSCRIBE"
    UNSUBSCRIBE = "SUBSCRIBE with Expires 0"
    EXPIRE = "expired"
    PEER_GONE = "NOTIFY failed"
    END = "ended by us"


# RFC 6665 4.2, the notifier's side.
TRANSITIONS = {
    State.ASKED: {
        Event.ACCEPT: State.ACTIVE,
        Event.ACCEPT_ONCE: State.FETCHING,
        Event.REFUSE: State.TERMINATED,
        Event.NO_DECISION: State.TERMINATED,
    },
    State.ACTIVE: {
        Event.NOTIFY: State.ACTIVE,
        Event.REFRESH: State.ACTIVE,
        Event.UNSUBSCRIBE: State.TERMINATED,
        Event.EXPIRE: State.TERMINATED,
        Event.PEER_GONE: State.TERMINATED,
        Event.END: State.TERMINATED,
    },
    State.FETCHING: {
        Event.NOTIFY: State.TERMINATED,
        Event.EXPIRE: State.TERMINATED,
        Event.END: State.TERMINATED,
    },
    State.TERMINATED: {},
}
