"""Keys that we send: telephone events as RFC 4733 wants them, else tones; pauses; encrypted too."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from hallom.media import dtmf, g711, rtp
from hallom.media.aio.client import MediaError
from hallom.media.g711 import FRAME_SAMPLES, Law
from hallom.media.pressing import KEY_TICKS, MAXIMUM_WAITING, PAUSE_TICKS, KeyPacket, KeySender, frames_of
from hallom.media.tests.endpoint import loudest, tone
from hallom.media.tests.running import Worker, until, write_sound
from hallom.media.tests.test_recording import channels, ticks
from hallom.media.tests.test_webrtc import browser_on

EVENT_TYPE = 96


def sent(digits: str) -> list[KeyPacket | None]:
    sender = KeySender()
    sender.press(digits)
    packets = []
    while sender.is_busy:
        packets.append(sender.next_packet())
    return packets


def test_a_key_grows_ends_three_times_and_leaves_room_for_the_next() -> None:
    packets = sent("5")
    events = [dtmf.EVENT.unpack(one.payload) for one in packets if one is not None]
    assert [code for code, _, _ in events] == [5] * 7
    assert [lasted for _, _, lasted in events] == [160, 320, 480, 640, 800, 800, 800]
    assert [bool(flags & dtmf.END) for _, flags, _ in events] == [False] * 4 + [True] * 3
    assert [one.is_first for one in packets if one is not None] == [True] + [False] * 6
    assert len(packets) == KEY_TICKS
    assert packets[7:] == [None] * 3


def test_a_comma_is_two_seconds_of_sound_as_ever() -> None:
    packets = sent(",,1")
    assert packets[: 2 * PAUSE_TICKS] == [None] * 200
    assert packets[200] is not None


@pytest.mark.parametrize("key", dtmf.KEYS)
def test_every_key_is_its_two_tones(key: str) -> None:
    frames = frames_of(key)
    low, high = dtmf.frequencies(key)
    heard = sorted(round(hertz, -1) for hertz in loudest(frames[:5].ravel(), 2))
    assert heard == [round(low, -1), round(high, -1)]
    assert not frames[5:].any()


def test_the_receiver_of_another_house_hears_each_key_once() -> None:
    receiver = dtmf.KeyReceiver()
    events = [
        (FRAME_SAMPLES * tick - one.elapsed, one.payload)
        for tick, one in enumerate(sent("11*9#"), 1)
        if one is not None
    ]
    keys = [receiver.receive(*event) for event in events]
    assert "".join(filter(None, keys)) == "11*9#"


def events_of(packets: list[rtp.Packet]) -> list[rtp.Packet]:
    return [packet for packet in packets if packet.payload_type == EVENT_TYPE]


@pytest.mark.telephony
async def test_a_leg_that_knows_events_is_sent_events_in_its_own_stream_and_then_sound(
    worker: Worker,
) -> None:
    bank = await worker.telephone("c-1", 400, law=Law.PCMA, dtmf=EVENT_TYPE)
    await worker.telephone("c-2", 1000)
    await worker.bridge("c-1", "c-2")
    await until(lambda: bank.hears() == [1000])
    await worker.client.call("leg.press", leg="c-1", digits="4,#")
    await until(lambda: len(events_of(bank.heard)) == 14)
    await until(lambda: bank.hears() == [1000])
    keys = events_of(bank.heard)
    assert [packet.marker for packet in keys] == ([True] + [False] * 6) * 2
    assert [dtmf.KEYS[packet.payload[0]] for packet in keys] == ["4"] * 7 + ["#"] * 7
    assert [len({packet.timestamp for packet in key}) for key in (keys[:7], keys[7:])] == [1, 1]
    gap = (keys[7].timestamp - keys[0].timestamp) % (1 << 32)
    assert gap == FRAME_SAMPLES * (KEY_TICKS + PAUSE_TICKS), "a comma is two seconds"
    sequences = [packet.sequence for packet in bank.heard]
    assert {(b - a) % 65536 for a, b in itertools.pairwise(sequences)} == {1}
    assert len({packet.ssrc for packet in bank.heard}) == 1
    sound = [packet for packet in bank.heard if packet.payload_type != EVENT_TYPE]
    assert {packet.payload_type for packet in sound} == {int(Law.PCMA)}
    assert {len(packet.payload) for packet in sound} == {FRAME_SAMPLES}
    steps = {(b.timestamp - a.timestamp) % (1 << 32) for a, b in itertools.pairwise(sound)}
    assert steps == {FRAME_SAMPLES, 8 * FRAME_SAMPLES}, "time goes on under the keys"


@pytest.mark.telephony
async def test_a_leg_that_knows_no_events_is_sent_the_tone_alone(worker: Worker) -> None:
    bank = await worker.telephone("c-1", 0, dtmf=None)
    talking = write_sound(worker.data / "talking.wav", tone(500, 8000))
    await worker.client.call("player.start", player="p", files=[talking], loop=True, to=["c-1"])
    await until(lambda: bank.hears() == [500])
    before = len(bank.heard)
    await worker.client.call("leg.press", leg="c-1", digits="9")

    def is_pressed() -> bool:
        heard = g711.decode(b"".join(packet.payload for packet in bank.heard[before:]), Law.PCMU)
        windows = (heard[start : start + 800] for start in range(0, heard.size - 800, FRAME_SAMPLES))
        return [850, 1480] in [sorted(round(hertz, -1) for hertz in loudest(one, 2)) for one in windows]

    await until(is_pressed)
    await until(lambda: bank.hears() == [500])
    assert {packet.payload_type for packet in bank.heard} == {int(Law.PCMU)}


@pytest.mark.telephony
async def test_keys_that_we_send_are_in_no_recording(worker: Worker) -> None:
    bank = await worker.telephone("c-1", 400, dtmf=None)
    agent = await worker.telephone("c-2", 1000)
    await worker.bridge("c-1", "c-2")
    await until(lambda: bank.hears() == [1000] and agent.hears() == [400])
    await worker.client.call("recorder.start", recorder="c", path="c.wav", left=["c-1"], right=["c-2"])
    await worker.client.call("leg.press", leg="c-1", digits="99999")
    await ticks(worker, 75)
    reply = await worker.client.call("recorder.stop", recorder="c")
    for side, hertz in zip(channels(Path(reply["path"])), (400, 1000), strict=True):
        spectrum = np.abs(np.fft.rfft(side.astype(float) * np.hanning(side.size)))
        place = round(1477 * side.size / 8000)
        assert [round(found, -1) for found in loudest(side)] == [hertz]
        assert spectrum[place - 4 : place + 5].max() < 0.001 * spectrum.max()


@pytest.mark.telephony
async def test_a_browser_is_sent_keys_encrypted(worker: Worker) -> None:
    async with browser_on(worker, "c-2", 1000) as browser:
        await until(lambda: browser.heard)
        await worker.client.call("leg.press", leg="c-2", digits="7")
        await until(lambda: len([one for one in browser.heard if one.payload_type == 126]) == 7)
        await until(lambda: browser.heard[-1].payload_type == int(Law.PCMU))
        assert {one.payload[0] for one in browser.heard if one.payload_type == 126} == {7}


@pytest.mark.telephony
async def test_what_is_no_key_and_what_is_too_much_is_refused_without_being_told(worker: Worker) -> None:
    await worker.telephone("c-1", 400)
    for digits in ("12x45", "", "1" * (MAXIMUM_WAITING + 1), 5, None):
        with pytest.raises(MediaError) as refusal:
            await worker.client.call("leg.press", leg="c-1", digits=digits)
        assert "12x45" not in str(refusal.value)
    await worker.client.call("leg.press", leg="c-1", digits="," * MAXIMUM_WAITING)
    with pytest.raises(MediaError, match="too many"):
        await worker.client.call("leg.press", leg="c-1", digits="1")
    with pytest.raises(MediaError, match="no such leg"):
        await worker.client.call("leg.press", leg="c-9", digits="1")
