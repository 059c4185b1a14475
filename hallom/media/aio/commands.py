"""What each verb of the control protocol does to the engine, and what it replies."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from hallom.media import protocol
from hallom.media.aio.engine import Engine
from hallom.media.aio.leg import Leg
from hallom.media.aio.player import Player, SoundCache, SoundError
from hallom.media.aio.ports import NoPortError
from hallom.media.aio.recorder import Recorder, RecordingWriter, free_path
from hallom.media.protocol import RequestError

MAXIMUM_LEGS = 2000
"""More than one core mixes; past it callers get a refusal instead of broken audio."""
MAXIMUM_PLAYERS = 2000
MAXIMUM_RECORDERS = 1000

Reply = dict[str, Any]


class Commands:
    """Carries out checked requests; relative paths are within the data folder."""

    def __init__(self, engine: Engine, data: Path, writer: RecordingWriter) -> None:
        self._engine = engine
        self._data = data
        self._writer = writer
        self._sounds = SoundCache()
        self._verbs: dict[type, Callable[[Any], Reply | Future[Reply]]] = {
            protocol.OpenLeg: self._open_leg,
            protocol.ConnectLeg: self._connect_leg,
            protocol.CloseLeg: self._close_leg,
            protocol.PressKeys: self._press_keys,
            protocol.Mix: self._mix,
            protocol.StartPlayer: self._start_player,
            protocol.StopPlayer: self._stop_player,
            protocol.StartRecorder: self._start_recorder,
            protocol.PauseRecorder: self._pause_recorder,
            protocol.ResumeRecorder: self._resume_recorder,
            protocol.StopRecorder: self._stop_recorder,
            protocol.Inventory: self._inventory,
            protocol.Ping: self._ping,
            protocol.Alive: lambda _: {},
        }

    def carry_out(self, command: protocol.Command) -> Reply | Future[Reply]:
        """The reply, or a future of it where a thread has to finish first; raises RequestError."""
        return self._verbs[type(command)](command)

    def _leg(self, name: str) -> Leg:
        leg = self._engine.legs.get(name)
        if leg is None:
            raise RequestError(f"no such leg {name!r}")
        return leg

    def _open_leg(self, command: protocol.OpenLeg) -> Reply:
        engine = self._engine
        leg = engine.legs.get(command.leg)
        if leg is None:
            if len(engine.legs) >= MAXIMUM_LEGS:
                raise RequestError("this worker is full")
            if command.leg in engine.players:
                raise RequestError(f"{command.leg!r} is a player")
            try:
                leg = engine.open_leg(command.leg, command.kind)
            except (NoPortError, OSError) as error:
                raise RequestError(str(error)) from error
        if leg.kind != command.kind:
            raise RequestError(f"{command.leg!r} is open as {leg.kind}")
        return leg.describe()

    def _connect_leg(self, command: protocol.ConnectLeg) -> Reply:
        self._leg(command.leg).connect(command, time.time())
        return {}

    def _close_leg(self, command: protocol.CloseLeg) -> Reply:
        leg = self._leg(command.leg)
        self._engine.close_leg(leg, time.time())
        return {"quality": leg.whole_quality().as_dict()}

    def _press_keys(self, command: protocol.PressKeys) -> Reply:
        self._leg(command.leg).press(command.digits)
        return {}

    def _mix(self, command: protocol.Mix) -> Reply:
        engine = self._engine
        # All or nothing: half an edit would leave someone hearing what is not for him.
        for source, destination, gain in command.edits:
            if not gain:
                continue
            if source not in engine.legs and source not in engine.players:
                raise RequestError(f"no such leg or player {source!r}")
            self._leg(destination)
        for source, destination, gain in command.edits:
            engine.matrix.connect(source, destination, gain)
        engine.changed()
        return {}

    def _start_player(self, command: protocol.StartPlayer) -> Reply:
        engine = self._engine
        if command.player in engine.legs:
            raise RequestError(f"{command.player!r} is a leg")
        if len(engine.players) >= MAXIMUM_PLAYERS:
            raise RequestError("too many players")
        for name in command.to:
            self._leg(name)
        try:
            sound = self._sounds.get([self._data / file for file in command.files])
        except SoundError as error:
            raise RequestError(str(error)) from error
        player = Player(command.player, command.files, sound, loops=command.loop)
        if command.player in engine.players:
            engine.remove_player(command.player)
        engine.add_player(player)
        for name in command.to:
            engine.matrix.connect(command.player, name, 1.0)
        return {"seconds": round(player.seconds, 3)}

    def _stop_player(self, command: protocol.StopPlayer) -> Reply:
        # It may have ended by itself while the request was on its way: that is what was wanted.
        if command.player in self._engine.players:
            self._engine.remove_player(command.player)
        return {}

    def _start_recorder(self, command: protocol.StartRecorder) -> Reply:
        engine = self._engine
        for name in (*command.left, *command.right):
            self._leg(name)
        recorder = engine.recorders.get(command.recorder)
        if recorder is None:
            if len(engine.recorders) >= MAXIMUM_RECORDERS:
                raise RequestError("too many recorders")
            path = free_path(self._data / command.path)
            recorder = Recorder(command.recorder, path, self._writer)
            engine.add_recorder(recorder)
        recorder.left, recorder.right = command.left, command.right
        engine.changed()
        return {"path": recorder.path}

    def _recorder(self, name: str) -> Recorder:
        recorder = self._engine.recorders.get(name)
        if recorder is None:
            raise RequestError(f"no such recorder {name!r}")
        return recorder

    def _pause_recorder(self, command: protocol.PauseRecorder) -> Reply:
        return self._pause(command.recorder, is_paused=True)

    def _resume_recorder(self, command: protocol.ResumeRecorder) -> Reply:
        return self._pause(command.recorder, is_paused=False)

    def _pause(self, recorder: str, *, is_paused: bool) -> Reply:
        self._recorder(recorder).is_paused = is_paused
        self._engine.changed()
        return {}

    def _stop_recorder(self, command: protocol.StopRecorder) -> Future[Reply]:
        recorder = self._recorder(command.recorder)
        self._engine.remove_recorder(command.recorder)
        reply: Future[Reply] = Future()
        told = {"seconds": round(recorder.seconds, 3), "path": recorder.path}
        recorder.stop().add_done_callback(lambda _: reply.set_result(told))
        return reply

    def _inventory(self, _: protocol.Inventory) -> Reply:
        engine = self._engine
        now = time.time()
        return {
            "legs": [_describe_leg(leg, now) for leg in engine.legs.values()],
            "players": [_describe_player(player, engine) for player in engine.players.values()],
            "recorders": [_describe_recorder(recorder) for recorder in engine.recorders.values()],
            "edges": [[*edge, gain] for edge, gain in engine.matrix.edges.items()],
        }

    def _ping(self, _: protocol.Ping) -> Reply:
        engine = self._engine
        reply: Reply = {
            "tick": engine.ticks,
            "late_ticks": engine.late_ticks,
            "skipped_ticks": engine.skipped_ticks,
            "max_tick_ms": round(engine.longest_tick_seconds * 1000, 2),
            "legs": len(engine.legs),
            "players": len(engine.players),
            "recorders": len(engine.recorders),
            "cpu_seconds": round(time.process_time(), 3),
            "unheard_frames": sum(leg.buffer.unheard for leg in engine.legs.values()),
            "unheard": {
                why: sum(getattr(leg.buffer, why) for leg in engine.legs.values())
                for why in ("concealed", "late", "dropped")
            },
            "counters": dict(engine.counters),
        }
        engine.longest_tick_seconds = 0.0
        return reply


def _describe_leg(leg: Leg, now: float) -> Reply:
    told: Reply = {"leg": leg.name, "kind": leg.kind, **leg.describe()}
    told |= {"up": leg.is_up, "silent_seconds": round(leg.silent_seconds(now), 1)}
    told["connected"] = None if leg.connected is None else leg.connected.as_dict()
    return told


def _describe_player(player: Player, engine: Engine) -> Reply:
    hearers = [destination for source, destination in engine.matrix.edges if source == player.name]
    return {
        "player": player.name, "files": list(player.files), "loop": player.loops, "to": hearers,
        "seconds": round(player.seconds, 3), "position": round(player.position_seconds, 3),
    }  # fmt: skip


def _describe_recorder(recorder: Recorder) -> Reply:
    return {
        "recorder": recorder.name, "path": recorder.path, "left": list(recorder.left),
        "right": list(recorder.right), "paused": recorder.is_paused, "seconds": round(recorder.seconds, 3),
    }  # fmt: skip
