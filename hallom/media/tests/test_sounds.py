"""Players in a running worker."""

from __future__ import annotations

import pytest

from hallom.media.tests.endpoint import tone
from hallom.media.tests.running import Worker, until, write_sound

pytestmark = pytest.mark.telephony


async def test_a_player_plays_its_files_in_a_row_and_says_when_it_is_done(worker: Worker) -> None:
    customer = await worker.telephone("c-1")
    one = write_sound(worker.data / "one.wav", tone(600, 4100))
    two = write_sound(worker.data / "two.wav", tone(1500, 4100))
    reply = await worker.client.call("player.start", player="p", files=[one, two], loop=False, to=["c-1"])
    assert reply["seconds"] == 1.025
    await until(lambda: customer.hears() == [600])
    await until(lambda: customer.hears() == [1500])
    await until(lambda: worker.of_kind("player.done") == [{"event": "player.done", "player": "p"}])
    await until(lambda: customer.hears() == [])
    assert (await worker.client.call("inventory"))["players"] == []
    await worker.client.call("player.stop", player="p")


async def test_a_looping_player_goes_round_without_a_seam_until_it_is_stopped(worker: Worker) -> None:
    customer = await worker.telephone("c-1")
    # 1,040 samples: whole waves of 500 Hz, but no whole number of frames.
    music = write_sound(worker.data / "music.wav", tone(500, 1040))
    await worker.client.call("player.start", player="p", files=[music], loop=True, to=["c-1"])
    await until(lambda: customer.hears() == [500])
    await until(lambda: len(customer.heard) > 80)
    assert customer.hears() == [500]
    wave = customer.samples(50).astype(int)
    assert abs(wave[1:] - wave[:-1]).max() < 3600, "no click at the seam"
    assert worker.of_kind("player.done") == []
    await worker.client.call("player.stop", player="p")
    await until(lambda: customer.hears() == [])


async def test_one_player_is_heard_by_many_and_may_be_turned_down(worker: Worker) -> None:
    one = await worker.telephone("c-1")
    two = await worker.telephone("d-1")
    music = write_sound(worker.data / "music.wav", tone(500, 8000))
    await worker.client.call("player.start", player="p", files=["music.wav"], loop=True, to=["c-1"])
    assert music
    await worker.client.call("mix", edits=[["p", "d-1", 0.25]])
    await until(lambda: one.hears() == [500] and two.hears() == [500])
    ratio = abs(one.samples().astype(int)).max() / abs(two.samples().astype(int)).max()
    assert 3.8 < ratio < 4.2
