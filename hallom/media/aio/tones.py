"""Ring-back, busy, beep, comfort noise and hold music, all computed: nobody's copyright is on them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hallom.media.dtmf import KEY_SOUNDS, frequencies
from hallom.media.g711 import RATE

Signal = NDArray[np.float64]

TONE_HZ = 425
"""Hungary, Poland and most of Europe (ITU-T E.180 supplement 2)."""
TONE_AMPLITUDE = 0.2
COMFORT_AMPLITUDE = 0.002
KEY_SECONDS = 0.16
BEAT_SECONDS = 0.42
CHORDS = ((57, 60, 64, 67), (53, 57, 60, 64), (48, 55, 60, 64), (55, 59, 62, 67))
"""Am7, F, C, G as MIDI notes: an arpeggio that stays within what a telephone carries."""
STEPS = (0, 1, 2, 3, 2, 1, 3, 2)
VERSES = 4
NOTE_SECONDS = 1.4
HARMONICS = ((1, 1.0), (2, 0.35), (3, 0.12))


def _times(seconds: float) -> Signal:
    return np.arange(int(RATE * seconds)) / RATE


def _shape(signal: Signal, attack_seconds: float = 0.01, release_seconds: float = 0.01) -> Signal:
    attack, release = int(RATE * attack_seconds), int(RATE * release_seconds)
    signal[:attack] *= np.linspace(0, 1, attack)
    signal[-release:] *= np.linspace(1, 0, release)
    return signal


def _sine(frequency: float, seconds: float) -> Signal:
    return _shape(TONE_AMPLITUDE * np.sin(2 * np.pi * frequency * _times(seconds)))


def _silence(seconds: float) -> Signal:
    return np.zeros(int(RATE * seconds))


def ringback() -> Signal:
    return np.concatenate([_sine(TONE_HZ, 1.0), _silence(4.0)])


def busy() -> Signal:
    return np.concatenate([_sine(TONE_HZ, 0.5), _silence(0.5)])


def beep() -> Signal:
    return _sine(1000, 0.25)


def key(low: int, high: int) -> Signal:
    """A telephone's key as it sounds on the line (ITU-T Q.23), long enough for any receiver (Q.24: 40 ms)."""
    return _sine(low, KEY_SECONDS) + _sine(high, KEY_SECONDS)


def comfort() -> Signal:
    # The seed is fixed so that every installation has the same file.
    return COMFORT_AMPLITUDE * np.random.default_rng(1).standard_normal(5 * RATE)


def _frequency(note: int) -> float:
    return float(440 * 2 ** ((note - 69) / 12))


def _note(frequency: float) -> Signal:
    times = _times(NOTE_SECONDS)
    sound = sum(
        (amplitude * np.sin(2 * np.pi * frequency * number * times) for number, amplitude in HARMONICS),
        np.zeros(times.size),
    )
    return _shape(sound * np.exp(-2.2 * times), 0.006, 0.05)


def _pad(chord: tuple[int, ...], samples: int) -> Signal:
    times = np.arange(samples) / RATE
    tones = (np.sin(2 * np.pi * _frequency(note) * times) for note in chord)
    return _shape(0.02 * sum(tones, np.zeros(samples)), 0.4, 0.4)


def music() -> Signal:
    """Under a minute of quiet arpeggios whose end flows into its beginning."""
    beat = int(RATE * BEAT_SECONDS)
    bars = [(verse, chord) for verse in range(VERSES) for chord in CHORDS]
    total = np.zeros(len(bars) * len(STEPS) * beat)
    for number, (verse, chord) in enumerate(bars):
        start = number * len(STEPS) * beat
        total[start : start + len(STEPS) * beat] += _pad(chord, len(STEPS) * beat)
        for place, step in enumerate(STEPS):
            octave = 12 if (verse + place) % 5 == 0 else 0
            sound = 0.13 * _note(_frequency(chord[step] + octave))
            # Wrapped round: the last notes ring on over the first when the file is looped.
            indices = (start + place * beat + np.arange(sound.size)) % total.size
            total[indices] += sound
    return total


TONES: dict[str, Callable[[], Signal]] = {
    "ringback": ringback,
    "busy": busy,
    "beep": beep,
    "comfort": comfort,
    "music": music,
    **{sound: partial(key, *frequencies(digit)) for digit, sound in KEY_SOUNDS.items()},
}
