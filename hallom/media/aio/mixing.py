"""One tick for all legs together: take what came, mix, send, record. The hot path of the worker."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from pylibsrtp import Error as SrtpError

from hallom.media.aio.batch import Outbox, RingOutbox, SingleOutbox
from hallom.media.aio.leg import Leg
from hallom.media.aio.player import Player, choirs_of
from hallom.media.aio.recorder import FLUSH_TICKS, Recorder
from hallom.media.aio.ring import Ring
from hallom.media.aio.srtp import pointers
from hallom.media.columns import column, pages, zeros
from hallom.media.g711 import FRAME_SAMPLES, Coded, LawTable, Samples, encode
from hallom.media.jitter import JitterBuffer
from hallom.media.lanes import Lanes
from hallom.media.mix import Edge, MixPlan, add_power
from hallom.media.packets import PACKET_BYTES, ROW_BYTES, PacketMatrix

TAPES_AT_ONCE = 16
"""Recordings whose channels are interleaved together: of all at once it was the most memory a tick took."""
HEARD_ROWS, MIXED_ROWS, SENT_ROWS = 4000, 4000, 2000
"""All that a worker may hold: legs and players; legs and the channels of recorders; legs."""


class Room:
    """Where samples and packets lie during a tick, the same for all rounds of a worker; takes memory only for the rows that were used.

    Made anew with each round, the arrays left holes as large as themselves, for the next are larger by a leg:
    2 KiB a call.
    """

    def __init__(self) -> None:
        self.heard = pages(HEARD_ROWS, 2 * FRAME_SAMPLES).view(np.int16)
        self.mixed = pages(MIXED_ROWS, 2 * FRAME_SAMPLES).view(np.int16)
        self.sent = pages(SENT_ROWS, ROW_BYTES)
        self.coded = pages(SENT_ROWS, FRAME_SAMPLES)


class MixRound:
    """Everything that one tick needs, laid out in arrays; made anew after any change."""

    def __init__(
        self, legs: Sequence[Leg], players: Sequence[Player], recorders: Sequence[Recorder],
        edges: Mapping[Edge, float], *, ring: Ring | None = None, lanes: Lanes | None = None, before: MixRound | None = None,
    ) -> None:  # fmt: skip
        if before is not None:
            before.settle_players()
        targets = [leg.target for leg in legs]
        sending = [(leg, target) for leg, target in zip(legs, targets, strict=True) if target is not None]
        # Those who are sent something come first: their rows of the mix are then one slice.
        self._legs = [leg for leg, _ in sending] + [
            leg for leg, target in zip(legs, targets, strict=True) if target is None
        ]
        self._rows = {leg.name: row for row, leg in enumerate(self._legs)}
        self._sending = len(sending)
        self._choirs = choirs_of(players)
        self._players = [player for choir in self._choirs for player in choir.players]
        self._recorders = recorders
        self._tapes = [recorder.put for recorder in recorders]
        self._flushed = [
            [recorder for recorder in recorders if recorder.phase == phase] for phase in range(FLUSH_TICKS)
        ]
        self._room: Room = Room() if before is None else before._room
        self._plan = self._make_plan(edges)
        self._heard_laws = LawTable([leg.heard_law for leg in self._legs])
        laws = [leg.law for leg, _ in sending]
        self._sent_laws = LawTable(laws)
        self._frames = self._room.heard[: len(self._legs) + len(players)]
        self._power = zeros(len(self._legs), np.float64)
        self._settled = zeros(len(self._legs), np.int64)
        self._ticks = 0
        # Before the matrix reads the numbers of the streams.
        going_on = ([], []) if before is None else before.hand_over(self)
        self._packets = PacketMatrix(
            [leg.stream for leg, _ in sending], laws, self._room.sent[: len(sending)]
        )
        if before is not None:
            self._go_on(before, going_on)
        self._play = self._player_of([leg.buffer for leg in self._legs], lanes)
        ways = [(leg.media, target) for leg, target in sending]
        self._outbox: Outbox = (
            SingleOutbox(self._packets, ways) if ring is None else RingOutbox(ring, self._packets, ways)
        )
        self._protected = [
            (row, leg.protect, packet)
            for row, (packet, (leg, _)) in enumerate(zip(pointers(self._packets.bytes), sending, strict=True))
            if leg.is_protected
        ]
        self._pressing = [(row, leg) for row, (leg, _) in enumerate(sending) if leg.pressing.is_busy]
        self._sizes: dict[int, int] = {}
        self.send_failures = 0

    def hand_over(self, after: MixRound) -> tuple[list[int], list[int]]:
        """Rows there and here of legs that simply go on; all others are settled. Another leg of the same name is another."""
        rows_there, rows_here = [], []
        for row, leg in enumerate(self._legs):
            its_row = after._rows.get(leg.name)
            is_there = its_row is not None and after._legs[its_row] is leg
            if its_row is not None and is_there and (row < self._sending) is (its_row < after._sending):
                rows_there.append(its_row)
                rows_here.append(row)
            else:
                self.settle(leg)
        return rows_there, rows_here

    def _go_on(self, before: MixRound, rows: tuple[list[int], list[int]]) -> None:
        """With hundreds of short calls every tick has a round of its own: what goes on is copied in columns."""
        self._ticks = before._ticks
        self._settled[:] = self._ticks
        ours, theirs = column(rows[0], np.intp), column(rows[1], np.intp)
        self._power[ours], self._settled[ours] = before._power[theirs], before._settled[theirs]
        # In order of the rows before, where those who are sent something come first.
        sent = bisect_left(rows[1], before._sending)
        self._packets.go_on(before._packets, ours[:sent], theirs[:sent])

    def settle_players(self) -> None:
        for choir in self._choirs:
            choir.settle()

    def _make_plan(self, edges: Mapping[Edge, float]) -> MixPlan:
        """Each recorder is two destinations more; paused, it hears nobody."""
        taps = [
            () if recorder.is_paused else names
            for recorder in self._recorders
            for names in (recorder.left, recorder.right)
        ]
        sources = [*self._rows, *(player.name for player in self._players)]
        mixed = self._room.mixed[: len(self._rows) + len(taps)]
        return MixPlan(edges, sources, list(self._rows), taps=taps, mixed=mixed)

    def _player_of(self, buffers: Sequence[JitterBuffer], lanes: Lanes | None) -> Callable[[], Coded]:
        """What gives the next frame of each leg, a row each."""
        if lanes is None:
            takes = [buffer.get for buffer in buffers]
            return lambda: np.frombuffer(b"".join([take() for take in takes]), np.uint8).reshape(
                -1, FRAME_SAMPLES
            )
        return partial(lanes.play, lanes.order_of(buffers), self._room.coded[: len(buffers)])

    def tick(self) -> bool:
        """Carries out one tick; returns whether a player came to its end."""
        legs = row = len(self._legs)
        frames = self._frames
        self._hear(frames[:legs])
        for choir in self._choirs:
            frames[row : row + len(choir.players)] = choir.read()
            row += len(choir.players)
        add_power(self._power, frames[:legs])
        self._ticks += 1
        mixed = self._plan.apply(frames)
        self._packets.fill(self._sent_laws.encode(mixed[: self._sending]))
        if self._pressing:
            self._press()
        self._send()
        if self._recorders:
            self._record(mixed[legs:])
        return any(choir.has_finished for choir in self._choirs)

    def _hear(self, frames: Samples) -> None:
        self._heard_laws.decode(self._play(), frames)

    def _press(self) -> None:
        """Keys go out in place of the sound, so that no voice is heard over them; nor are they in any recording."""
        self._sizes.clear()
        for row, leg in self._pressing:
            if leg.pressing.is_busy:
                self._press_one(row, leg)
            else:
                self._packets.put_sound(row, leg.law)
        # One more tick after the last: by then its row is sound again.
        self._pressing = [one for one in self._pressing if one[1].pressing.is_busy or one[0] in self._sizes]

    def _press_one(self, row: int, leg: Leg) -> None:
        if leg.event_type is None:
            frame = leg.pressing.next_frame()
            self._packets.put_sound(row, leg.law, None if frame is None else encode(frame, leg.law))
            return
        event = leg.pressing.next_packet()
        if event is None:
            self._packets.put_sound(row, leg.law)
        else:
            self._sizes[row] = self._packets.put_event(row, event, leg.event_type)

    def _send(self) -> None:
        lengths, sizes = self._packets.lengths, self._sizes
        for row, protect, packet in self._protected:
            try:
                lengths[row] = protect(packet, sizes.get(row, PACKET_BYTES))
            except SrtpError:
                lengths[row] = 0
                self.send_failures += 1
        self.send_failures += self._outbox.send()

    def _record(self, channels: Samples) -> None:
        pairs = channels.reshape(-1, 2, FRAME_SAMPLES).transpose(0, 2, 1)
        size = 4 * FRAME_SAMPLES
        for first in range(0, len(pairs), TAPES_AT_ONCE):
            part = slice(first, first + TAPES_AT_ONCE)
            data = pairs[part].tobytes()
            for put, start in zip(self._tapes[part], range(0, len(data), size), strict=True):
                put(data[start : start + size])
        for recorder in self._flushed[self._ticks % FLUSH_TICKS]:
            recorder.flush()

    def settle(self, leg: Leg) -> None:
        """Brings the leg's numbers up to date: what was sent, and how loud the peer was."""
        row = self._rows.get(leg.name)
        if row is None:
            return
        ticks = self._ticks - int(self._settled[row])
        self._settled[row] = self._ticks
        leg.meter.add(float(self._power[row]), ticks)
        self._power[row] = 0
        if row < self._sending:
            self._packets.settle(row)
        else:
            leg.stream.timestamp = (leg.stream.timestamp + FRAME_SAMPLES * ticks) % (1 << 32)
