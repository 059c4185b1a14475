"""Who should hear what, worked out from a call's state; media requests are the difference between two of these.

So a crash, a lost worker and an ordinary step are mended by the same few lines.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import permutations
from typing import Any, NamedTuple

from hallom.switch.call import Call, CallState, Watch, WatchMode
from hallom.switch.description import connection
from hallom.switch.effects import Media
from hallom.switch.leg import Leg, LegState
from hallom.switch.messages import Inventory


class Wire(NamedTuple):
    """A leg's port; `sdp` is what the peer sent, empty while it is not connected.

    Until `is_open` the worker has not told where the port is, and may be asked as often as one likes.
    """

    worker: str
    kind: str
    sdp: str = ""
    is_open: bool = False


class Playing(NamedTuple):
    worker: str
    files: tuple[str, ...]
    loop: bool
    to: str


class Taping(NamedTuple):
    worker: str
    path: str
    left: str
    right: tuple[str, ...]
    is_paused: bool = False


class Sound(NamedTuple):
    wires: Mapping[str, Wire] = {}
    players: Mapping[str, Playing] = {}
    recorders: Mapping[str, Taping] = {}
    edges: frozenset[tuple[str, str, str]] = frozenset()


SILENCE = Sound()


def wanted(call: Call) -> Sound:
    """A worker is asked only for what it can do: legs without a port hear nothing yet."""
    wires = {}
    for leg in call.legs.values():
        if leg.state is not LegState.ENDED:
            is_open = leg.media is not None
            wires[leg.id] = Wire(leg.worker, leg.kind, leg.sdp if is_open else "", is_open)
    if call.has_left or not call.legs or not call.customer.is_open:
        return Sound(wires)
    early = _early(call)
    # Whoever hears the other side's own sound does not hear our ringing.
    players = dict(_players(call, early[1].id if early else ""))
    return Sound(wires, players, _recorders(call), frozenset(_edges(call, early)))


def _players(call: Call, spared: str) -> Iterator[tuple[str, Playing]]:
    player, agent = call.player, call.agents_leg
    hearer = agent if call.state is CallState.DIALLING else call.customer
    if player is not None and hearer is not None and hearer.is_open and hearer.id != spared:
        yield player.id, Playing(call.worker, player.files, player.loop, hearer.id)
    if call.warning is not None and agent is not None and agent.is_open:
        yield call.warning.id, Playing(call.worker, call.warning.files, True, agent.id)
    if call.state is CallState.HELD and call.reminder is not None and agent is not None and agent.is_open:
        yield call.reminder.id, Playing(call.worker, call.reminder.files, True, agent.id)
    if call.watch is not None:
        yield from _announcing(call, call.watch)
    consult = call.consult
    if consult is not None and consult.tone is not None:
        to = call.legs.get((consult.leg or consult.own_leg or call.agent_leg) or "")
        if to is not None and to.is_open and to.id != spared:
            tone = consult.tone
            yield tone.id, Playing(call.worker, tone.files, tone.loop, to.id)


def _early(call: Call) -> tuple[Leg, Leg] | None:
    """Somebody outside who is heard though he has not answered, and the one who hears him."""
    ringing = call.ringing
    if ringing is None or ringing.agent is not None:
        return None
    leg = call.legs.get(ringing.legs[0])
    if (
        leg is None
        or not (leg.sdp and leg.is_heard_early and leg.is_open)
        or leg.state is not LegState.OPENED
    ):
        return None
    match call.state:
        case CallState.TRANSFERRING:
            hearer: Leg | None = call.customer
        case CallState.CONSULTING:
            hearer = _asking(call)
        case CallState.DIALLING:
            hearer = call.agents_leg
        case _:
            return None
    return (leg, hearer) if hearer is not None and hearer.is_open else None


def _asking(call: Call) -> Leg | None:
    """The leg by which the agent asks somebody."""
    own = call.consult.own_leg if call.consult else None
    return call.legs.get(own or call.agent_leg or "")


def _announcing(call: Call, watch: Watch) -> Iterator[tuple[str, Playing]]:
    """The tone that says that somebody listens."""
    for player, name in watch.told:
        leg = call.legs.get(name)
        if leg is not None and leg.is_open:
            yield player, Playing(call.worker, watch.tone, False, leg.id)


def _recorders(call: Call) -> dict[str, Taping]:
    tape = call.recording
    if tape is None:
        return {}
    return {tape.id: Taping(call.worker, tape.path, tape.left, (tape.right, *tape.others), tape.is_paused)}


def _edges(call: Call, early: tuple[Leg, Leg] | None) -> Iterator[tuple[str, str, str]]:
    """Every pair that hears one another."""
    talking = [leg for leg in _talkers(call) if leg is not None and leg.is_open]
    if talking:
        for one, other in permutations(talking, 2):
            yield call.worker, one.id, other.id
    if early is not None:
        # Nobody there hears us: until he answers, nothing is paid for that could be talked over.
        yield call.worker, early[0].id, early[1].id
    if call.watch is not None:
        yield from _watching(call, call.watch, talking)


def _watching(call: Call, watch: Watch, talking: list[Leg]) -> Iterator[tuple[str, str, str]]:
    leg = call.legs.get(watch.leg)
    if leg is None or not watch.is_up or not leg.is_open:
        return
    for one in talking:
        yield call.worker, one.id, leg.id
        hears_him = watch.mode == WatchMode.BARGE or (
            watch.mode == WatchMode.WHISPER and one.id == call.agent_leg
        )
        if hears_him:
            yield call.worker, leg.id, one.id


def _talkers(call: Call) -> list[Leg | None]:
    """Those who hear and are heard."""
    found = _CONVERSATIONS.get(call.state)
    return [] if found is None else found(call)


def _consulting(call: Call) -> list[Leg | None]:
    if call.consult is None or call.consult.is_facing_customer:
        return [call.customer, call.agents_leg]
    return [_asked(call), call.legs.get(call.consult.own_leg or "", call.agents_leg)]


def _asked(call: Call) -> Leg | None:
    return call.legs.get(call.consult.leg or "") if call.consult else None


_CONVERSATIONS: dict[CallState, Callable[[Call], list[Leg | None]]] = {
    CallState.DIALLING: lambda call: [call.agents_leg],
    CallState.TALKING: lambda call: [call.customer, call.agents_leg],
    CallState.CONSULTING: _consulting,
    CallState.CONFERENCE: lambda call: [call.customer, call.agents_leg, _asked(call)],
}


def held(sound: Sound, inventories: Mapping[str, Inventory]) -> Sound:
    """The part of `sound` that the workers really hold; those not asked are believed.

    Connections are made anew: a worker that lost its process in between has the port but not the peer.
    """

    def has(worker: str, what: str, name: str) -> bool:
        return worker not in inventories or name in getattr(inventories[worker], what)

    wires = {
        leg: wire._replace(sdp="") if wire.worker in inventories else wire
        for leg, wire in sound.wires.items()
        if has(wire.worker, "legs", leg) and (wire.is_open or wire.worker not in inventories)
    }
    return Sound(
        wires,
        {name: one for name, one in sound.players.items() if has(one.worker, "players", name)},
        {name: one for name, one in sound.recorders.items() if has(one.worker, "recorders", name)},
        frozenset(_edges_held(sound, inventories)),
    )


def _edges_held(sound: Sound, inventories: Mapping[str, Inventory]) -> Iterator[tuple[str, str, str]]:
    """Also those that nobody wants any more: a switch that died between hold and mix would leave the two to hear each other."""
    for worker, source, heard in sound.edges:
        if worker not in inventories:
            yield worker, source, heard
    for source, heard in permutations(sound.wires, 2):
        worker = sound.wires[heard].worker
        if worker in inventories and (source, heard) in inventories[worker].edges:
            yield worker, source, heard


def requests(before: Sound, after: Sound) -> Iterator[Media]:
    """What turns `before` into `after`; all of it takes effect in one tick, endings first."""
    if before.players != after.players:
        yield from _player_endings(before, after)
    if before.recorders != after.recorders:
        yield from _recorder_endings(before, after)
    if before.wires != after.wires:
        if before.wires:
            yield from _leg_endings(before, after)
        if after.wires:
            yield from _wiring(before, after)
    if before.players != after.players:
        yield from _player_beginnings(before, after)
    if before.edges != after.edges:
        yield from _mixing(before, after)
    if before.recorders != after.recorders:
        yield from _taping(before, after)


def _player_endings(before: Sound, after: Sound) -> Iterator[Media]:
    for name, player in before.players.items():
        if after.players.get(name) != player:
            yield Media(player.worker, "player.stop", {"player": name})


def _player_beginnings(before: Sound, after: Sound) -> Iterator[Media]:
    for name, player in after.players.items():
        if before.players.get(name) != player:
            args = {"player": name, "files": list(player.files), "loop": player.loop, "to": [player.to]}
            yield Media(player.worker, "player.start", args, f"play {name}")


def _recorder_endings(before: Sound, after: Sound) -> Iterator[Media]:
    for name, tape in before.recorders.items():
        if name not in after.recorders:
            yield Media(tape.worker, "recorder.stop", {"recorder": name}, f"stop {name}")


def _leg_endings(before: Sound, after: Sound) -> Iterator[Media]:
    for leg, wire in before.wires.items():
        now = after.wires.get(leg)
        if now is None or now.worker != wire.worker:
            yield Media(wire.worker, "leg.close", {"leg": leg}, f"close {leg}" if now is None else "")


def _wiring(before: Sound, after: Sound) -> Iterator[Media]:
    for leg, wire in after.wires.items():
        was = before.wires.get(leg)
        if was == wire:
            continue
        is_new = was is None or was.worker != wire.worker
        if is_new:
            yield Media(wire.worker, "leg.open", {"leg": leg, "kind": wire.kind}, f"open {leg}")
        if wire.sdp and (is_new or was is None or was.sdp != wire.sdp):
            yield Media(wire.worker, "leg.connect", {"leg": leg, **connection(wire.sdp)})


def _mixing(before: Sound, after: Sound) -> Iterator[Media]:
    edits: dict[str, list[list[Any]]] = {}
    for worker, source, heard in sorted(before.edges - after.edges):
        # Closing a leg takes its edges along.
        if source in after.wires and heard in after.wires:
            edits.setdefault(worker, []).append([source, heard, 0.0])
    for worker, source, heard in sorted(after.edges - before.edges):
        edits.setdefault(worker, []).append([source, heard, 1.0])
    for worker, edit in edits.items():
        yield Media(worker, "mix", {"edits": edit})


def _taping(before: Sound, after: Sound) -> Iterator[Media]:
    for name, tape in after.recorders.items():
        was = before.recorders.get(name)
        if was is None:
            args = {"recorder": name, "path": tape.path, "left": [tape.left], "right": list(tape.right)}
            yield Media(tape.worker, "recorder.start", args, f"record {name}")
        if tape.is_paused != (was is not None and was.is_paused):
            verb = "recorder.pause" if tape.is_paused else "recorder.resume"
            yield Media(tape.worker, verb, {"recorder": name})
