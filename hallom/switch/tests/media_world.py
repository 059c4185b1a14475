"""A media worker that does what the contract says, and complains about what it could not do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hallom.switch.effects import Media
from hallom.switch.messages import Inventory, MediaReply


@dataclass
class FakeWorker:
    name: str
    legs: dict[str, str] = field(default_factory=dict)
    connected: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    players: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    recorders: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    paused: set[str] = field(default_factory=set)
    edges: set[tuple[str, str]] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)
    pressed: list[tuple[str, str]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    ports: int = 20_000
    is_mute: bool = False
    """Its line has broken: what it is asked is neither done nor refused."""

    def carry_out(self, request: Media) -> MediaReply:
        verb = getattr(self, "_" + request.do.replace(".", "_"))
        if request.do in self.broken:
            return MediaReply(self.name, request.reply_to, False, {}, "broken")
        try:
            result = verb(**request.args)
        except KeyError as error:
            self.complaints.append(f"{request.do}: no {error}")
            return MediaReply(self.name, request.reply_to, False, {}, f"no {error}")
        return MediaReply(self.name, request.reply_to, True, result or {})

    def die(self) -> None:
        for part in (self.legs, self.connected, self.players, self.recorders, self.edges, self.paused):
            part.clear()

    def inventory(self) -> Inventory:
        return Inventory(
            frozenset(self.legs), frozenset(self.players), frozenset(self.recorders), frozenset(self.edges)
        )

    def heard_by(self, leg: str) -> set[str]:
        """Legs and players whose sound reaches this leg."""
        voices = {source for source, heard in self.edges if heard == leg}
        return voices | {name for name, args in self.players.items() if leg in args["to"]}

    def _leg_open(self, leg: str, kind: str) -> dict[str, Any]:
        if leg not in self.legs:
            self.legs[leg] = kind
            self.ports += 2
        plain = {"host": "192.0.2.50", "port": self.ports, "ssrc": 7}
        secure = {"ufrag": "abcd", "pwd": "p" * 22, "fingerprint": ":".join(["AA"] * 32)}
        return plain if kind == "rtp" else plain | secure

    def _leg_connect(self, leg: str, **peer: Any) -> None:
        self.legs[leg]
        self.connected[leg] = peer

    def _leg_close(self, leg: str) -> dict[str, Any]:
        del self.legs[leg]
        self.connected.pop(leg, None)
        self.edges = {edge for edge in self.edges if leg not in edge}
        return {"quality": {"mos": 4.3}}

    def _leg_press(self, leg: str, digits: str) -> None:
        self.legs[leg]
        self.pressed.append((leg, digits))

    def _mix(self, edits: list[list[Any]]) -> None:
        for source, heard, gain in edits:
            self.legs[source], self.legs[heard]
            if gain:
                self.edges.add((source, heard))
            else:
                self.edges.discard((source, heard))

    def _player_start(self, player: str, files: list[str], loop: bool, to: list[str]) -> dict[str, Any]:
        for leg in to:
            self.legs[leg]
        self.players[player] = {"files": files, "loop": loop, "to": to}
        return {"seconds": 4.0}

    def _player_stop(self, player: str) -> None:
        self.players.pop(player, None)

    def _recorder_start(self, recorder: str, path: str, left: list[str], right: list[str]) -> None:
        self.recorders[recorder] = {"path": path, "left": left, "right": right}

    def _recorder_pause(self, recorder: str) -> None:
        self.recorders[recorder]
        self.paused.add(recorder)

    def _recorder_resume(self, recorder: str) -> None:
        self.recorders[recorder]
        self.paused.discard(recorder)

    def _recorder_stop(self, recorder: str) -> dict[str, Any]:
        path = self.recorders.pop(recorder)["path"]
        self.paused.discard(recorder)
        return {"seconds": 12.5, "path": path}
