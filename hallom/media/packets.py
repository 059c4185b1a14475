"""The outgoing packets of all legs as one matrix: headers are counted up in columns, not leg by leg."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hallom.media.columns import column
from hallom.media.dtmf import EVENT
from hallom.media.g711 import FRAME_SAMPLES, Coded, Law
from hallom.media.pressing import KeyPacket
from hallom.media.rtp import HEADER_BYTES, MARKER, VERSION

PACKET_BYTES = HEADER_BYTES + FRAME_SAMPLES
EVENT_BYTES = HEADER_BYTES + EVENT.size
Rows = NDArray[np.intp]
TAG_BYTES = 20
"""Room behind each packet, where it lies, for the authentication tag of SRTP (RFC 3711 3.1: 10 with ours)."""
ROW_BYTES = PACKET_BYTES + TAG_BYTES


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

    def __init__(
        self, streams: Sequence[OutgoingStream], laws: Sequence[Law], room: NDArray[np.uint8] | None = None
    ) -> None:
        """`room` is where the packets lie, ROW_BYTES each, where the caller has such."""
        count = len(streams)
        self._streams = streams
        self.bytes = np.empty((count, ROW_BYTES), np.uint8) if room is None else room
        self.lengths = column([PACKET_BYTES] * count, np.uint64)
        self._sequences = column([stream.sequence for stream in streams], np.uint16)
        self._timestamps = column([stream.timestamp for stream in streams], np.uint32)
        self.bytes[:, 0] = VERSION
        self.bytes[:, 1] = column(laws, np.uint8)
        self._places = self.bytes[:, 2:4].view(">u2")[:, 0], self.bytes[:, 4:8].view(">u4")[:, 0]
        self.bytes[:, 8:12].view(">u4")[:, 0] = column([stream.ssrc for stream in streams], np.uint32)

    def go_on(self, before: PacketMatrix, rows: Rows, rows_before: Rows) -> None:
        """Takes over the numbers of streams that the matrix before had, without `settle`."""
        self._sequences[rows] = before._sequences[rows_before]
        self._timestamps[rows] = before._timestamps[rows_before]

    def fill(self, coded: Coded) -> None:
        """Puts this tick's audio and numbers in; the rows may then be sent."""
        sequences, timestamps = self._places
        sequences[:], timestamps[:] = self._sequences, self._timestamps
        self.bytes[:, HEADER_BYTES:PACKET_BYTES] = coded
        self._sequences += 1
        self._timestamps += FRAME_SAMPLES

    def put_event(self, row: int, event: KeyPacket, payload_type: int) -> int:
        """A telephone event in place of this tick's audio; returns its size.

        Its timestamp is that of the key's beginning (RFC 4733 2.2.2), its sequence number the next as ever.
        """
        packet = self.bytes[row]
        began = (int(self._timestamps[row]) - FRAME_SAMPLES - event.elapsed) % (1 << 32)
        packet[1] = payload_type | (MARKER if event.is_first else 0)
        packet[4:8] = np.frombuffer(began.to_bytes(4, "big"), np.uint8)
        packet[HEADER_BYTES:EVENT_BYTES] = np.frombuffer(event.payload, np.uint8)
        self.lengths[row] = EVENT_BYTES
        return EVENT_BYTES

    def put_sound(self, row: int, law: Law, coded: bytes | None = None) -> None:
        """Audio again, after an event; `coded` in place of what was mixed."""
        self.bytes[row, 1] = law
        self.lengths[row] = PACKET_BYTES
        if coded is not None:
            self.bytes[row, HEADER_BYTES:PACKET_BYTES] = np.frombuffer(coded, np.uint8)

    def settle(self, row: int) -> None:
        """Writes the numbers of one row back to its stream; what was sent is counted."""
        stream = self._streams[row]
        sequence = int(self._sequences[row])
        stream.packets += (sequence - stream.sequence) % 65536
        stream.sequence, stream.timestamp = sequence, int(self._timestamps[row])
