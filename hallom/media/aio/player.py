"""Players: files one after the other, once or for ever, a frame a tick."""

from __future__ import annotations

import wave
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from hallom.media.g711 import FRAME_SAMPLES, RATE, Samples

CACHE_BYTES = 64 * 1024 * 1024
"""Sound kept in memory by a worker: more than an hour; all callers of a queue share one copy."""
MAXIMUM_FILE_BYTES = 32 * 1024 * 1024
"""Half an hour. Reading more would hold the mixer up."""


class SoundError(Exception):
    """A sound file that cannot be played; the words say which and why."""


def read_sound(path: Path) -> Samples:
    """Samples of an 8 kHz mono 16-bit WAV; raises SoundError."""
    try:
        with wave.open(str(path), "rb") as file:
            form = (file.getframerate(), file.getnchannels(), file.getsampwidth())
            if form != (RATE, 1, 2):
                raise SoundError(f"{path.name} is not 8 kHz mono 16 bit")
            data = file.readframes(file.getnframes())
    except OSError as error:
        raise SoundError(f"{path.name}: {error.strerror or 'cannot be read'}") from error
    except (wave.Error, EOFError) as error:
        raise SoundError(f"{path.name} is not a WAV file") from error
    samples = np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.int16)
    if not samples.size:
        raise SoundError(f"{path.name} is empty")
    # Players read whole frames and one sample more.
    return np.pad(samples, (0, max(0, FRAME_SAMPLES + 1 - samples.size)))


class SoundCache:
    """Files already read, by name and time of change; the longest unused ones go first."""

    def __init__(self) -> None:
        self._sounds: OrderedDict[tuple[tuple[str, int, int], ...], Samples] = OrderedDict()
        self._bytes = 0

    def get(self, paths: Sequence[Path]) -> Samples:
        """The files in a row; raises SoundError when one cannot be played."""
        key = tuple(_version(path) for path in paths)
        sound = self._sounds.get(key)
        if sound is None:
            sound = self._sounds[key] = _read_row(paths)
            self._bytes += sound.nbytes
            while self._bytes > CACHE_BYTES and len(self._sounds) > 1:
                self._bytes -= self._sounds.popitem(last=False)[1].nbytes
        self._sounds.move_to_end(key)
        return sound


def _version(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise SoundError(f"{path.name}: no such file") from error
    if status.st_size > MAXIMUM_FILE_BYTES:
        raise SoundError(f"{path.name} is too long")
    return str(path), status.st_mtime_ns, status.st_size


def _read_row(paths: Sequence[Path]) -> Samples:
    if len(paths) == 1:
        return read_sound(paths[0])
    sounds = [read_sound(path) for path in paths]
    if sum(sound.nbytes for sound in sounds) > MAXIMUM_FILE_BYTES:
        raise SoundError("the files together are too long")
    return np.concatenate(sounds)


class Player:
    """One sound for those who hear it, once or for ever; its place in the sound is counted in samples."""

    __slots__ = ("added_tick", "files", "has_begun", "is_done", "loops", "name", "position", "sound")

    def __init__(self, name: str, files: tuple[str, ...], sound: Samples, *, loops: bool) -> None:
        self.name = name
        self.files = files
        self.loops = loops
        self.is_done = self.has_begun = False
        self.added_tick = 0
        self.sound = sound
        self.position = 0

    @property
    def seconds(self) -> float:
        return self.sound.size / RATE

    @property
    def position_seconds(self) -> float:
        return min(self.position, self.sound.size) / RATE

    def read_over_end(self) -> Samples:
        """The frame in which the sound ends: followed by its beginning, or by silence and done."""
        start = self.position
        if self.loops:
            self.position = (start + FRAME_SAMPLES) % self.sound.size
            return self.sound[np.arange(start, start + FRAME_SAMPLES) % self.sound.size]
        self.position = min(start + FRAME_SAMPLES, self.sound.size)
        self.is_done = True
        rest = self.sound[start : start + FRAME_SAMPLES]
        return np.pad(rest, (0, FRAME_SAMPLES - rest.size))


class Choir:
    """All players of one sound, read together: a hundred callers hear the same music at different places."""

    def __init__(self, players: Sequence[Player]) -> None:
        self.players = players
        sound = players[0].sound
        self._windows = np.lib.stride_tricks.sliding_window_view(sound, FRAME_SAMPLES)
        self._positions = np.array([player.position for player in players], np.intp)
        # From here on the sound ends within the frame or with it.
        self._ending = sound.size - FRAME_SAMPLES
        self.has_finished = False

    def read(self) -> Samples:
        """The next frame of each player, a row each."""
        ending = np.flatnonzero(self._positions >= self._ending)
        if not ending.size:
            frames = self._windows[self._positions]
            self._positions += FRAME_SAMPLES
            return frames
        frames = self._windows[np.minimum(self._positions, self._ending)]
        for row in ending.tolist():
            player = self.players[row]
            player.position = int(self._positions[row])
            frames[row] = player.read_over_end()
            # The step that all of them take below is taken back for this one.
            self._positions[row] = player.position - FRAME_SAMPLES
            self.has_finished |= player.is_done
        self._positions += FRAME_SAMPLES
        return frames

    def settle(self) -> None:
        """Writes the places back to the players."""
        for player, position in zip(self.players, self._positions.tolist(), strict=True):
            player.position = position


def choirs_of(players: Iterable[Player]) -> list[Choir]:
    """Players that share a sound, together."""
    together: dict[int, list[Player]] = {}
    for player in players:
        together.setdefault(id(player.sound), []).append(player)
    return [Choir(group) for group in together.values()]
