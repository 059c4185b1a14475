"""The journal's entries: the only thing that changes the switch's state, and all that survives a crash."""

from collections.abc import Mapping
from typing import Any, NamedTuple


# A frozen dataclass takes three times as long to make, and a call makes dozens.
class JournalEntry(NamedTuple):
    """`at` is seconds of the epoch; `data` is JSON-able. Its least keys for each kind stand in `KINDS`."""

    kind: str
    at: float
    call: str | None = None
    agent: int | None = None
    data: Mapping[str, Any] = {}


KINDS: dict[str, frozenset[str]] = {
    kind: frozenset(keys.split())
    for kind, keys in {
        "call.arrived": "number dialled caller name peer leg kind worker language queue record priority transaction invite sdp",
        "call.placed": "by to purpose direction customer ticket promise caller_number is_signed_in is_extra leg kind worker queue record language name transaction invite sdp agent_leg",
        "call.routed": "to player files until",
        "call.rejected": "status reason dialled caller",
        "leg.opened": "leg worker media",
        "leg.invited": "leg invite",
        "call.answered": "leg dialog state",
        "greeting.started": "prompts closed player step until",
        "greeting.ended": "",
        "queue.entered": "queue position player files step front entered_at announce_at reason",
        "queue.left": "queue reason",
        "queue.announced": "position player prompts announce_at",
        "music.started": "player files",
        "offer.made": "offer agent leg legs queue expires_at",
        "offer.accepted": "offer agent reason",
        "offer.rejected": "offer agent reason",
        "offer.expired": "offer agent reason",
        "offer.withdrawn": "offer agent reason",
        "leg.added": "leg agent kind worker contacts",
        "leg.answered": "leg dialog state sdp agent",
        "leg.changed": "leg sdp",
        "leg.renewing": "leg worker contacts until",
        "leg.rung": "leg contacts",
        "leg.renewed": "leg dialog state sdp",
        "call.bridged": "agent leg",
        "recording.started": "path worker recorder left right",
        "recording.paused": "",
        "recording.resumed": "",
        "recording.stopped": "recorder seconds",
        "call.held": "agent player files by_phone",
        "call.retrieved": "agent",
        "agent.lost": "leg player files until reason",
        "agent.returned": "leg",
        "transfer.started": "by to player files until",
        "transfer.completed": "by to waited",
        "transfer.refused": "by to number code words",
        "leg.called_in": "leg agent kind worker contacts transaction sdp invite",
        "refer.asked": "leg refer dialog state",
        "refer.accepted": "leg refer state",
        "refer.told": "refer status last",
        "call.parked": "by place player files until",
        "hold.recalled": "agent player files",
        "watch.started": "leg agent of mode kind worker contacts until",
        "watch.joined": "leg of mode",
        "watch.changed": "of mode",
        "watch.ended": "of mode reason seconds",
        "call.taken_over": "from agent leg",
        "agent.forced": "by state reason",
        "consult.started": "by to player files tone tones",
        "consult.queued": "to queue position entered_at player files until",
        "consult.played": "to step player prompts until",
        "consult.answered": "leg agent",
        "consult.swapped": "is_facing_customer player files",
        "consult.joined": "leg",
        "consult.ended": "to reason",
        "conference.left": "leg left agent",
        "call.diverted": "from to occasion until",
        "dial.made": "dial leg number by worker expires_at purpose",
        "dial.progressed": "leg status sdp player files",
        "dial.heard": "leg is_heard",
        "dial.refused": "leg number by purpose code words",
        "dial.limited": "leg until warn_at",
        "dial.warned": "leg player files",
        "keys.sent": "count",
        "trunk.changed": "trunk registered register_status failed_probes probe_status",
        "dial.answered": "dial reason",
        "dial.ended": "dial reason",
        "call.returned": "from to reason waited times player files",
        "call.moved": "worker legs",
        "leg.ended": "leg cause by",
        "leg.quality": "leg quality",
        "call.ending": "by cause",
        "call.ended": "by cause talk_seconds ended_at",
        "promise.made": "id kind owner by call number made_at deadline",
        "promise.ripe": "promise by kind",
        "promise.kept": "promise by reason seconds",
        "promise.refused": "promise by reason seconds",
        "promise.expired": "promise by reason seconds",
        "agent.changed": "state reason until call next idle_since",
    }.items()
}
