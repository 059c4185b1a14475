from hallom.sip.transition import Named


class State(Named):
    CALLING = "calling"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    ACCEPTED = "accepted"
    TERMINATED = "terminated"


class Event(Named):
    PROVISIONAL = "1xx"
    SUCCESS = "2xx"
    FAILURE = "300-699"
    TIMER_A = "timer A"
    TIMER_B = "timer B"
    TIMER_D = "timer D"
    TIMER_M = "timer M"
    ABANDON = "no final response to CANCEL"
    TRANSPORT_ERROR = "transport error"


# RFC 3261 17.1.1 with RFC 6026 7.2 and 8.4.
TRANSITIONS = {
    State.CALLING: {
        Event.PROVISIONAL: State.PROCEEDING,
        Event.SUCCESS: State.ACCEPTED,
        Event.FAILURE: State.COMPLETED,
        Event.TIMER_A: State.CALLING,
        Event.TIMER_B: State.TERMINATED,
        Event.TRANSPORT_ERROR: State.TERMINATED,
    },
    State.PROCEEDING: {
        Event.PROVISIONAL: State.PROCEEDING,
        Event.SUCCESS: State.ACCEPTED,
        Event.FAILURE: State.COMPLETED,
        Event.ABANDON: State.TERMINATED,
        Event.TRANSPORT_ERROR: State.TERMINATED,
    },
    State.COMPLETED: {
        Event.PROVISIONAL: State.COMPLETED,
        Event.SUCCESS: State.COMPLETED,
        Event.FAILURE: State.COMPLETED,
        Event.TIMER_D: State.TERMINATED,
        Event.TRANSPORT_ERROR: State.TERMINATED,
    },
    State.ACCEPTED: {
        Event.PROVISIONAL: State.ACCEPTED,
        Event.SUCCESS: State.ACCEPTED,
        Event.FAILURE: State.ACCEPTED,
        Event.TIMER_M: State.TERMINATED,
        Event.TRANSPORT_ERROR: State.TERMINATED,
    },
    State.TERMINATED: {},
}
