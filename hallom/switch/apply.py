"""Entries become state, here and nowhere else; the same entries in the same order give the same state."""

from collections.abc import Callable

from hallom.acd.agent import AgentState
from hallom.acd.offer import Offer
from hallom.acd.router import RESPITE_SECONDS
from hallom.acd.waiting import RETURNED_PRIORITY
from hallom.switch import apply_consult, apply_leg, apply_placing, apply_refer, apply_transfer, apply_watch
from hallom.switch.apply_talk import play, stop_recording, stop_talking, talk_again
from hallom.switch.call import MOVERS, TRANSITIONS, Call, Player, Recording, Ringing
from hallom.switch.desk import Desk
from hallom.switch.journal import JournalEntry
from hallom.switch.leg import Leg
from hallom.switch.state import LINGER_SECONDS, IllegalTransition, Lingering, State

_OUTCOMES = {
    "offer.accepted": "accepted",
    "offer.rejected": "rejected",
    "offer.expired": "expired",
    "offer.withdrawn": "withdrawn",
    "dial.answered": "accepted",
    "dial.ended": "ended",
}

# What a call may wait for something that normally takes milliseconds.
OPENING_SECONDS = 5.0
ENDING_SECONDS = 3.0


def apply(state: State, entry: JournalEntry) -> None:
    """Raises IllegalTransition for an entry that cannot follow those before it."""
    kind = entry.kind
    if kind in _BEGINNINGS:
        _BEGINNINGS[kind](state, entry)
        return
    call = state.calls.get(entry.call or "")
    if call is None:
        # Told after the call was over (a late answer), or of a call that never began.
        return
    if kind in MOVERS:
        _move(call, kind)
    step = _STEPS.get(kind)
    if step is not None:
        step(state, call, entry)


def _move(call: Call, kind: str) -> None:
    try:
        call.state = TRANSITIONS[call.state][kind]
    except KeyError:
        raise IllegalTransition(f"{kind} while {call.state}") from None


def _arrived(state: State, entry: JournalEntry) -> None:
    data = entry.data
    call = Call(
        id=entry.call or "",
        number=data["number"],
        dialled=data["dialled"],
        caller=data["caller"],
        name=data["name"],
        language=data["language"],
        queue=data["queue"],
        record=data["record"],
        priority=data["priority"],
        worker=data["worker"],
        arrived_at=entry.at,
        line=data["dialled"],
        legs_made=1,
    )
    leg = Leg(data["leg"], None, data["kind"], data["worker"], sdp=data["sdp"] or "", invite=data["invite"])
    leg.transaction = data["transaction"]
    call.legs[leg.id] = leg
    state.calls[call.id] = call
    state.transactions[leg.transaction] = leg.id
    state.add_load(call.worker, 1)
    state.set_due(call, "open", entry.at + OPENING_SECONDS)


def _answered(state: State, call: Call, entry: JournalEntry) -> None:
    apply_leg.answered(state, call, entry)
    call.due.pop("answer", None)


def _greeting_started(state: State, call: Call, entry: JournalEntry) -> None:
    data = entry.data
    call.step = data["step"]
    call.is_closed = call.is_closed or data["closed"]
    play(call, entry, data["prompts"], purpose="greeting")
    state.set_due(call, "greeting", data["until"])


def _greeting_ended(state: State, call: Call, entry: JournalEntry) -> None:
    call.player = None
    call.due.pop("greeting", None)


def _queue_entered(state: State, call: Call, entry: JournalEntry) -> None:
    data = entry.data
    call.queue, call.step = data["queue"], data["step"]
    call.waiting_since = data["entered_at"]
    if not data.get("takes_place"):
        _line_up(state, call, entry)
    call.agent = call.agent_leg = None
    call.keeps_off_record = False
    call.due.pop("lost", None)
    if call.transfer is not None and call.transfer.is_returning:
        apply_transfer.arrived(call)
    stop_recording(call, entry.at)
    play(call, entry, data["files"], purpose="music")
    _next_announcement(state, call, data["announce_at"])


def _line_up(state: State, call: Call, entry: JournalEntry) -> None:
    data = entry.data
    priority = call.priority + (RETURNED_PRIORITY if data["front"] else 0)
    state.router.enter(call.id, call.queue, language=call.language, at=data["entered_at"], priority=priority)


def _next_announcement(state: State, call: Call, at: float | None) -> None:
    if at is not None:
        state.set_due(call, "announce", at)
    else:
        call.due.pop("announce", None)


def _queue_left(state: State, call: Call, entry: JournalEntry) -> None:
    state.router.leave(call.id)
    call.due.pop("announce", None)


def _announced(state: State, call: Call, entry: JournalEntry) -> None:
    play(call, entry, entry.data["prompts"], purpose="announcement")
    _next_announcement(state, call, entry.data["announce_at"])


