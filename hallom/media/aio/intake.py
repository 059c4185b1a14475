"""What comes in for all legs: the packets of a tick in one go, the usual ones checked all together."""

from __future__ import annotations

import time
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from hallom.media.aio.batch import PLACES, Inbox, pack_address
from hallom.media.aio.leg import Leg
from hallom.media.aio.mixing import SENT_ROWS
from hallom.media.aio.ports import ROUNDS, PortWatch, drain_flooded, way_in
from hallom.media.aio.ring import Ring
from hallom.media.columns import column, zeros
from hallom.media.lanes import Lanes
from hallom.media.rtp import VERSION
from hallom.media.tally import Tally

NOTHING = -(1 << 63)
"""What no packet shows: a leg from which no packet is usual yet."""
RHYTHM_SECONDS, RHYTHM_TOLERANCE = 0.02, 0.004
"""A packet that follows the one before by a frame tells when the next one is due; its port is not asked again before that.
One ahead of its time is fetched in the next tick, as it would be had it come on time: a tick plays one frame and fetches one
where any waits, so nothing is hidden for it. Asked from 14 ms on, a third of all ports were asked twice, a twentieth of all work."""
MOSTLY_STRANGE = ROUNDS // 2
"""So many packets of a tick's that are not usual: strangers flood this port."""
CHECKED_WORDS = 3
"""Words of an address that tell peers apart: family, port, host. The scope of IPv6 is not known to signalling."""

Rows = NDArray[np.intp]
LOOK, MASK, SOURCE, ARRIVED, EXPECTED = 0, 1, slice(2, 5), 5, 6
"""Columns of what is expected of a leg's next packet: its look, which bits of its source count, the source; when the last one came."""


class Intake:
    """Gives every packet to its leg; port by port through epoll where the system has no ring."""

    def __init__(self, ring: Ring | None) -> None:
        self._watch = PortWatch()
        self._media = None if ring is None else MediaPorts(ring)

    def add(self, leg: Leg) -> None:
        self._watch.add(leg.control, leg.receive_control)
        if self._media is None:
            self._watch.add(leg.media, leg.receive)
        else:
            self._media.add(leg)

    def remove(self, leg: Leg) -> None:
        """To be called while the ports are open."""
        self._watch.remove(leg.control)
        if self._media is None:
            self._watch.remove(leg.media)
        else:
            self._media.remove(leg)

    def changed(self) -> None:
        """Whom a leg believes, or what it expects, may be another than before."""
        if self._media is not None:
            self._media.is_changed = True

    @property
    def lanes(self) -> Lanes | None:
        return None if self._media is None else self._media.lanes

    def drain(self) -> int:
        """Hands on all that waits; returns how many packets there were."""
        count = 0 if self._media is None else self._media.drain()
        return count + self._watch.drain()

    def close(self) -> None:
        self._watch.close()


class Scratch:
    """Where a tick reckons, the same for all: how many ports are asked again is another number each time."""

    def __init__(self) -> None:
        self.descriptors = np.empty(PLACES, np.int32)
        self.expected = np.empty((PLACES, EXPECTED), np.int64)
        self.sources = np.empty((PLACES, CHECKED_WORDS), np.int64)
        self.same_words = np.empty((PLACES, CHECKED_WORDS), np.bool_)
        self.sizes = np.empty(PLACES, np.int64)
        self.gaps = np.empty(PLACES, np.float64)
        self.came, self.usual, self.last, self.judged = np.empty((4, PLACES), np.bool_)


