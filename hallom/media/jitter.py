"""A jitter buffer in frames of one tick that puts packets back in order and hides what is missing.

Frames are kept by RTP timestamp, not by sequence number: key presses, silence suppression and packet times
other than 20 ms then need no special case.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

FRAME = 160
"""Samples handed out a tick."""
FINE = 80
"""Step for senders whose packets are not whole frames (10, 30, 50 ms)."""
MINIMUM_DEPTH = 2
MAXIMUM_DEPTH = 10
"""200 ms: beyond it a conversation is harder to hold than with some frames lost (G.114)."""
CAPACITY = 50
"""Frames; one second. A sender that is further ahead is started anew."""
RESTART_AFTER_LATE = 25
"""Half a second of nothing but late packets: the sender's clock has jumped."""
SKIP_AFTER = 5
"""Frames hidden in a row before a gap counts as a pause of the sender."""
SHRINK_AFTER = 500
"""Ten quiet seconds before the depth goes down by one frame."""
DROP_AFTER = 25
"""Ticks with too many frames before one is dropped: 20 ms in half a second follows any clock drift."""
CALM_FRAMES = MINIMUM_DEPTH + 2
"""As many may wait where none is to be dropped, that of the tick included."""
TIMESTAMPS = _WRAP = 1 << 32
_HALF = 1 << 31

Calm = tuple[int, Sequence[bytes | None], bytes]
"""Of a buffer: the timestamp to be played next, what waits from there on, frame by frame, and what was played last."""


class Borrower(Protocol):
    """Plays a buffer as long as it is calm."""

    def give_back(self, row: int) -> Calm: ...


