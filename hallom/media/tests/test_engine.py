"""The clock of the engine and its limits, without waiting for either."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from hallom.media import protocol, rtp
from hallom.media.aio import certificate, commands
from hallom.media.aio.commands import Commands
from hallom.media.aio.engine import CARE_TICKS, CATCH_UP_SECONDS, PATIENCE_TICKS, TICK_SECONDS, Engine
from hallom.media.aio.mixing import HEARD_ROWS, MIXED_ROWS
from hallom.media.aio.player import Player
from hallom.media.aio.ports import NoPortError, PortPool
from hallom.media.aio.recorder import HEADER_BYTES, RecordingWriter
from hallom.media.aio.webrtc import Dtls
from hallom.media.g711 import FRAME_SAMPLES, Law, decode
from hallom.media.protocol import RequestError


@pytest.fixture
def events() -> list[dict[str, object]]:
    return []


@pytest.fixture
def engine(events: list[dict[str, object]]):
    made = Engine(PortPool("127.0.0.1", range(45000, 45020)), Dtls(certificate.make()), events.append)
    yield made
    made.close()


def test_a_short_delay_is_caught_up_tick_by_tick(engine: Engine) -> None:
    due = engine._next_due(100.0, 100.3)
    assert due == pytest.approx(100.0 + TICK_SECONDS)
    assert (engine.late_ticks, engine.skipped_ticks) == (1, 0)


def test_a_suspended_machine_does_not_play_the_past(engine: Engine) -> None:
    now = 100.0 + CATCH_UP_SECONDS + 10
    assert engine._next_due(100.0, now) == now
    assert engine.skipped_ticks == pytest.approx((CATCH_UP_SECONDS + 10) / TICK_SECONDS, abs=2)


async def test_a_tick_that_fails_is_logged_with_its_number_and_the_next_one_comes(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticked = asyncio.Event()

    def tick(_now: float) -> None:
        engine.ticks += 1
        if engine.ticks == 1:
            raise ValueError("spoilt")
        ticked.set()

    monkeypatch.setattr(engine, "tick", tick)
    with capture_logs() as lines:
        running = asyncio.ensure_future(engine.run())
        async with asyncio.timeout(5):
            await ticked.wait()
        running.cancel()
    assert [(line["event"], line["tick"], line["exc_info"]) for line in lines] == [
        ("media.tick_failed", 1, True)
    ]


def test_ticks_with_nothing_and_nobody_are_fine(engine: Engine) -> None:
    for _ in range(3):
        engine.tick(100.0)
    assert engine.ticks == 3


def test_a_leg_that_nobody_connected_is_silent_and_harmless(engine: Engine, events) -> None:
    engine.open_leg("c-1", "rtp")
    engine.open_leg("c-2", "webrtc")
    for tick in range(600):
        engine.tick(100.0 + tick * TICK_SECONDS)
    assert events == []


def test_ports_are_given_back_and_used_again(engine: Engine) -> None:
    legs = [engine.open_leg(f"c-{number}", "rtp") for number in range(10)]
    assert all(leg.port % 2 == 0 for leg in legs)
    assert len({leg.port for leg in legs}) == 10
    with pytest.raises(NoPortError):
        engine.open_leg("c-11", "rtp")
    engine.close_leg(legs[3], 100.0)
    assert engine.open_leg("c-12", "rtp").port == legs[3].port


def test_ports_known_to_be_taken_are_not_tried_again(engine: Engine, monkeypatch) -> None:
    for number in range(10):
        engine.open_leg(f"c-{number}", "rtp")
    tried: list[int] = []
    monkeypatch.setattr(engine._ports, "_bind", tried.append)
    with pytest.raises(NoPortError):
        engine.open_leg("c-11", "rtp")
    assert tried == []


def heard(port: socket.socket) -> list[tuple[int, int]]:
    """Sequence numbers and timestamps of all that came."""
    packets = []
    with suppress(BlockingIOError):
        while True:
            packets.append(rtp.HEADER.unpack_from(port.recv(2048))[2:4])
    return packets


def test_a_leg_goes_on_counting_however_often_others_come_and_go(engine: Engine) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.setblocking(False)
        held, hearing = (
            protocol.ConnectLeg("c-1", *phone.getsockname(), Law.PCMA, None, True, receives)
            for receives in (False, True)
        )
        leg = engine.open_leg("c-1", "rtp")
        for tick in range(60):
            if tick % 20 == 0:
                leg.connect(hearing, 100.0)
            if tick % 20 == 15:
                leg.connect(held, 100.0)
            # Now before the leg, now behind it, and sometimes of the same name as one that has just gone.
            if tick % 3 == 0:
                engine.open_leg("c-0", "rtp").connect(hearing, 100.0)
            if tick % 3 == 2:
                engine.close_leg(engine.legs["c-0"], 100.0)
            engine.tick(100.0 + tick * TICK_SECONDS)
        engine._round.settle(leg)
        first = leg.stream.timestamp - 60 * FRAME_SAMPLES
        sent = [tick for tick in range(60) if tick % 20 < 15]
        assert leg.stream.packets == len(sent) == 45
        wanted = [
            ((leg.stream.sequence - 45 + number) % 65536, (first + tick * FRAME_SAMPLES) % (1 << 32))
            for number, tick in enumerate(sent)
        ]
        assert [packet for packet in heard(phone) if packet in wanted] == wanted
        leg.meter.recent()
        assert leg.meter._whole_ticks == 60


def test_who_is_heard_before_he_answers_loses_no_frame_by_answering(engine: Engine) -> None:
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    with sockets[0] as customer, sockets[1] as outside:
        for one in (customer, outside):
            one.bind(("127.0.0.1", 0))
            one.setblocking(False)
        hearing, heard_early = (
            protocol.ConnectLeg(name, *one.getsockname(), Law.PCMU, None, True, True)
            for name, one in (("c-1", customer), ("c-2", outside))
        )
        engine.open_leg("c-1", "rtp").connect(hearing, 100.0)
        leg = engine.open_leg("c-2", "rtp")
        leg.connect(heard_early, 100.0)
        engine.matrix.connect("c-2", "c-1", 1.0)
        for tick in range(60):
            if tick == 30:
                leg.connect(heard_early, 100.0)
                engine.matrix.connect("c-1", "c-2", 1.0)
                engine.changed()
            header = rtp.HEADER.pack(rtp.VERSION, int(Law.PCMU), tick, tick * FRAME_SAMPLES, 7)
            outside.sendto(header + bytes([16 + tick]) * FRAME_SAMPLES, ("127.0.0.1", leg.port))
            engine.tick(100.0 + tick * TICK_SECONDS)
        frames = []
        with suppress(BlockingIOError):
            while True:
                frames.append(customer.recv(2048)[rtp.HEADER_BYTES :])
        begun = [frame for frame in frames if frame[0] != 0xFF]
        assert begun == [bytes([16 + tick]) * FRAME_SAMPLES for tick in range(len(begun))]
        assert len(begun) >= 58


def test_a_full_worker_refuses_with_words(engine: Engine, tmp_path: Path, monkeypatch) -> None:
    writer = RecordingWriter(lambda recorder, reason: None)
    verbs = Commands(engine, tmp_path, writer)
    monkeypatch.setattr(commands, "MAXIMUM_LEGS", 1)
    first = verbs.carry_out(protocol.OpenLeg("c-1", "rtp"))
    assert verbs.carry_out(protocol.OpenLeg("c-1", "rtp")) == first
    with pytest.raises(RequestError, match="full"):
        verbs.carry_out(protocol.OpenLeg("c-2", "rtp"))
    writer.close()


def test_a_paused_recording_is_silent_for_as_long_as_the_pause_and_loses_no_time(
    engine: Engine, tmp_path: Path
) -> None:
    writer = RecordingWriter(lambda recorder, reason: None)
    verbs = Commands(engine, tmp_path, writer)
    voices = [16 + tick for tick in range(90)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        leg = engine.open_leg("c-1", "rtp")
        leg.connect(protocol.ConnectLeg("c-1", *phone.getsockname(), Law.PCMU, None, True, True), 100.0)
        verbs.carry_out(protocol.StartRecorder("c", "c.wav", ("c-1",), ()))
        for tick, voice in enumerate(voices):
            if tick == 30:
                verbs.carry_out(protocol.PauseRecorder("c"))
            if tick == 60:
                verbs.carry_out(protocol.ResumeRecorder("c"))
            header = rtp.HEADER.pack(rtp.VERSION, int(Law.PCMU), tick, tick * FRAME_SAMPLES, 7)
            phone.sendto(header + bytes([voice]) * FRAME_SAMPLES, ("127.0.0.1", leg.port))
            engine.tick(100.0 + tick * TICK_SECONDS)
    verbs.carry_out(protocol.StopRecorder("c"))
    writer.close()
    both = np.frombuffer((tmp_path / "c.wav").read_bytes()[HEADER_BYTES:], "<i2").reshape(-1, 2)
    frames = both[:, 0].reshape(-1, FRAME_SAMPLES)
    said = decode(bytes(voices), Law.PCMU)
    heard_from = int(np.flatnonzero(frames[:, 0])[0])
    assert len(frames) == 90
    assert heard_from < 5
    wanted = np.concatenate([np.zeros(heard_from, np.int16), said[: 90 - heard_from]])
    wanted[30:60] = 0
    assert (frames == wanted[:, None]).all()


def a_sound(engine: Engine, name: str, *legs: str) -> Player:
    player = Player(name, ("greeting.wav",), np.zeros(8000, np.int16), loops=False)
    engine.add_player(player)
    for leg in legs:
        engine.matrix.connect(name, leg, 1.0)
    return player


def run(engine: Engine, ticks: int) -> None:
    for _ in range(ticks):
        engine.tick(100.0)
    engine.changed()
    engine.tick(100.0)


def test_a_sound_for_a_browser_that_never_comes_begins_all_the_same(engine: Engine) -> None:
    engine.open_leg("c-1", "webrtc")
    player = a_sound(engine, "p-1", "c-1")
    run(engine, PATIENCE_TICKS - 2)
    assert player.position == 0
    run(engine, CARE_TICKS)
    assert player.position > 0


def test_a_sound_waits_for_nobody_when_someone_hears_it_or_it_has_begun(engine: Engine) -> None:
    engine.open_leg("c-1", "webrtc")
    engine.open_leg("c-2", "rtp")
    players = [
        a_sound(engine, "both", "c-1", "c-2"),
        a_sound(engine, "telephone", "c-2"),
        a_sound(engine, "nobody"),
    ]
    run(engine, 10)
    assert [player.position for player in players] == [10 * 160] * 3
    engine.matrix.connect("nobody", "c-1", 1.0)
    run(engine, 10)
    assert players[2].position == 21 * 160


def test_all_workers_and_restarts_share_one_certificate(tmp_path: Path) -> None:
    path = tmp_path / "secret" / "dtls.pem"
    first = certificate.load_or_create(path)
    assert certificate.load_or_create(path).fingerprint == first.fingerprint
    assert path.stat().st_mode & 0o077 == 0
    certificate._store(path, certificate.make())
    assert certificate.load_or_create(path).fingerprint == first.fingerprint
    assert [file.name for file in path.parent.iterdir()] == ["dtls.pem"]


def test_there_is_room_for_all_that_a_worker_may_hold() -> None:
    assert commands.MAXIMUM_LEGS + commands.MAXIMUM_PLAYERS <= HEARD_ROWS
    assert commands.MAXIMUM_LEGS + 2 * commands.MAXIMUM_RECORDERS <= MIXED_ROWS
