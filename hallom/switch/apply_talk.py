"""What several entries change alike: talking begins and ends, recorders stop, players change."""

from hallom.switch.call import Call, Player
from hallom.switch.journal import JournalEntry


def play(call: Call, entry: JournalEntry, files: object, *, purpose: str) -> None:
    """A player of None leaves the caller with what he hears."""
    player = entry.data.get("player")
    if player is not None and isinstance(files, list | tuple):
        call.player = Player(player, tuple(files), purpose == "music", purpose) if files else None
        call.players_made += 1


def talk_again(call: Call, at: float) -> None:
    call.player = None
    call.talking_since = at


def stop_talking(call: Call, at: float) -> None:
    if call.talking_since is not None:
        call.talk_seconds += at - call.talking_since
        call.talking_since = None


def stop_recording(call: Call, at: float) -> None:
    """The file is finished once the recorder has reported."""
    if call.recording:
        call.stopping[call.recording.id] = at - call.recording.started_at
        call.recording = None