class MediaPorts:
    """Looks at every media port each tick without asking first: nearly every one has a packet, and seldom two."""

    def __init__(self, ring: Ring) -> None:
        self._inbox = Inbox(ring)
        self._scratch = Scratch()
        self._tally = Tally(PLACES)
        self.lanes = Lanes(SENT_ROWS, PLACES)
        self._legs: list[Leg] = []
        self._strange: Counter[int] = Counter()
        self.is_changed = True
        self._lay_out()

    def add(self, leg: Leg) -> None:
        self._legs.append(leg)
        self._tally.add()
        self.lanes.add(leg.buffer)
        self.is_changed = True

    def remove(self, leg: Leg) -> None:
        row = self._legs.index(leg)
        self._tally.remove(row)
        self.lanes.remove(row)
        # The last takes its place, that the others keep theirs.
        self._legs[row] = self._legs[-1]
        del self._legs[-1]
        self.is_changed = True

    def _lay_out(self) -> None:
        count = len(self._legs)
        self.is_changed = False
        self._descriptors = column([leg.media.fileno() for leg in self._legs], np.int32)
        self._rows = column(range(count), np.intp)
        self._waiting = zeros(count, np.intp)
        self._expected = zeros(count * EXPECTED, np.int64).reshape(count, EXPECTED)
        self._sources = self._expected[:, SOURCE].view(np.uint64)
        self._arrived = self._expected.view(np.float64)[:, ARRIVED]
        self._put = [leg.put for leg in self._legs]
        self._open = [leg.open_usual if leg.is_protected else None for leg in self._legs]
        self._is_any_protected = any(self._open)
        for row in range(count):
            self._expect(row)

    def _expect(self, row: int) -> None:
        """Notes what the usual packet of this leg looks like."""
        leg = self._legs[row]
        usual = leg.usual()
        if usual is None:
            self._expected[row, LOOK] = NOTHING
            return
        source, size, law, ssrc = usual
        self._expected[row, LOOK] = size << 48 | VERSION << 40 | law << 32 | ssrc
        self._expected[row, MASK] = 0 if source is None else -1
        if source is not None:
            packed = pack_address(source, leg.family)
            self._sources[row] = np.frombuffer(packed, np.uint64, CHECKED_WORDS)
        else:
            self._sources[row] = 0

    def drain(self) -> int:
        if self.is_changed:
            self._lay_out()
        count, now = 0, time.time()
        self._strange.clear()
        waiting = self._rows
        for turn in range(ROUNDS):
            left = 0
            for start in range(0, len(waiting), PLACES):
                part = slice(start, start + PLACES)
                # At first it is everybody's turn, so that row numbers are places.
                came, rows = self._take(waiting[part], None if turn else part, now)
                count += came
                # Of all ports together: a few of each hundred cost as much to ask as the hundred.
                # What lay where these are put has had its turn.
                self._waiting[left : left + rows.size] = rows
                left += rows.size
            if not left:
                return count
            waiting = self._waiting[:left]
        flooded = [row for row in waiting.tolist() if self._strange[row] > MOSTLY_STRANGE]
        return count + self._drain_flooded(flooded)

    def _drain_flooded(self, rows: list[int]) -> int:
        legs = [self._legs[row] for row in rows]
        count = drain_flooded([way_in(leg.media, leg.receive) for leg in legs])
        for row in rows:
            self._expect(row)
        return count

    def _take(self, rows: Rows, at: slice | None, now: float) -> tuple[int, Rows]:
        """One packet from each of these ports; returns how many had one, and where more may wait.

        `at` is where the rows lie, if they are a stretch: then nothing need be picked out.
        """
        inbox, scratch, number = self._inbox, self._scratch, len(rows)
        if at is None:
            descriptors, expected = scratch.descriptors[:number], scratch.expected[:number]
            self._descriptors.take(rows, out=descriptors, mode="clip")
            self._expected.take(rows, axis=0, out=expected, mode="clip")
        else:
            descriptors, expected = self._descriptors[at], self._expected[at]
        sizes = inbox.fetch(descriptors)
        came = np.greater_equal(sizes, 0, scratch.came[:number])
        count = int(np.count_nonzero(came))
        if not count:
            return 0, rows[:0]
        is_usual = self._are_usual(sizes, expected)
        arrivals = inbox.arrivals(number)
        arrived = expected.view(np.float64)[:, ARRIVED]
        # A stranger has no rhythm: behind one that came in time the peer may wait.
        is_last = self._are_in_time(arrivals, arrived, now)
        is_last &= is_usual
        np.copyto(arrived, arrivals, where=came)
        if at is None:
            self._arrived[rows] = arrived
        may_wait = rows[np.greater(came, is_last, scratch.judged[:number])]
        came &= ~is_usual
        numbers = rows.tolist()
        if self._is_any_protected:
            self._decrypt(numbers, sizes, is_usual)
        self._hear(numbers, at, is_usual, arrivals)
        self._receive(numbers, sizes, came, arrivals)
        return count, may_wait

    def _are_usual(self, sizes: NDArray[np.int32], expected: NDArray[np.int64]) -> NDArray[np.bool_]:
        inbox, scratch, number = self._inbox, self._scratch, len(sizes)
        sources = scratch.sources[:number]
        np.bitwise_and(inbox.names[:number, :CHECKED_WORDS].view(np.int64), expected[:, MASK, None], sources)
        same_words = np.equal(sources, expected[:, SOURCE], scratch.same_words[:number])
        is_usual = same_words.all(1, out=scratch.usual[:number])
        looks = scratch.sizes[:number]
        looks[:] = sizes
        looks <<= 48
        looks |= inbox.looks(number)
        return np.logical_and(is_usual, np.equal(looks, expected[:, LOOK], scratch.judged[:number]), is_usual)

    def _are_in_time(
        self, arrivals: NDArray[np.float64], arrived: NDArray[np.float64], now: float
    ) -> NDArray[np.bool_]:
        """Which came a frame after the last one, and not long ago."""
        scratch, number = self._scratch, len(arrivals)
        gaps = np.subtract(arrivals, arrived, scratch.gaps[:number])
        gaps -= RHYTHM_SECONDS
        np.abs(gaps, gaps)
        is_in_time = np.less(gaps, RHYTHM_TOLERANCE, scratch.last[:number])
        is_in_time &= np.greater(arrivals, now - RHYTHM_SECONDS, scratch.judged[:number])
        return is_in_time

    def _decrypt(self, rows: list[int], sizes: NDArray[np.int32], is_usual: NDArray[np.bool_]) -> None:
        """Where they lie, those that come encrypted; what is refused is usual no more."""
        opens = [self._open[row] for row in rows]
        columns = opens, is_usual.tolist(), sizes.tolist(), self._inbox.pointers[: len(rows)]
        for place, (decrypt, usual, size, packet) in enumerate(zip(*columns, strict=True)):
            if usual and decrypt is not None and not decrypt(packet, size):
                is_usual[place] = False

    def _hear(
        self, rows: list[int], at: slice | None, is_usual: NDArray[np.bool_], arrivals: NDArray[np.float64]
    ) -> None:
        marks, timestamps = self._inbox.numbers(len(rows))
        if at is None:
            uncounted = apart = np.flatnonzero(is_usual).tolist()
        else:
            first, frames = at.start, self._inbox.frames[: len(rows)]
            counted = self._tally.count(first, marks, timestamps, arrivals, are_right=is_usual)
            uncounted = np.flatnonzero(np.greater(is_usual, counted, counted)).tolist()
            fitted = self.lanes.put(first, timestamps, frames, is_usual)
            apart = np.flatnonzero(np.greater(is_usual, fitted, fitted)).tolist()
        for place in uncounted:
            self._count(rows[place], int(marks[place]), float(arrivals[place]))
        for place in apart:
            self._put[rows[place]](int(timestamps[place]), self._inbox.frame(place))

    def _count(self, row: int, mark: int, arrival: float) -> None:
        """A packet that was not next in order, or is the first since the leg's numbers were asked for."""
        source = self._legs[row].source
        source.take_back()
        source.go_on(mark >> 32, mark & 0xFFFFFFFF, arrival)
        self._tally.lend(row, source)

    def _receive(
        self,
        rows: Rows,
        sizes: NDArray[np.int32],
        is_unusual: NDArray[np.bool_],
        arrivals: NDArray[np.float64],
    ) -> None:
        inbox = self._inbox
        for place in np.flatnonzero(is_unusual).tolist():
            row, datagram = int(rows[place]), inbox.datagram(place, int(sizes[place]))
            self._legs[row].receive(datagram, inbox.source(place), float(arrivals[place]))
            self._expect(row)
            self._strange[row] += 1
