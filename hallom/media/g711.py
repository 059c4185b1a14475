"""G.711 as table look-ups on whole matrices of samples (ITU-T G.711; RFC 3551 4.5.14)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hallom.media.columns import column

RATE = 8000
FRAME_SAMPLES = 160
"""20 ms at 8 kHz: one tick of the mixer, one packet on the wire."""
ROWS_AT_ONCE = 64
"""80 KiB of indices: they stay in the processor's nearest memory but one."""

Samples = NDArray[np.int16]
Coded = NDArray[np.uint8]


class Law(IntEnum):
    """The two companding laws, numbered by their static RTP payload types (RFC 3551 table 4)."""

    PCMU = 0
    PCMA = 8


def _decode_mu() -> Samples:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = (((code & 15) << 3) + 0x84 << ((code >> 4) & 7)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _decode_a() -> Samples:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    exponent = (code >> 4) & 7
    mantissa = ((code & 15) << 4) + 8
    magnitude = np.where(exponent > 0, (mantissa + 0x100) << np.maximum(exponent - 1, 0), mantissa)
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _every_sample() -> NDArray[np.int32]:
    """All 65,536 samples in the order in which they index a table as unsigned numbers."""
    return np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)


def _encode_mu() -> Coded:
    # The reference coder works on 14 bits: the two lowest are dropped before the bias is added.
    sample = _every_sample() >> 2
    magnitude = np.minimum(np.abs(sample), 8158) + 33
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 5
    mantissa = (magnitude >> (exponent + 1)) & 15
    sign = np.where(sample < 0, 0x80, 0)
    coded: NDArray[np.int32] = ~(sign | (exponent << 4) | mantissa) & 0xFF
    return coded.astype(np.uint8)


def _encode_a() -> Coded:
    sample = _every_sample() >> 3
    magnitude = np.where(sample < 0, -sample - 1, sample)
    exponent = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0)
    mantissa = (magnitude >> np.maximum(exponent, 1)) & 15
    sign = np.where(sample < 0, 0, 0x80)
    coded: NDArray[np.int32] = (sign | (exponent << 4) | mantissa) ^ 0x55
    return coded.astype(np.uint8)


DECODE: dict[Law, Samples] = {Law.PCMU: _decode_mu(), Law.PCMA: _decode_a()}
ENCODE: dict[Law, Coded] = {Law.PCMU: _encode_mu(), Law.PCMA: _encode_a()}
SILENCE: dict[Law, bytes] = {law: bytes([ENCODE[law][0]]) * FRAME_SAMPLES for law in Law}


def decode(coded: bytes, law: Law) -> Samples:
    return DECODE[law][np.frombuffer(coded, np.uint8)]


def encode(samples: Samples, law: Law) -> bytes:
    return ENCODE[law][samples.view(np.uint16)].tobytes()


class LawTable:
    """Codes a matrix with one leg a row, each row in the law of its leg, without looping over legs.

    `take` looks up in half the time that an index in brackets needs. It makes eight bytes of each index, which is why not
    all rows are looked up at once: that was the most memory a tick took, and stays with the process.
    """

    def __init__(self, laws: Sequence[Law]) -> None:
        self.a_rows = column([row for row, law in enumerate(laws) if law is Law.PCMA], np.intp)

    def decode(self, coded: Coded, samples: Samples | None = None) -> Samples:
        """In `samples`, where that is given."""
        samples = np.empty(coded.shape, np.int16) if samples is None else samples
        _look_up(DECODE[Law.PCMU], coded, samples)
        if self.a_rows.size:
            samples[self.a_rows] = DECODE[Law.PCMA][coded[self.a_rows]]
        return samples

    def encode(self, samples: Samples) -> Coded:
        indices = samples.view(np.uint16)
        coded = np.empty(samples.shape, np.uint8)
        _look_up(ENCODE[Law.PCMU], indices, coded)
        if self.a_rows.size:
            coded[self.a_rows] = ENCODE[Law.PCMA][indices[self.a_rows]]
        return coded


def _look_up(table: NDArray[Any], indices: NDArray[Any], found: NDArray[Any]) -> None:
    for start in range(0, len(indices), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        # "clip" changes nothing, as every index is in the table; "raise" would lay the outcome aside first.
        table.take(indices[part], out=found[part], mode="clip")
