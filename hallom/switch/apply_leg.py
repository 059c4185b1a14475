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
    leg.is_moved = leg.dialog is not None or _is_rung(leg)
    if leg.number and leg.dialog is None:
        # What it plays before it answers goes to the port that is gone.
        leg.sdp, leg.is_heard_early = "", False
    _give_to(state, leg, worker)
    leg.sdp_version += 1


def _is_rung(leg: Leg) -> bool:
    """Its telephone rings, or calls and hears it ring: either was told a port."""
    return leg.state is LegState.OPENED and not (leg.is_customer and leg.offer is None)


def _give_to(state: State, leg: Leg, worker: str) -> None:
    state.add_load(leg.worker, -1)
    state.add_load(worker, 1)
    leg.worker, leg.media = worker, None


def renewing(state: State, call: Call, entry: JournalEntry) -> None:
    """Nothing is left of the session its browser had; `until` None: as long as the offer for which it rings."""
    leg = call.legs[entry.data["leg"]]
    move(leg, entry.kind)
    state.dialogs.pop(leg.dialog or "", None)
    _give_to(state, leg, entry.data["worker"])
    leg.dialog = leg.dialog_state = None
    leg.sdp, leg.is_moved = "", False
    _ring(leg, entry)
    if entry.data["until"] is not None:
        state.set_due(call, "renewal", entry.data["until"])


def rung(state: State, call: Call, entry: JournalEntry) -> None:
    leg = call.legs[entry.data["leg"]]
    move(leg, entry.kind)
    _ring(leg, entry)


def _ring(leg: Leg, entry: JournalEntry) -> None:
    leg.renewals += 1
    leg.invite = None
    leg.contacts = tuple(entry.data["contacts"])


def renewed(state: State, call: Call, entry: JournalEntry) -> None:
    answered(state, call, entry)
    if not any(leg.is_renewing for leg in call.legs.values()):
        call.due.pop("renewal", None)


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
