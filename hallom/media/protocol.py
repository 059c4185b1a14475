"""The control messages of a media worker as values: one JSON object a line, checked before anything is done."""

from __future__ import annotations

import ipaddress
import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from hallom.media.dtmf import KEYS
from hallom.media.g711 import Law
from hallom.media.mix import MAXIMUM_GAIN
from hallom.media.pressing import MAXIMUM_WAITING, PAUSE

MAXIMUM_LINE = 256 * 1024
"""Bytes of one request: an edit of a thousand edges is a tenth of it."""
MAXIMUM_EDITS = 2000
MAXIMUM_FILES = 64
MAXIMUM_NAME = 100
MAXIMUM_ICE_WORD = 256
"""Of what a browser calls itself and its password (RFC 8839 5.4)."""
_PRESSED = {*KEYS, PAUSE}
_FINGERPRINT = re.compile(r"(?:[0-9A-F]{2}:){31}[0-9A-F]{2}")

Arguments = dict[str, Any]


class RequestError(Exception):
    """A request that cannot be carried out; the words go back to the one who asked."""

    def __init__(self, message: str, request_id: Any = None) -> None:
        super().__init__(message)
        self.request_id = request_id


@dataclass(frozen=True, slots=True)
class OpenLeg:
    leg: str
    kind: str


@dataclass(frozen=True, slots=True)
class ConnectLeg:
    """What the peer's SDP says; `dtmf` is its payload type for telephone events."""

    leg: str
    host: str | None
    port: int | None
    codec: Law
    dtmf: int | None
    sends: bool
    receives: bool
    ufrag: str | None = None
    pwd: str | None = None
    fingerprint: str | None = None

    def as_dict(self) -> Arguments:
        plain = {"host": self.host, "port": self.port, "codec": int(self.codec), "dtmf": self.dtmf}
        plain |= {"sends": self.sends, "receives": self.receives}
        webrtc = {"ufrag": self.ufrag, "pwd": self.pwd, "fingerprint": self.fingerprint}
        return plain | ({} if self.fingerprint is None else webrtc)


@dataclass(frozen=True, slots=True)
class CloseLeg:
    leg: str


@dataclass(frozen=True, slots=True)
class PressKeys:
    """`digits` are keys, and commas for pauses of two seconds; kept out of every message, as they may be a card's."""

    leg: str
    digits: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mix:
    edits: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True, slots=True)
class StartPlayer:
    player: str
    files: tuple[str, ...]
    loop: bool
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StopPlayer:
    player: str


@dataclass(frozen=True, slots=True)
class StartRecorder:
    recorder: str
    path: str
    left: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PauseRecorder:
    recorder: str


@dataclass(frozen=True, slots=True)
class ResumeRecorder:
    recorder: str


@dataclass(frozen=True, slots=True)
class StopRecorder:
    recorder: str


@dataclass(frozen=True, slots=True)
class Inventory:
    pass


@dataclass(frozen=True, slots=True)
class Ping:
    pass


@dataclass(frozen=True, slots=True)
class Alive:
    """Anything would do as an answer; unlike `ping` it costs nothing and begins no new measurement."""


