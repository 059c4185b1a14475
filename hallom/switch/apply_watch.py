"""What entries about supervisors change: who listens to whom, how, and since when."""

from dataclasses import replace

from hallom.switch import apply_leg
from hallom.switch.apply_talk import stop_recording, talk_again
from hallom.switch.call import Call, Watch
from hallom.switch.journal import JournalEntry
from hallom.switch.leg import Leg
from hallom.switch.state import State


def started(state: State, call: Call, entry: JournalEntry) -> None:
    data = entry.data
    apply_leg.add(
        state,
        call,
        Leg(data["leg"], data["agent"], data["kind"], data["worker"], contacts=tuple(data["contacts"])),
    )
    call.watch = Watch(data["agent"], data["of"], data["mode"], data["leg"])
    state.set_due(call, "watch", data["until"])


def joined(state: State, call: Call, entry: JournalEntry) -> None:
    call.due.pop("watch", None)
    if call.watch is not None:
        told = tuple((player, leg) for player, leg in entry.data.get("told", ()))
        call.players_made += len(told)
        files = tuple(entry.data.get("files", ()))
        call.watch = replace(call.watch, joined_at=entry.at, told=told, tone=files)


def changed(state: State, call: Call, entry: JournalEntry) -> None:
    if call.watch is not None:
        call.watch = replace(call.watch, mode=entry.data["mode"])


def ended(state: State, call: Call, entry: JournalEntry) -> None:
    call.due.pop("watch", None)
    call.watch = None


def taken_over(state: State, call: Call, entry: JournalEntry) -> None:
    call.agent, call.agent_leg = entry.data["agent"], entry.data["leg"]
    if call.watch is not None and call.watch.leg == call.agent_leg:
        # Else the agent has only moved to another telephone of his, and whoever listens goes on listening.
        call.watch = None
    call.held_by_phone = False
    call.due.pop("hold", None)
    stop_recording(call, entry.at)
    if call.talking_since is None:
        talk_again(call, entry.at)
