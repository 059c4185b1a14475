"""Sounds the callers hear: spoken from text, uploaded, or computed; always 8 kHz mono 16-bit WAV files."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import struct
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np

from hallom.media.aio.tones import TONES
from hallom.media.g711 import RATE, Samples
from hallom.media.resample import Floats, from_pcm, resample, to_samples

LANGUAGES = {"hu": "hu", "pl": "pl", "en": "en"}
"""Our languages and the voices of espeak-ng."""
MAXIMUM_TEXT = 2000
"""Characters; two minutes of speech, longer than anyone listens."""
SPEECH_SECONDS = 30
SPEECH_PEAK = 0.5
MAXIMUM_UPLOAD_BYTES = 40 * 1024 * 1024
MAXIMUM_UPLOAD_SECONDS = 900
"""A quarter of an hour: the longest hold music worth looping."""
RATES = range(8000, 192001)
VOICE_VERSION = "1"
"""Counted up when the same text would sound different, so that old cache files are left behind."""


class SpeechError(Exception):
    """A text could not be spoken."""


class UploadError(Exception):
    """An uploaded file that cannot be used; `code` is for the translated message, the text for the log."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def ensure_tones(folder: Path) -> dict[str, Path]:
    """The computed sounds by name; those that are missing are made."""
    paths = {name: folder / f"{name}.wav" for name in TONES}
    for name, path in paths.items():
        if not path.exists():
            write_sound(path, to_samples(TONES[name]().astype(np.float32)))
    return paths


def synthesise(text: str, language: str, folder: Path) -> Path:
    """The file with the text spoken in hu, pl or en; made once, then found by its hash. Raises SpeechError."""
    if language not in LANGUAGES:
        raise SpeechError(f"no voice for {language!r}")
    text = " ".join(text.split())
    if not 0 < len(text) <= MAXIMUM_TEXT:
        raise SpeechError(f"a prompt has 1 to {MAXIMUM_TEXT} characters")
    digest = hashlib.sha256(f"{VOICE_VERSION}\0{language}\0{text}".encode()).hexdigest()
    path = folder / f"speech-{language}-{digest[:24]}.wav"
    if not path.exists():
        write_sound(path, _speak(text, LANGUAGES[language]))
    return path


def _speak(text: str, voice: str) -> Samples:
    command = [sys.executable, "-m", "hallom.media.aio.speech", voice]
    try:
        done = subprocess.run(
            command, input=text.encode(), capture_output=True, timeout=SPEECH_SECONDS, check=True
        )
    except subprocess.TimeoutExpired:
        raise SpeechError("speaking took too long") from None
    except subprocess.CalledProcessError as error:
        raise SpeechError(f"espeak-ng ended with {error.returncode}") from error
    if len(done.stdout) <= 4:
        raise SpeechError("there is nothing to say in this text")
    (rate,) = struct.unpack_from("<I", done.stdout)
    signal = resample(from_pcm(done.stdout[4:], width=2, channels=1), rate)
    return to_samples(_with_peak(signal, SPEECH_PEAK))


def _with_peak(signal: Floats, peak: float) -> Floats:
    highest = float(np.abs(signal).max(initial=0.0))
    return signal * np.float32(peak / highest) if highest > 0 else signal


def normalise_upload(data: bytes, folder: Path) -> Path:
    """The uploaded WAV as a file that players can use; the same upload twice is one file. Raises UploadError."""
    if len(data) > MAXIMUM_UPLOAD_BYTES:
        raise UploadError("too_large", f"more than {MAXIMUM_UPLOAD_BYTES} bytes")
    signal, rate = _read_upload(data)
    path = folder / f"upload-{hashlib.sha256(data).hexdigest()[:24]}.wav"
    if not path.exists():
        write_sound(path, to_samples(resample(signal, rate)))
    return path


def _read_upload(data: bytes) -> tuple[Floats, int]:
    try:
        with wave.open(io.BytesIO(data), "rb") as file:
            rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            if rate not in RATES or channels > 8:
                raise UploadError("unusual_format", f"{rate} Hz with {channels} channels")
            if file.getnframes() > rate * MAXIMUM_UPLOAD_SECONDS:
                raise UploadError("too_long", f"more than {MAXIMUM_UPLOAD_SECONDS} s")
            signal = from_pcm(file.readframes(file.getnframes()), width=width, channels=channels)
    except (wave.Error, EOFError, ValueError, struct.error, OverflowError, MemoryError) as error:
        raise UploadError("not_wav", f"not a PCM WAV file: {error}") from error
    if signal.size < rate // 50:
        raise UploadError("empty", "no sound in the file")
    return signal, rate


def write_sound(path: Path, samples: Samples) -> None:
    """Appears whole or not at all, so that a player never reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    with wave.open(str(temporary), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    os.replace(temporary, path)