class JitterBuffer:
    """Frames go in by timestamp as they arrive and come out one a tick, in order, none twice."""

    __slots__ = (
        "_borrower", "_frames", "_full_ticks", "_hidden", "_last", "_late_run", "_next", "_placed", "_playing", "_quiet_ticks",
        "_row", "_starved", "_step",
        "concealed", "depth", "dropped", "late", "silence",
    )  # fmt: skip

    def __init__(self, silence: bytes) -> None:
        self.silence = silence
        self.depth = MINIMUM_DEPTH
        self.concealed = self.late = self.dropped = 0
        self._step = FRAME
        self._quiet_ticks = 0
        self._frames: dict[int, bytes] = {}
        self._borrower: Borrower | None = None
        self._row = 0
        self.restart()

    def restart(self) -> None:
        """Forgets what is waiting; the next packet begins a new stream. Depth and counters stay."""
        self.take_back()
        self._frames.clear()
        self._next = 0
        self._placed = self._playing = False
        self._starved = False
        self._last = self.silence[: self._step]
        self._late_run = self._hidden = self._full_ticks = 0

    @property
    def unheard(self) -> int:
        """Frames whose turn came and which were not played: missing, too late, or dropped."""
        return self.concealed + self.late + self.dropped

    def lend(self, borrower: Borrower, row: int) -> Calm | None:
        """What the borrower is to play from now on, until it is taken back; None where there is no calm."""
        if not self._playing or self.depth != MINIMUM_DEPTH or self._step != FRAME:
            return None
        if self._hidden or self._late_run or self._full_ticks:
            return None
        waiting = [self._frames.get((self._next + FRAME * ahead) % _WRAP) for ahead in range(CALM_FRAMES)]
        if sum(frame is not None for frame in waiting) != len(self._frames):
            return None
        self._frames.clear()
        self._playing = False
        self._borrower, self._row = borrower, row
        return self._next, waiting, self._last

    def take_back(self) -> None:
        """Plays for itself again, if it was lent."""
        if self._borrower is None:
            return
        self._next, waiting, self._last = self._borrower.give_back(self._row)
        self._borrower = None
        self._playing = True
        for ahead, frame in enumerate(waiting):
            if frame is not None:
                self._frames[(self._next + FRAME * ahead) % _WRAP] = frame

    def put(self, timestamp: int, payload: bytes) -> None:
        if self._borrower is not None:
            self.take_back()
        size = len(payload)
        if size == self._step == FRAME:
            if self._playing:
                ahead = (timestamp - self._next) % _WRAP
                if ahead <= CAPACITY * FRAME and not ahead % FRAME:
                    # The usual case, kept short; a second copy is the same frame and may take its place.
                    self._frames[timestamp] = payload
                    self._late_run = 0
                    return
            self._put_frame(timestamp, payload)
            return
        if size % FRAME and not size % FINE and self._step == FRAME:
            self._step = FINE
            self.restart()
        for offset in range(0, size - self._step + 1, self._step):
            self._put_frame((timestamp + offset) % _WRAP, payload[offset : offset + self._step])

    def _put_frame(self, timestamp: int, frame: bytes) -> None:
        if self._placed:
            ahead = (timestamp - self._next) % _WRAP
            if ahead >= _HALF:
                if not self._count_late():
                    return
            elif ahead > CAPACITY * FRAME or ahead % self._step:
                self._start_anew()
            elif self._starved:
                self._grow_if_starved(ahead)
        self._late_run = 0
        frames = self._frames
        if timestamp not in frames:
            frames[timestamp] = frame
            if len(frames) > CAPACITY * FRAME // self._step:
                self._start_anew()

    def _grow_if_starved(self, ahead: int) -> None:
        # A gap this short is a packet that came too late, not a pause of the speaker.
        self._starved = False
        if ahead <= 2 * FRAME:
            self._deepen()

    def _count_late(self) -> bool:
        """Whether so many came late in a row that the stream was started anew."""
        self.late += 1
        self._late_run += 1
        if self._late_run < RESTART_AFTER_LATE:
            if self._late_run == 1:
                self._deepen()
            return False
        self.restart()
        return True

    def _deepen(self) -> None:
        self._quiet_ticks = 0
        if self.depth < MAXIMUM_DEPTH:
            self.depth += 1
            # A deeper buffer only helps once play-out is later; waiting for it to fill does that.
            self._playing = False

    def _start_anew(self) -> None:
        self.dropped += len(self._frames)
        self.restart()

    def get(self) -> bytes:
        """One frame of 160 bytes: the next, a stand-in for a missing one, or silence."""
        if self._borrower is not None:
            self.take_back()
        if self._step != FRAME:
            return self._get_step() + self._get_step()
        return self._get_step()

    def _get_step(self) -> bytes:
        frames = self._frames
        if not self._playing and not self._start():
            return self.silence[: self._step]
        position = self._next
        frame = frames.pop(position, None)
        self._next = (position + self._step) % _WRAP
        if frame is None:
            return self._conceal()
        self._last = frame
        self._hidden = 0
        if len(frames) * self._step > (self.depth + 1) * FRAME:
            self._shorten()
        else:
            self._full_ticks = 0
        self._quiet_ticks += 1
        if self._quiet_ticks >= SHRINK_AFTER and self.depth > MINIMUM_DEPTH:
            self.depth -= 1
            self._quiet_ticks = 0
        return frame

    def _start(self) -> bool:
        """Begins play-out at the oldest frame once enough are waiting."""
        frames = self._frames
        if len(frames) * self._step < self.depth * FRAME:
            return False
        # Relative to one that waits (or to the last one played), so that the wrap at 2**32 sorts right.
        anchor = self._next if self._placed else next(iter(frames)) - _HALF
        self._next = min(frames, key=lambda timestamp: (timestamp - anchor) % _WRAP)
        self._placed = self._playing = True
        return True

    def _conceal(self) -> bytes:
        """The last frame once more, then silence; nothing waiting means the sender paused."""
        stand_in, self._last = self._last, self.silence[: self._step]
        self.concealed += 1
        if not self._frames:
            # The missing frame may still come and is not late then: nothing after it has been heard.
            self._next = (self._next - self._step) % _WRAP
            self._playing = False
            self._starved = True
            self._hidden = 0
            return stand_in
        self._hidden += 1
        if self._hidden >= SKIP_AFTER:
            self._skip_gap()
        return stand_in

    def _skip_gap(self) -> None:
        position = self._next
        self._next = min(self._frames, key=lambda timestamp: (timestamp - position) % _WRAP)
        self._hidden = 0

    def _shorten(self) -> None:
        self._full_ticks += 1
        if self._full_ticks < DROP_AFTER:
            return
        self._full_ticks = 0
        self.dropped += 1
        position = self._next
        self._frames.pop(position, None)
        self._next = (position + self._step) % _WRAP
