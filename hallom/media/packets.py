"""The outgoing packets of all legs as one matrix: headers are counted up in columns, not leg by leg."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hallom.media.g711 import FRAME_SAMPLES, Coded, Law
from hallom.media.rtp import HEADER_BYTES, VERSION

PACKET_BYTES = HEADER_BYTES + FRAME_SAMPLES
TAG_BYTES = 20
"""Room behind each packet, where it lies, for the authentication tag of SRTP (RFC 3711 3.1: 10 with ours)."""


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
    """One RTP packet a row, ready to send; `streams` get their numbers back by `settle`.

    `lengths` tells how much of each row is to be sent; who encrypts a row sets it, 0 keeps the row back.
    """

    def __init__(self, streams: Sequence[OutgoingStream], laws: Sequence[Law]) -> None:
        count = len(streams)
        self._streams = streams
        self.bytes = np.zeros((count, PACKET_BYTES + TAG_BYTES), np.uint8)
        self.lengths = np.full(count, PACKET_BYTES, np.uint64)
        self._sequences = np.array([stream.sequence for stream in streams], np.uint16)
        self._timestamps = np.array([stream.timestamp for stream in streams], np.uint32)
        self.bytes[:, 0] = VERSION
        self.bytes[:, 1] = np.array(laws, np.uint8)
        ssrcs = np.array([stream.ssrc for stream in streams], np.uint32)
        self.bytes[:, 8:12] = ssrcs.astype(">u4").view(np.uint8).reshape(count, 4)

    def fill(self, coded: Coded) -> None:
        """Puts this tick's audio and numbers in; the rows may then be sent."""
        count = len(self.bytes)
        self.bytes[:, 2:4] = self._sequences.astype(">u2").view(np.uint8).reshape(count, 2)
        self.bytes[:, 4:8] = self._timestamps.astype(">u4").view(np.uint8).reshape(count, 4)
        self.bytes[:, HEADER_BYTES:PACKET_BYTES] = coded
        self._sequences += 1
        self._timestamps += FRAME_SAMPLES

    def settle(self, row: int) -> None:
        """Writes the numbers of one row back to its stream; what was sent is counted."""
        stream = self._streams[row]
        sequence = int(self._sequences[row])
        stream.packets += (sequence - stream.sequence) % 65536
        stream.sequence, stream.timestamp = sequence, int(self._timestamps[row])