def _music_started(state: State, call: Call, entry: JournalEntry) -> None:
    play(call, entry, entry.data["files"], purpose="music")


def _offer_made(state: State, call: Call, entry: JournalEntry) -> None:
    data = entry.data
    agent, expires_at = data["agent"], data["expires_at"]
    state.router.lease(Offer(data["offer"], call.id, agent, data["queue"], expires_at))
    for leg, kind in data["legs"].items():
        apply_leg.add(state, call, Leg(leg, agent, kind, call.worker, offer=data["offer"]))
        apply_leg.knocked(state, call.legs[leg], entry)
    purpose = data.get("purpose", "")
    call.offers_made += 1
    call.ringing = Ringing(data["offer"], agent, tuple(data["legs"]), entry.at, expires_at, purpose)
    state.set_due(call, "offer", expires_at)
    apply_transfer.tried(call)


def _offer_ended(state: State, call: Call, entry: JournalEntry) -> None:
    """The legs of an offer that nobody took linger: their telephones may answer all the same."""
    ringing, outcome = call.ringing, _OUTCOMES[entry.kind]
    if ringing is None or ringing.offer != entry.data.get("offer", entry.data.get("dial")):
        return
    rejected = outcome == "rejected"
    state.router.end_lease(ringing.offer, respite_until=entry.at + RESPITE_SECONDS if rejected else None)
    call.ringing = None
    call.due.pop("offer", None)
    reason = "already_answered" if outcome == "accepted" else entry.data["reason"]
    state.forget_lingering(entry.at)
    for leg in (call.legs[one] for one in ringing.legs):
        if leg.has_called:
            continue
        until = entry.at + LINGER_SECONDS
        state.lingering[leg.id] = Lingering(leg.id, ringing.offer, ringing.agent, reason, leg.invite, until)
    is_asked = call.consult is not None and call.consult.queue is not None
    if outcome == "accepted" and ringing.agent is not None and call.placing is None and not is_asked:
        state.router.serve(ringing.agent, call.queue, entry.at)
    apply_transfer.rang_in_vain(call, outcome, reason)
    apply_placing.rang_in_vain(call, outcome, reason)


def _bridged(state: State, call: Call, entry: JournalEntry) -> None:
    state.lingering.pop(entry.data["leg"], None)
    call.agent, call.agent_leg = entry.data["agent"], entry.data["leg"]
    if call.consult is not None:
        apply_consult.taken_from_queue(state, call, call.consult, entry.at)
    apply_transfer.arrived(call)
    talk_again(call, entry.at)


def _recording_started(state: State, call: Call, entry: JournalEntry) -> None:
    data = entry.data
    stop_recording(call, entry.at)
    others = tuple(data.get("others", ()))
    call.recording = Recording(
        data["recorder"], data["path"], data["left"], data["right"], entry.at, others=others
    )
    call.recorders_made += 1


def _recording_paused(state: State, call: Call, entry: JournalEntry) -> None:
    call.keeps_off_record = True
    if call.recording:
        call.recording.is_paused = True


def _recording_resumed(state: State, call: Call, entry: JournalEntry) -> None:
    call.keeps_off_record = False
    if call.recording:
        call.recording.is_paused = False


def _recording_stopped(state: State, call: Call, entry: JournalEntry) -> None:
    call.stopping.pop(entry.data["recorder"], None)
    if call.recording and call.recording.id == entry.data["recorder"]:
        call.recording = None


def _held(state: State, call: Call, entry: JournalEntry) -> None:
    call.held_by_phone = bool(entry.data.get("by_phone"))
    stop_talking(call, entry.at)
    play(call, entry, entry.data["files"], purpose="music")
    call.reminder = None
    if entry.data.get("recall_at") is not None:
        state.set_due(call, "hold", entry.data["recall_at"])


def _recalled(state: State, call: Call, entry: JournalEntry) -> None:
    call.players_made += 1
    call.due.pop("hold", None)
    files = tuple(entry.data["files"])
    call.reminder = Player(entry.data["player"], files, True, "music") if files else None


def _retrieved(state: State, call: Call, entry: JournalEntry) -> None:
    call.held_by_phone = False
    call.due.pop("hold", None)
    talk_again(call, entry.at)


def _lost(state: State, call: Call, entry: JournalEntry) -> None:
    call.held_by_phone = False
    call.lost_because = entry.data["reason"]
    apply_consult.over(state, call)
    stop_talking(call, entry.at)
    play(call, entry, entry.data["files"], purpose="music")
    state.set_due(call, "lost", entry.data["until"])


def _returned(state: State, call: Call, entry: JournalEntry) -> None:
    stop_talking(call, entry.at)
    call.agent_leg = entry.data["leg"]
    call.lost_because = ""
    call.due.pop("lost", None)
    talk_again(call, entry.at)


