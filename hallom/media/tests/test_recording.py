"""Stereo recordings of a running worker."""

from __future__ import annotations

import asyncio
import os
import wave
from pathlib import Path

import numpy as np
import pytest

from hallom.media.aio.recorder import HEADER_BYTES, PARTS_AT_ONCE, RecordingFile
from hallom.media.tests.endpoint import loudest
from hallom.media.tests.running import Worker, until

pytestmark = pytest.mark.telephony


def channels(path: Path) -> tuple[np.ndarray, np.ndarray]:
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8000)
        count = file.getnframes()
        data = file.readframes(count)
    assert len(data) == 4 * count, "the header tells the true length"
    both = np.frombuffer(data, "<i2").reshape(-1, 2)
    return both[:, 0], both[:, 1]


async def conversation(worker: Worker) -> Path:
    customer = await worker.telephone("c-1", 400)
    agent = await worker.telephone("c-2", 1000)
    await worker.bridge("c-1", "c-2")
    await until(lambda: customer.hears() == [1000] and agent.hears() == [400])
    path = worker.data / "recordings" / "2026" / "01" / "02" / "c.wav"
    relative = "recordings/2026/01/02/c.wav"
    reply = await worker.client.call(
        "recorder.start", recorder="c", path=relative, left=["c-1"], right=["c-2"]
    )
    assert reply["path"] == str(path)
    return path


async def tick_of(worker: Worker) -> int:
    return int((await worker.client.call("ping"))["tick"])


async def ticks(worker: Worker, count: int) -> None:
    """Waits until the worker has mixed so many more frames."""
    start = await tick_of(worker)
    async with asyncio.timeout(10):
        while await tick_of(worker) < start + count:
            await asyncio.sleep(0.02)


async def test_the_customer_is_left_and_the_agent_right(worker: Worker) -> None:
    path = await conversation(worker)
    await ticks(worker, 75)
    reply = await worker.client.call("recorder.stop", recorder="c")
    left, right = channels(path)
    assert reply["path"] == str(path)
    assert left.size == round(reply["seconds"] * 8000)
    assert left.size >= 75 * 160
    assert [round(f, -1) for f in loudest(left)] == [400]
    assert [round(f, -1) for f in loudest(right)] == [1000]
    spectrum = np.abs(np.fft.rfft(left[:8000].astype(float)))
    assert spectrum[1000] < spectrum[400] / 100, "the agent is not in the customer's channel"
    assert path.stat().st_mode & 0o077 == 0


def longest_silence(path: Path) -> tuple[int, int, int]:
    """Where the longest stretch of frames begins and ends in which neither is heard, and how many frames there are."""
    left, right = channels(path)
    silent = ((left == 0) & (right == 0)).reshape(-1, 160).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], silent, [False]]))).reshape(-1, 2)
    begin, end = max(edges, key=lambda stretch: stretch[1] - stretch[0])
    return int(begin), int(end), len(silent)


# On a busy machine these telephones speak by fits and starts, and orders take their time: only what the worker has counted is
# certain. That the pause is kept to the frame is in test_engine.py, where nobody waits for a clock.
async def test_while_paused_silence_is_recorded_and_time_goes_on(worker: Worker) -> None:
    path = await conversation(worker)
    started = await tick_of(worker)
    await ticks(worker, 30)
    await worker.client.call("recorder.pause", recorder="c")
    paused = await tick_of(worker)
    await ticks(worker, 30)
    resumed = await tick_of(worker)
    await worker.client.call("recorder.resume", recorder="c")
    await ticks(worker, 30)
    stopped = await tick_of(worker)
    reply = await worker.client.call("recorder.stop", recorder="c")
    begin, end, frames = longest_silence(path)
    assert frames == round(reply["seconds"] * 50) >= stopped - started >= 90
    # What an order changes comes with the next tick.
    assert end - begin >= resumed - paused - 1
    assert 0 < begin < end < frames


async def test_a_second_agent_takes_the_first_ones_channel_over(worker: Worker) -> None:
    path = await conversation(worker)
    await ticks(worker, 40)
    await worker.telephone("c-3", 2000)
    await worker.client.call("recorder.start", recorder="c", path="x.wav", left=["c-1"], right=["c-2", "c-3"])
    await ticks(worker, 60)
    await worker.client.call("recorder.stop", recorder="c")
    _, right = channels(path)
    assert [round(f, -1) for f in loudest(right[:4800])] == [1000]
    assert sorted(round(f, -1) for f in loudest(right[-4000:], 2)) == [1000, 2000]


async def test_a_recording_is_readable_after_the_worker_was_killed(worker: Worker) -> None:
    path = await conversation(worker)
    await until(lambda: path.exists() and path.stat().st_size > 44 + 32000)
    worker.process.kill()
    await asyncio.to_thread(worker.process.wait, 5)
    left, right = channels(path)
    assert left.size >= 8000
    assert [round(f, -1) for f in loudest(left)] == [400]
    assert [round(f, -1) for f in loudest(right)] == [1000]


async def test_a_recording_is_never_written_over(worker: Worker) -> None:
    path = await conversation(worker)
    await ticks(worker, 10)
    await worker.client.call("recorder.stop", recorder="c")
    before = path.read_bytes()
    again = await worker.client.call(
        "recorder.start", recorder="c", path=str(path), left=["c-1"], right=["c-2"]
    )
    assert again["path"].endswith("c-2.wav")
    await worker.client.call("recorder.stop", recorder="c")
    assert path.read_bytes() == before


async def test_a_recording_that_cannot_be_written_is_told_and_the_call_goes_on(worker: Worker) -> None:
    await conversation(worker)
    (worker.data / "blocked").write_text("a file where a folder should be")
    await worker.client.call("recorder.start", recorder="bad", path="blocked/x.wav", left=["c-1"], right=[])
    await until(lambda: worker.of_kind("recorder.failed"))
    assert worker.of_kind("recorder.failed")[0]["recorder"] == "bad"
    assert all(telephone.hears() for telephone in worker.telephones)
    await worker.client.call("recorder.stop", recorder="bad")


def test_a_write_that_is_cut_short_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.pwritev
    monkeypatch.setattr(os, "pwritev", lambda file, parts, place: whole(file, [b"".join(parts)[:5]], place))
    file = RecordingFile(tmp_path / "c.wav")
    file.append([b"abcd", b"efgh", b"ijkl"])
    file.append([b"mnop"])
    file.close()
    assert (tmp_path / "c.wav").read_bytes()[HEADER_BYTES:] == b"abcdefghijklmnop"


def test_more_frames_than_the_system_takes_at_once_are_all_written(tmp_path: Path) -> None:
    frames = [number.to_bytes(4, "big") for number in range(2 * PARTS_AT_ONCE + 7)]
    file = RecordingFile(tmp_path / "c.wav")
    file.append(frames)
    file.close()
    assert (tmp_path / "c.wav").read_bytes()[HEADER_BYTES:] == b"".join(frames)
