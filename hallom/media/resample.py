"""Sound of any rate and width brought to the telephone's 8 kHz, by a windowed sinc."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hallom.media.g711 import RATE, Samples

TAPS = 32
"""Zero crossings on each side of the kernel: over 60 dB against aliasing."""
PASSBAND = 0.94
"""Share of the lower half rate that is kept: 3,760 Hz of 4,000."""

Floats = NDArray[np.float32]


def resample(signal: Floats, rate: int) -> Floats:
    """The signal at 8 kHz; `rate` is what it was sampled at, in Hz."""
    if rate == RATE:
        return signal
    cutoff = PASSBAND * min(1.0, RATE / rate)
    reach = math.ceil(TAPS / cutoff)
    padded = np.concatenate([np.zeros(reach, np.float32), signal, np.zeros(reach + 1, np.float32)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach)
    result = np.zeros(int(signal.size * RATE / rate), np.float32)
    # Output samples repeat their place between two input samples after so many: one kernel serves all of them.
    divisor = math.gcd(rate, RATE)
    phases, stride = RATE // divisor, rate // divisor
    for phase in range(min(phases, result.size)):
        first, fraction = divmod(phase * rate, RATE)
        places = result[phase::phases]
        places[:] = windows[first + 1 :: stride][: places.size] @ _kernel(fraction / RATE, cutoff, reach)
    return result


def _kernel(fraction: float, cutoff: float, reach: int) -> Floats:
    """Weights of the samples around a place `fraction` behind the middle one."""
    distance = fraction - np.arange(-reach + 1, reach + 1)
    window = 0.5 + 0.5 * np.cos(np.pi * np.clip(distance / reach, -1, 1))
    kernel: NDArray[np.float64] = cutoff * np.sinc(cutoff * distance) * window
    return kernel.astype(np.float32)


def to_samples(signal: Floats) -> Samples:
    """16 bit from -1…1, clipped."""
    return np.clip(np.round(signal * 32767), -32768, 32767).astype(np.int16)


def from_pcm(data: bytes, *, width: int, channels: int) -> Floats:
    """Mono -1…1 from little-endian PCM of 1 to 4 bytes a sample; raises ValueError on another width."""
    if width not in (1, 2, 3, 4):
        raise ValueError("a sample must have 8, 16, 24 or 32 bits")
    whole = data[: len(data) // (width * channels) * width * channels]
    if width == 1:
        values: Floats = (np.frombuffer(whole, np.uint8).astype(np.float32) - 128) / np.float32(128)
    elif width == 3:
        triples = np.frombuffer(whole, np.uint8).reshape(-1, 3)
        words = np.zeros((len(triples), 4), np.uint8)
        words[:, 1:] = triples
        values = words.reshape(-1).view("<i4").astype(np.float32) / np.float32(2**31)
    else:
        values = np.frombuffer(whole, f"<i{width}").astype(np.float32) / np.float32(2 ** (8 * width - 1))
    mono: Floats = values.reshape(-1, channels).mean(axis=1, dtype=np.float32)
    return mono
