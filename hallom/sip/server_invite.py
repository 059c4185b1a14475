from hallom.sip.transition import Named


class State(Named):
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    TERMINATED = "terminated"


class Event(Named):
    REQUEST = "INVITE again"
    PROVISIONAL = "1xx"
    SUCCESS = "2xx"
    FAILURE = "300-699"
    ACK = "ACK"
    TIMER_G = "timer G"
    TIMER_H = "timer H"
    TIMER_I = "timer I"
    TIMER_L = "timer L"
    TRANSPORT_ERROR = "transport error"


# RFC 3261 17.2.1 with RFC 6026 7.1 and 8.3. A transport error ends nothing: the phone may come back over another flow.
TRANSITIONS = {
    State.PROCEEDING: {
        Event.REQUEST: State.PROCEEDING,
        Event.PROVISIONAL: State.PROCEEDING,
        Event.SUCCESS: State.ACCEPTED,
        Event.FAILURE: State.COMPLETED,
        Event.ACK: State.PROCEEDING,
        Event.TRANSPORT_ERROR: State.PROCEEDING,
    },
    State.COMPLETED: {
        Event.REQUEST: State.COMPLETED,
        Event.ACK: State.CONFIRMED,
        Event.TIMER_G: State.COMPLETED,
        Event.TIMER_H: State.TERMINATED,
        Event.TRANSPORT_ERROR: State.TERMINATED,
    },
    State.CONFIRMED: {
        Event.REQUEST: State.CONFIRMED,
        Event.ACK: State.CONFIRMED,
        Event.TIMER_I: State.TERMINATED,
        Event.TRANSPORT_ERROR: State.TERMINATED,
    },
    State.ACCEPTED: {
        Event.REQUEST: State.ACCEPTED,
        Event.SUCCESS: State.ACCEPTED,
        Event.ACK: State.ACCEPTED,
        Event.TIMER_L: State.TERMINATED,
        Event.TRANSPORT_ERROR: State.ACCEPTED,
    },
    State.TERMINATED: {},
}
