"""What entries about legs change."""

from hallom.switch.call import Call
from hallom.switch.journal import JournalEntry
from hallom.switch.leg import TRANSITIONS, Leg, LegState
from hallom.switch.state import IllegalTransition, State

# The answer to the customer goes out as soon as the journal has it; later than this, no ACK will come.
ANSWER_SECONDS = 32.0


def move(leg: Leg, kind: str) -> None:
    """Raises IllegalTransition."""
    try:
        leg.state = TRANSITIONS[leg.state][kind]
    except KeyError:
        raise IllegalTransition(f"{kind} while leg {leg.state}") from None


def add(state: State, call: Call, leg: Leg) -> None:
    call.legs[leg.id] = leg
    call.legs_made += 1
    state.add_load(leg.worker, 1)


def added(state: State, call: Call, entry: JournalEntry) -> None:
    data = entry.data
    leg = Leg(data["leg"], data["agent"], data["kind"], data["worker"], contacts=tuple(data["contacts"]))
    add(state, call, leg)
    knocked(state, leg, entry)


def knocked(state: State, leg: Leg, entry: JournalEntry) -> None:
    """Of a telephone that called in by itself."""
    data = entry.data
    if data.get("transaction"):
        leg.transaction, leg.sdp, leg.invite = data["transaction"], data["sdp"], data["invite"]
        state.transactions[leg.transaction] = leg.id


def opened(state: State, call: Call, entry: JournalEntry) -> None:
    leg = call.legs[entry.data["leg"]]
    move(leg, entry.kind)
    leg.media = entry.data["media"]
    if leg.is_customer and leg.transaction and leg.state is LegState.OPENED:
        call.due.pop("open", None)
        state.set_due(call, "answer", entry.at + ANSWER_SECONDS)


def invited(state: State, call: Call, entry: JournalEntry) -> None:
    leg = call.legs[entry.data["leg"]]
    move(leg, entry.kind)
    leg.invite = entry.data["invite"]
    if leg.number:
        # Another line is tried: what the last one sent says nothing of where this one's sound comes from.
        leg.sdp = ""


def answered(state: State, call: Call, entry: JournalEntry) -> None:
    leg = call.legs[entry.data["leg"]]
    move(leg, entry.kind)
    leg.dialog, leg.dialog_state = entry.data["dialog"], entry.data["state"]
    leg.sdp = entry.data.get("sdp") or leg.sdp
    # The INVITE is over: only the dialog has to be restored from now on.
    leg.invite = None
    state.dialogs[entry.data["dialog"]] = leg.id


def changed(state: State, call: Call, entry: JournalEntry) -> None:
    leg = call.legs[entry.data["leg"]]
    move(leg, entry.kind)
    leg.sdp = entry.data["sdp"] or leg.sdp
    leg.sdp_version += 1
    leg.is_moved = False
    leg.dialog_state = entry.data.get("state") or leg.dialog_state


def moved(state: State, leg: Leg, worker: str) -> None:
    move(leg, "call.moved")
    state.add_load(leg.worker, -1)
    state.add_load(worker, 1)
    leg.worker, leg.media = worker, None
    leg.is_moved = leg.dialog is not None
    leg.sdp_version += 1


def ended(state: State, call: Call, entry: JournalEntry) -> None:
    leg = call.legs[entry.data["leg"]]
    unload(state, leg)
    move(leg, entry.kind)
    leg.cause = entry.data["cause"]


def unload(state: State, leg: Leg) -> None:
    if leg.state is not LegState.ENDED:
        state.add_load(leg.worker, -1)


def measured(state: State, call: Call, entry: JournalEntry) -> None:
    leg = call.legs[entry.data["leg"]]
    move(leg, entry.kind)
    leg.is_measured = True