Command = (
    OpenLeg | ConnectLeg | CloseLeg | PressKeys | Mix | StartPlayer | StopPlayer | StartRecorder | PauseRecorder
    | ResumeRecorder | StopRecorder | Inventory | Ping | Alive
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """Of one that `is_quiet` only a refusal is answered."""

    id: int | str | None
    command: Command
    is_quiet: bool = False


def parse_request(line: bytes) -> Request:
    """The request in one line; raises RequestError with words for the one who sent it."""
    try:
        message = orjson.loads(line)
    except ValueError:
        raise RequestError("not a JSON object") from None
    if not isinstance(message, dict):
        raise RequestError("not a JSON object")
    request_id = message.get("id")
    if not isinstance(request_id, int | str | None):
        raise RequestError("id must be a number or a text")
    verb = message.get("do")
    read = _READERS.get(verb) if isinstance(verb, str) else None
    if read is None:
        raise RequestError(f"unknown verb {verb!r:.60}", request_id)
    try:
        return Request(request_id, read(message), message.get("quiet") is True)
    except RequestError as error:
        raise RequestError(f"{verb}: {error}", request_id) from None


def _name(arguments: Arguments, key: str, longest: int = MAXIMUM_NAME) -> str:
    return _checked_name(arguments.get(key), key, longest)


def _checked_name(value: Any, key: str, longest: int = MAXIMUM_NAME) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise RequestError(f"{key} must be a text of 1 to {longest} printable characters")
    # The same name comes with each request, and is kept by legs, edges and recorders: once is enough.
    return sys.intern(value)


def _names(arguments: Arguments, key: str) -> tuple[str, ...]:
    values = arguments.get(key, [])
    if not isinstance(values, list) or len(values) > MAXIMUM_EDITS:
        raise RequestError(f"{key} must be a list of names")
    return tuple(_checked_name(value, key) for value in values)


def _flag(arguments: Arguments, key: str, default: bool) -> bool:
    value = arguments.get(key, default)
    if not isinstance(value, bool):
        raise RequestError(f"{key} must be true or false")
    return value


def _integer(value: Any, key: str, lowest: int, highest: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
        raise RequestError(f"{key} must be a number from {lowest} to {highest}")
    return value


def _path(value: Any, key: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 4096 or "\0" in value:
        raise RequestError(f"{key} must be a file name")
    return value


def _address(arguments: Arguments) -> str:
    host = arguments.get("host")
    try:
        return str(ipaddress.ip_address(host)) if isinstance(host, str) else _no_address()
    except ValueError:
        return _no_address()


def _no_address() -> str:
    # Names would have to be looked up, and that would hold the mixer up.
    raise RequestError("host must be an IP address")


def _read_open(arguments: Arguments) -> OpenLeg:
    kind = arguments.get("kind")
    if kind not in ("rtp", "webrtc"):
        raise RequestError("kind must be rtp or webrtc")
    return OpenLeg(_name(arguments, "leg"), kind)


def _read_connect(arguments: Arguments) -> ConnectLeg:
    leg = _name(arguments, "leg")
    codec = arguments.get("codec", 0)
    if codec not in (0, 8) or isinstance(codec, bool):
        raise RequestError("codec must be 0 (PCMU) or 8 (PCMA)")
    dtmf = arguments.get("dtmf")
    if dtmf is not None:
        dtmf = _integer(dtmf, "dtmf", 0, 127)
    sends, receives = _flag(arguments, "sends", True), _flag(arguments, "receives", True)
    if arguments.get("fingerprint") is None:
        port = _integer(arguments.get("port"), "port", 1, 65535)
        return ConnectLeg(leg, _address(arguments), port, Law(codec), dtmf, sends, receives)
    ufrag, pwd = (_name(arguments, key, MAXIMUM_ICE_WORD) for key in ("ufrag", "pwd"))
    fingerprint = _read_fingerprint(arguments["fingerprint"])
    return ConnectLeg(leg, None, None, Law(codec), dtmf, sends, receives, ufrag, pwd, fingerprint)


def _read_fingerprint(value: Any) -> str:
    """Colon-separated capitals; `sha-256 ` before it, as in SDP, may stay."""
    text = value.strip().upper().removeprefix("SHA-256").strip() if isinstance(value, str) else ""
    if not _FINGERPRINT.fullmatch(text):
        raise RequestError("fingerprint must be a SHA-256 of 32 bytes, colon-separated")
    return text


def _read_press(arguments: Arguments) -> PressKeys:
    digits = arguments.get("digits")
    if not isinstance(digits, str) or not 0 < len(digits) <= MAXIMUM_WAITING or set(digits) - _PRESSED:
        raise RequestError(f"digits must be 1 to {MAXIMUM_WAITING} keys and commas")
    return PressKeys(_name(arguments, "leg"), digits)


def _read_mix(arguments: Arguments) -> Mix:
    edits = arguments.get("edits")
    if not isinstance(edits, list) or len(edits) > MAXIMUM_EDITS:
        raise RequestError(f"edits must be a list of at most {MAXIMUM_EDITS}")
    return Mix(tuple(_read_edit(edit) for edit in edits))


def _read_edit(edit: Any) -> tuple[str, str, float]:
    if not isinstance(edit, list) or len(edit) != 3:
        raise RequestError("an edit is [source, destination, gain]")
    source, destination, gain = edit
    if not isinstance(gain, int | float) or isinstance(gain, bool) or not math.isfinite(gain):
        raise RequestError("gain must be a number")
    if not 0 <= gain <= MAXIMUM_GAIN:
        raise RequestError(f"gain must be from 0 to {MAXIMUM_GAIN:g}")
    return _checked_name(source, "source"), _checked_name(destination, "destination"), float(gain)


def _read_player(arguments: Arguments) -> StartPlayer:
    files = arguments.get("files")
    if not isinstance(files, list) or not 0 < len(files) <= MAXIMUM_FILES:
        raise RequestError(f"files must be a list of 1 to {MAXIMUM_FILES} file names")
    paths = tuple(_path(value, "files") for value in files)
    return StartPlayer(
        _name(arguments, "player"), paths, _flag(arguments, "loop", False), _names(arguments, "to")
    )


def _read_recorder(arguments: Arguments) -> StartRecorder:
    return StartRecorder(
        _name(arguments, "recorder"),
        _path(arguments.get("path"), "path"),
        _names(arguments, "left"),
        _names(arguments, "right"),
    )


_READERS: dict[str, Callable[[Arguments], Command]] = {
    "leg.open": _read_open,
    "leg.connect": _read_connect,
    "leg.close": lambda arguments: CloseLeg(_name(arguments, "leg")),
    "leg.press": _read_press,
    "mix": _read_mix,
    "player.start": _read_player,
    "player.stop": lambda arguments: StopPlayer(_name(arguments, "player")),
    "recorder.start": _read_recorder,
    "recorder.pause": lambda arguments: PauseRecorder(_name(arguments, "recorder")),
    "recorder.resume": lambda arguments: ResumeRecorder(_name(arguments, "recorder")),
    "recorder.stop": lambda arguments: StopRecorder(_name(arguments, "recorder")),
    "inventory": lambda arguments: Inventory(),
    "ping": lambda arguments: Ping(),
    "alive": lambda arguments: Alive(),
}
