from hallom.sip.transition import Named


class State(Named):
    TRYING = "trying"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    TERMINATED = "terminated"


class Event(Named):
    PROVISIONAL = "1xx"
    FINAL = "200-699"
    TIMER_E = "timer E"
    TIMER_F = "timer F"
    TIMER_K = "timer K"
    TRANSPORT_ERROR = "transport error"


# RFC 3261 17.1.2.
TRANSITIONS = {
    State.TRYING: {
        Event.PROVISIONAL: State.PROCEEDING,
        Event.FINAL: State.COMPLETED,
        Event.TIMER_E: State.TRYING,
        Event.TIMER_F: State.TERMINATED,
        Event.TRANSPORT_ERROR: State.TERMINATED,
    },
    State.PROCEEDING: {
        Event.PROVISIONAL: State.PROCEEDING,
        Event.FINAL: State.COMPLETED,
        Event.TIMER_E: State.PROCEEDING,
        Event.TIMER_F: State.TERMINATED,
        Event.TRANSPORT_ERROR: State.TERMINATED,
    },
    State.COMPLETED: {
        Event.PROVISIONAL: State.COMPLETED,
        Event.FINAL: State.COMPLETED,
        Event.TIMER_K: State.TERMINATED,
        Event.TRANSPORT_ERROR: State.TERMINATED,
    },
    State.TERMINATED: {},
}
