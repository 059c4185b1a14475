"""Players: files one after the other, once or for ever, a frame a tick."""

from __future__ import annotations

import wave
from collections import OrderedDict
from collections.abc import Sequence
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
    return samples


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
    """Plays its sounds in a row without gaps; the end is filled up with silence."""

    def __init__(self, name: str, files: tuple[str, ...], sound: Samples, *, loops: bool) -> None:
        self.name = name
        self.files = files
        self.loops = loops
        self.is_done = False
        self._sound = sound
        self._position = 0

    @property
    def seconds(self) -> float:
        return self._sound.size / RATE

    @property
    def position_seconds(self) -> float:
        return min(self._position, self._sound.size) / RATE

    def read(self) -> Samples:
        """The next 160 samples."""
        start = self._position
        self._position = start + FRAME_SAMPLES
        if self._position < self._sound.size:
            return self._sound[start : start + FRAME_SAMPLES]
        return self._read_over_end(start)

    def _read_over_end(self, start: int) -> Samples:
        if self.loops:
            indices = np.arange(start, start + FRAME_SAMPLES) % self._sound.size
            self._position %= self._sound.size
            return self._sound[indices]
        self.is_done = True
        rest = self._sound[start:]
        return np.concatenate([rest, np.zeros(FRAME_SAMPLES - rest.size, np.int16)])
