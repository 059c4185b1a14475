"""Sound of any rate and width brought to the telephone's 8 kHz, by a windowed sinc."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hallom.media.g711 import RATE, Samples

TAPS = 32
"""Zero crossings on each side of the kernel: over 60 dB against aliasing."""
PASSBAND = 0.94
"""Share of the lower half rate that is kept: 3,760 Hz of 4,000."""
BLOCK = 8192
"""Output samples at a time, so that ten minutes need a few megabytes only."""

Floats = NDArray[np.float32]


def resample(signal: Floats, rate: int) -> Floats:
    """The signal at 8 kHz; `rate` is what it was sampled at, in Hz."""
    if rate == RATE:
        return signal
    cutoff = PASSBAND * min(1.0, RATE / rate)
    reach = int(np.ceil(TAPS / cutoff))
    padded = np.concatenate([np.zeros(reach, np.float32), signal, np.zeros(reach + 1, np.float32)])
    count = int(signal.size * RATE / rate)
    blocks = [
        _block(padded, _positions(start, min(start + BLOCK, count), rate), cutoff, reach)
        for start in range(0, count, BLOCK)
    ]
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def _positions(start: int, stop: int, rate: int) -> NDArray[np.float64]:
    return np.arange(start, stop, dtype=np.float64) * np.float64(rate / RATE)


def _block(padded: Floats, positions: NDArray[np.float64], cutoff: float, reach: int) -> Floats:
    whole = np.floor(positions).astype(np.intp)
    steps = np.arange(-reach + 1, reach + 1)
    distance = positions[:, None] - whole[:, None] - steps
    window = 0.5 + 0.5 * np.cos(np.pi * np.clip(distance / reach, -1, 1))
    kernel = cutoff * np.sinc(cutoff * distance) * window
    picked = padded[whole[:, None] + steps + reach]
    result: Floats = np.einsum("ij,ij->i", picked, kernel.astype(np.float32))
    return result


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