def _moved(state: State, call: Call, entry: JournalEntry) -> None:
    call.worker = entry.data["worker"]
    for leg in entry.data["legs"]:
        apply_leg.moved(state, call.legs[leg], call.worker)


def _ending(state: State, call: Call, entry: JournalEntry) -> None:
    stop_talking(call, entry.at)
    stop_recording(call, entry.at)
    call.player = None
    state.router.leave(call.id)
    call.ended_by, call.cause, call.ended_at = entry.data["by"], entry.data["cause"], entry.at
    call.due.clear()
    state.set_due(call, "ending", entry.at + ENDING_SECONDS)


def _ended(state: State, call: Call, entry: JournalEntry) -> None:
    for leg in call.legs.values():
        if leg.dialog is not None:
            state.dialogs.pop(leg.dialog, None)
        state.transactions.pop(leg.transaction, None)
        apply_leg.unload(state, leg)
    state.router.leave(call.id)
    del state.calls[call.id]


def _agent_changed(state: State, entry: JournalEntry) -> None:
    data, agent = entry.data, entry.agent
    if agent is None:
        return
    wished = data["next"]
    if "desk" in data:
        state.set_desk(agent, Desk.of_data(data["desk"]))
    else:
        state.desks.pop(agent, None)
    state.router.set_agent(
        agent,
        AgentState(data["state"]),
        entry.at,
        reason=data["reason"],
        until=data["until"],
        call=data["call"],
        wished=(wished["state"], wished["reason"]) if wished else None,
        idle_since=data["idle_since"],
    )
    if data["until"] is not None:
        state.set_agent_due(agent, data["until"])


# These need no call that is there already.
_BEGINNINGS: dict[str, Callable[[State, JournalEntry], None]] = {
    "agent.changed": _agent_changed,
    "call.arrived": _arrived,
    "call.placed": apply_placing.placed,
}

_STEPS: dict[str, Callable[[State, Call, JournalEntry], None]] = {
    "leg.opened": apply_leg.opened,
    "leg.invited": apply_leg.invited,
    "leg.added": apply_leg.added,
    "leg.called_in": apply_leg.added,
    "leg.answered": apply_leg.answered,
    "leg.changed": apply_leg.changed,
    "leg.renewing": apply_leg.renewing,
    "leg.rung": apply_leg.rung,
    "leg.renewed": apply_leg.renewed,
    "leg.ended": apply_leg.ended,
    "leg.quality": apply_leg.measured,
    "call.answered": _answered,
    "greeting.started": _greeting_started,
    "greeting.ended": _greeting_ended,
    "queue.entered": _queue_entered,
    "queue.left": _queue_left,
    "queue.announced": _announced,
    "music.started": _music_started,
    "offer.made": _offer_made,
    "offer.accepted": _offer_ended,
    "offer.rejected": _offer_ended,
    "offer.expired": _offer_ended,
    "offer.withdrawn": _offer_ended,
    "dial.made": apply_transfer.dialled,
    "dial.progressed": apply_placing.progressed,
    "dial.heard": apply_placing.heard,
    "dial.limited": apply_placing.limited,
    "dial.warned": apply_placing.warned,
    "call.routed": apply_placing.routed,
    "dial.answered": _offer_ended,
    "dial.ended": _offer_ended,
    "transfer.started": apply_transfer.started,
    "refer.asked": apply_refer.asked,
    "refer.accepted": apply_refer.accepted,
    "refer.told": apply_refer.told,
    "watch.started": apply_watch.started,
    "watch.joined": apply_watch.joined,
    "watch.changed": apply_watch.changed,
    "watch.ended": apply_watch.ended,
    "call.taken_over": apply_watch.taken_over,
    "consult.started": apply_consult.started,
    "consult.queued": apply_consult.queued,
    "consult.played": apply_consult.played,
    "consult.answered": apply_consult.answered,
    "consult.swapped": apply_consult.swapped,
    "consult.joined": apply_consult.joined,
    "consult.ended": apply_consult.ended,
    "conference.left": apply_consult.left,
    "call.diverted": apply_transfer.diverted,
    "call.returned": apply_transfer.returned,
    "call.bridged": _bridged,
    "recording.started": _recording_started,
    "recording.paused": _recording_paused,
    "recording.resumed": _recording_resumed,
    "recording.stopped": _recording_stopped,
    "call.held": _held,
    "call.retrieved": _retrieved,
    "hold.recalled": _recalled,
    "call.parked": apply_transfer.parked,
    "agent.lost": _lost,
    "agent.returned": _returned,
    "call.moved": _moved,
    "call.ending": _ending,
    "call.ended": _ended,
}
