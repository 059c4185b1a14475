"""The outgoing packets of all legs as one matrix: headers are counted up in columns, not leg by leg."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hallom.media.g711 import FRAME_SAMPLES, Coded, Law
from hallom.media.rtp import HEADER_BYTES, VERSION


@dataclass(slots=True)
class OutgoingStream:
    """One SSRC for the life of a leg: the numbers its next packet bears."""

    ssrc: int
    sequence: int
    timestamp: int
    packets: int = 0

    @property
    def octets(self) -> int:
        return self.packets * FRAME_SAMPLES


class PacketMatrix:
    """One RTP packet a row, ready to send; `streams` get their numbers back by `settle`."""

    def __init__(self, streams: Sequence[OutgoingStream], laws: Sequence[Law]) -> None:
        count = len(streams)
        self._streams = streams
        self._bytes = np.zeros((count, HEADER_BYTES + FRAME_SAMPLES), np.uint8)
        self._sequences = np.array([stream.sequence for stream in streams], np.uint16)
        self._timestamps = np.array([stream.timestamp for stream in streams], np.uint32)
        self._bytes[:, 0] = VERSION
        self._bytes[:, 1] = np.array(laws, np.uint8)
        ssrcs = np.array([stream.ssrc for stream in streams], np.uint32)
        self._bytes[:, 8:12] = ssrcs.astype(">u4").view(np.uint8).reshape(count, 4)
        self.rows = [row.data for row in self._bytes]

    def fill(self, coded: Coded) -> None:
        """Puts this tick's audio and numbers in; the rows may then be sent."""
        count = len(self._bytes)
        self._bytes[:, 2:4] = self._sequences.astype(">u2").view(np.uint8).reshape(count, 2)
        self._bytes[:, 4:8] = self._timestamps.astype(">u4").view(np.uint8).reshape(count, 4)
        self._bytes[:, HEADER_BYTES:] = coded
        self._sequences += 1
        self._timestamps += FRAME_SAMPLES

    def settle(self, row: int) -> None:
        """Writes the numbers of one row back to its stream; what was sent is counted."""
        stream = self._streams[row]
        sequence = int(self._sequences[row])
        stream.packets += (sequence - stream.sequence) % 65536
        stream.sequence, stream.timestamp = sequence, int(self._timestamps[row])
