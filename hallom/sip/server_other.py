from hallom.sip.transition import Named


class State(Named):
    TRYING = "trying"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    TERMINATED = "terminated"


class Event(Named):
    REQUEST = "request again"
    PROVISIONAL = "1xx"
    FINAL = "200-699"
    TIMER_J = "timer J"
    TRANSPORT_ERROR = "transport error"


# RFC 3261 17.2.2.
TRANSITIONS = {
    State.TRYING: {
        Event.REQUEST: State.TRYING,
        Event.PROVISIONAL: State.PROCEEDING,
        Event.FINAL: State.COMPLETED,
        Event.TRANSPORT_ERROR: State.TERMINATED,
    },
    State.PROCEEDING: {
        Event.REQUEST: State.PROCEEDING,
        Event.PROVISIONAL: State.PROCEEDING,
        Event.FINAL: State.COMPLETED,
        Event.TRANSPORT_ERROR: State.TERMINATED,
    },
    State.COMPLETED: {
        Event.REQUEST: State.COMPLETED,
        Event.TIMER_J: State.TERMINATED,
        Event.TRANSPORT_ERROR: State.TERMINATED,
    },
    State.TERMINATED: {},
}
