"""Conversations between telephones through a running worker."""

from __future__ import annotations

import asyncio
import itertools

import numpy as np
import pytest

from hallom.media import rtcp, rtp
from hallom.media.aio.client import MediaError
from hallom.media.g711 import Law
from hallom.media.tests.endpoint import Telephone, tone
from hallom.media.tests.running import Worker, until, write_sound

pytestmark = pytest.mark.telephony


async def test_two_bridged_legs_hear_each_other(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    agent = await worker.telephone("c-2", 1000)
    await worker.bridge("c-1", "c-2")
    await until(lambda: customer.hears() == [1000] and agent.hears() == [400])
    await until(lambda: len(worker.of_kind("leg.up")) == 2)


@pytest.mark.parametrize("law", list(Law))
async def test_legs_of_different_laws_hear_each_other(worker: Worker, law: Law) -> None:
    customer = await worker.telephone("c-1", 400, law=law)
    agent = await worker.telephone("c-2", 1000, law=Law.PCMA)
    await worker.bridge("c-1", "c-2")
    await until(lambda: customer.hears() == [1000] and agent.hears() == [400])
    assert {packet.payload_type for packet in customer.heard} == {int(law)}
    assert np.abs(customer.samples().astype(int)).max() == pytest.approx(8000, rel=0.05)


async def test_a_peer_that_sends_the_other_law_than_it_gets_is_understood(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400, law=Law.PCMA, codec=0)
    agent = await worker.telephone("c-2", 1000)
    await worker.bridge("c-1", "c-2")
    await until(lambda: agent.hears() == [400])
    assert {packet.payload_type for packet in customer.heard} == {0}


async def test_before_anyone_is_routed_to_it_a_leg_is_sent_silence(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    await until(lambda: len(customer.heard) > 25)
    assert customer.hears() == []


async def test_one_port_one_ssrc_and_one_sequence_through_hold_and_retrieve(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    agent = await worker.telephone("c-2", 1000)
    music = write_sound(worker.data / "music.wav", tone(500, 8000))
    await worker.bridge("c-1", "c-2")
    await until(lambda: customer.hears() == [1000])
    await worker.client.call("player.start", player="c-p1", files=[music], loop=True, to=["c-1"])
    await worker.client.call("mix", edits=[["c-1", "c-2", 0], ["c-2", "c-1", 0]])
    await until(lambda: customer.hears() == [500] and agent.hears() == [])
    await worker.client.call("player.stop", player="c-p1")
    await worker.bridge("c-1", "c-2")
    await until(lambda: customer.hears() == [1000] and agent.hears() == [400])
    assert len(customer.sources - {s for s in customer.sources if s[1] % 2}) == 1
    assert len({packet.ssrc for packet in customer.heard}) == 1
    sequences = [packet.sequence for packet in customer.heard]
    assert {(b - a) % 65536 for a, b in itertools.pairwise(sequences)} == {1}
    timestamps = [packet.timestamp for packet in customer.heard]
    assert {(b - a) % 2**32 for a, b in itertools.pairwise(timestamps)} == {160}


async def test_edits_made_together_take_effect_in_one_tick(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 0)
    quiet = write_sound(worker.data / "one.wav", np.full(8000, 1000, np.int16))
    loud = write_sound(worker.data / "two.wav", np.full(8000, 4000, np.int16))
    await worker.client.call("player.start", player="one", files=[quiet], loop=True, to=["c-1"])
    await worker.client.call("player.start", player="two", files=[loud], loop=True)
    await until(lambda: customer.samples(1).max(initial=0) > 900)
    worker.client.send("mix", edits=[["one", "c-1", 0]])
    await worker.client.send("mix", edits=[["two", "c-1", 1]])
    await until(lambda: (customer.samples(1) > 3800).all())
    levels = {int(value) // 900 for value in np.unique(customer.samples(300))}
    assert levels <= {0, 1, 4}, "neither silence (after the start) nor both at once in between"
    heard = customer.samples(300).reshape(-1, 160)
    playing = heard[np.argmax(heard[:, 0] > 900) :]
    assert (playing > 900).all()


async def test_a_whisper_is_heard_by_the_agent_alone(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    agent = await worker.telephone("c-2", 1000)
    coach = await worker.telephone("c-3", 2000)
    await worker.bridge("c-1", "c-2")
    await worker.client.call("mix", edits=[["c-1", "c-3", 1], ["c-2", "c-3", 1], ["c-3", "c-2", 0.5]])
    await until(lambda: sorted(coach.hears(2)) == [400, 1000])
    await until(lambda: agent.hears(2) == [400, 2000])
    await until(lambda: customer.hears() == [1000])
    spectrum = np.abs(np.fft.rfft(customer.samples().astype(float)))
    at_2000 = spectrum[round(2000 * 4000 / 8000)]
    assert at_2000 < spectrum.max() / 100


async def test_a_peer_on_hold_is_not_sent_to_and_not_heard(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    agent = await worker.telephone("c-2", 1000)
    await worker.bridge("c-1", "c-2")
    await until(lambda: agent.hears() == [400] and customer.hears() == [1000])
    address = {"host": "127.0.0.1", "port": customer.port, "codec": 0, "dtmf": 101}
    await worker.client.call("leg.connect", leg="c-1", **address, sends=False, receives=False)
    await until(lambda: agent.hears() == [])
    before = customer.heard[-1]
    ticks = (await worker.client.call("ping"))["tick"]
    async with asyncio.timeout(5):
        while (await worker.client.call("ping"))["tick"] < ticks + 10:
            await asyncio.sleep(0.02)
    assert customer.heard[-1] == before
    await worker.client.call("leg.connect", leg="c-1", **address)
    await until(lambda: customer.hears() == [1000] and agent.hears() == [400])
    resumed = customer.heard[customer.heard.index(before) + 1]
    assert (resumed.sequence - before.sequence) % 65536 == 1, "a hold is no loss"
    assert (resumed.timestamp - before.timestamp) % 2**32 >= 160 * 10, "but time has passed"


async def test_an_old_telephone_holds_with_an_address_of_zeros(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    await until(lambda: len(customer.heard) > 5)
    await worker.client.call("leg.connect", leg="c-1", host="0.0.0.0", port=customer.port, codec=0)
    count = len(customer.heard)
    ticks = (await worker.client.call("ping"))["tick"]
    async with asyncio.timeout(5):
        while (await worker.client.call("ping"))["tick"] < ticks + 10:
            await asyncio.sleep(0.02)
    assert len(customer.heard) <= count + 2
    await worker.client.call("leg.connect", leg="c-1", host="127.0.0.1", port=customer.port, codec=0)
    await until(lambda: len(customer.heard) > count + 10)


async def test_keys_are_told_once_and_in_order(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    await until(lambda: worker.of_kind("leg.up"))
    customer.press("159#")
    await until(lambda: len(worker.of_kind("dtmf")) == 4)
    assert "".join(str(event["digit"]) for event in worker.of_kind("dtmf")) == "159#"


async def test_a_stranger_is_not_heard_and_gets_nothing(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    agent = await worker.telephone("c-2", 1000)
    await worker.bridge("c-1", "c-2")
    await until(lambda: agent.hears() == [400])
    stranger = await Telephone.ring_up(3000)
    worker.telephones.append(stranger)
    stranger.speak_to((await worker.client.call("leg.open", leg="c-1", kind="rtp"))["port"])
    await until(lambda: len(agent.heard) > 100)

    async def strangers() -> int:
        return int((await worker.client.call("ping"))["counters"].get("stranger", 0))

    async with asyncio.timeout(5):
        while await strangers() < 20:
            await asyncio.sleep(0.05)
    assert agent.hears(1) == [400]
    assert stranger.heard == []
    assert customer.hears() == [1000]


async def test_a_telephone_behind_nat_is_followed_to_its_true_address(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400, port=9)
    agent = await worker.telephone("c-2", 1000)
    await worker.bridge("c-1", "c-2")
    await until(lambda: customer.hears() == [1000] and agent.hears() == [400])


async def test_reports_go_both_ways_and_quality_is_told(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    customer.send(rtcp.pack(rtcp.Report(1), "telephone"))
    await until(lambda: customer.reports, 12)
    compound = rtcp.parse(customer.reports[0])
    assert compound is not None
    report = compound.reports[0]
    assert report.ssrc == customer.heard[0].ssrc
    assert abs(report.packets - len(customer.heard)) < 20
    assert report.blocks[0].lost == 0
    echo = rtcp.ReportBlock(report.ssrc, 0, 0, 0, 0, report.middle, 0)
    customer.send(rtcp.pack(rtcp.Report(1, blocks=(echo,)), "telephone"))
    # What is told with the report that came above may be here only after it, and knows nothing of the echo.
    await until(lambda: any(one["round_trip_ms"] is not None for one in worker.of_kind("quality")), 12)
    quality = worker.of_kind("quality")[-1]
    assert quality["loss"] == 0
    assert 0 <= quality["round_trip_ms"] < 500
    assert quality["mos"] > 4
    assert quality["level"] == pytest.approx(20 * np.log10(8000 / 32768) - 3, abs=1)
    closing = await worker.client.call("leg.close", leg="c-1")
    assert closing["quality"]["mos"] > 4


async def test_a_telephone_with_a_control_port_of_its_own_gets_reports_there(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    control = await Telephone.ring_up(port=customer.port + 1)
    worker.telephones.append(control)
    await until(lambda: control.reports, 12)
    opened = await worker.client.call("leg.open", leg="c-1", kind="rtp")
    assert control.sources == {("127.0.0.1", opened["port"] + 1)}
    assert customer.reports == []


async def test_silence_of_a_leg_is_told_after_five_seconds(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    await until(lambda: worker.of_kind("leg.up"))
    customer.is_speaking = False
    await until(lambda: worker.of_kind("leg.silent"), 9)
    assert worker.of_kind("leg.silent") == [{"event": "leg.silent", "leg": "c-1", "seconds": 5}]


async def test_rubbish_on_the_media_port_is_dropped_and_counted(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    agent = await worker.telephone("c-2", 1000)
    await worker.bridge("c-1", "c-2")
    await until(lambda: agent.hears() == [400])
    for rubbish in (
        b"",
        b"\x80",
        b"\x80\x00short",
        b"\x8f" + bytes(11),
        b"\x80\xc8\x00\x09xx",
        b"INVITE sip:",
    ):
        customer.send(rubbish)
    customer.send(rtp.pack(rtp.Packet(77, False, 1, 1, 1, bytes(2000))))
    expected = {"malformed_rtp": 2, "not_rtp": 2, "malformed_rtcp": 1}
    async with asyncio.timeout(5):
        counters: dict[str, int] = {}
        while any(counters.get(name, 0) < count for name, count in expected.items()):
            await asyncio.sleep(0.02)
            counters = (await worker.client.call("ping"))["counters"]
    assert agent.hears() == [400]


async def test_refusals_are_clear_and_change_nothing(worker: Worker) -> None:
    await worker.telephone("c-1", 400)
    for do, arguments, words in (
        ("leg.close", {"leg": "nobody"}, "no such leg 'nobody'"),
        ("leg.open", {"leg": "c-1", "kind": "webrtc"}, "is open as rtp"),
        ("mix", {"edits": [["c-1", "nobody", 1]]}, "no such leg"),
        ("mix", {"edits": [["nobody", "c-1", 1]]}, "no such leg or player"),
        ("player.start", {"player": "p", "files": ["none.wav"], "to": []}, "none.wav: no such file"),
        ("player.start", {"player": "c-1", "files": ["none.wav"]}, "is a leg"),
        ("recorder.pause", {"recorder": "r"}, "no such recorder"),
        ("leg.connect", {"leg": "c-1", "host": "::1", "port": 5, "codec": 0}, "address family"),
        ("leg.fly", {}, "unknown verb"),
    ):
        with pytest.raises(MediaError, match=words):
            await worker.client.call(do, **arguments)
    inventory = await worker.client.call("inventory")
    assert [leg["leg"] for leg in inventory["legs"]] == ["c-1"]
    assert inventory["players"] == inventory["recorders"] == inventory["edges"] == []
