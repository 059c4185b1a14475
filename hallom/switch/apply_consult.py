"""What entries about consultations change: who faces whom, who is in on it, who has left."""

from dataclasses import replace

from hallom.switch.apply_talk import play, stop_recording, stop_talking, talk_again
from hallom.switch.call import Call, Consult, Player, Transfer
from hallom.switch.journal import JournalEntry
from hallom.switch.state import State


def started(state: State, call: Call, entry: JournalEntry) -> None:
    data = entry.data
    call.held_by_phone = False
    _turn_away(call, entry)
    tone = _player(call, data["tone"], data["tones"])
    call.consult = Consult(data["by"], data["to"], entry.at, tone=tone, own_leg=data.get("own_leg"))


def _turn_away(call: Call, entry: JournalEntry) -> None:
    """What is said in the meantime is none of the customer's business, nor of his recording."""
    stop_talking(call, entry.at)
    stop_recording(call, entry.at)
    play(call, entry, entry.data["files"], purpose="music")


def _player(call: Call, name: str, files: list[str], *, purpose: str = "music") -> Player | None:
    call.players_made += 1
    return Player(name, tuple(files), purpose == "music", purpose) if files else None


def queued(state: State, call: Call, entry: JournalEntry) -> None:
    """Under the call's own name: a customer whose agent asks waits in no queue himself."""
    data, consult = entry.data, call.consult
    if consult is None:
        return
    tone = _player(call, data["player"], data["files"])
    call.consult = replace(consult, queue=data["queue"], step="", tone=tone)
    at = data["entered_at"]
    state.router.enter(call.id, data["queue"], language=call.language, at=at, priority=call.priority)
    state.set_due(call, "consult", data["until"])


def played(state: State, call: Call, entry: JournalEntry) -> None:
    data, consult = entry.data, call.consult
    if consult is None:
        return
    tone = _player(call, data["player"], data["prompts"], purpose="greeting")
    call.consult = replace(consult, step=data["step"], tone=tone)
    state.set_due(call, "consult", data["until"])


def out_of_line(state: State, call: Call) -> None:
    """Whoever was asked has answered, or is asked no more."""
    state.router.leave(call.id)
    call.due.pop("consult", None)


def answered(state: State, call: Call, entry: JournalEntry) -> None:
    state.lingering.pop(entry.data["leg"], None)
    if call.consult is not None:
        out_of_line(state, call)
        call.consult = replace(call.consult, agent=entry.data["agent"], leg=entry.data["leg"], tone=None)


def swapped(state: State, call: Call, entry: JournalEntry) -> None:
    """Whoever is not faced hears the music."""
    data, consult = entry.data, call.consult
    if consult is None:
        return
    if data["is_facing_customer"]:
        talk_again(call, entry.at)
        tone = _player(call, data["player"], data["files"])
        call.consult = replace(consult, is_facing_customer=True, tone=tone)
    else:
        _turn_away(call, entry)
        call.consult = replace(consult, is_facing_customer=False, tone=None)


def joined(state: State, call: Call, entry: JournalEntry) -> None:
    if call.consult is not None:
        call.consult = replace(call.consult, tone=None)
    if call.talking_since is None:
        talk_again(call, entry.at)


def ended(state: State, call: Call, entry: JournalEntry) -> None:
    over(state, call)
    if call.talking_since is None:
        talk_again(call, entry.at)


def over(state: State, call: Call) -> None:
    out_of_line(state, call)
    call.consult = None


def left(state: State, call: Call, entry: JournalEntry) -> None:
    """When it is the agent who leaves, the one he asked in has the customer."""
    consult = call.consult
    if consult is not None and entry.data["leg"] == call.agent_leg:
        taken_from_queue(state, call, consult, entry.at)
        call.agent, call.agent_leg = consult.agent, consult.leg
    call.consult = None


def taken_from_queue(state: State, call: Call, consult: Consult, at: float) -> None:
    """From here on he is served as a caller of the queue that was asked."""
    if consult.queue is not None and consult.agent is not None:
        call.queue = consult.queue
        state.router.serve(consult.agent, consult.queue, at)


def tried(call: Call) -> None:
    if call.consult is not None:
        call.consult = replace(call.consult, is_tried=True)


def rang_in_vain(call: Call, reason: str, *, again: bool) -> None:
    if call.consult is not None and call.consult.leg is None:
        call.consult = replace(call.consult, is_tried=not again, reason=reason)


def handed_over(call: Call, at: float) -> None:
    """The agent has let go while it rings or waits: from here on it is a transfer like any other."""
    consult = call.consult
    if consult is not None:
        is_tried = not consult.is_let_in
        call.transfer = Transfer(
            consult.by, consult.to, consult.started_at, is_tried=is_tried, via=consult.via
        )
        call.consult = None
        call.due.pop("consult", None)
        if call.ringing is not None:
            # Who is rung out of a queue is rung for its next caller, who is now the customer himself.
            purpose = "transfer" if consult.queue is None else ""
            call.ringing = replace(call.ringing, purpose=purpose)
