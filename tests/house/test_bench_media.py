"""The media bench says whose fault a lost frame is: only then does its 0 mean anything."""

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from bench import media
from bench.media import Scenario, Window
from hallom.media.aio.prompts import ensure_tones

CALLS = Scenario("media: recorded call, telephone and browser", 2, ("rtp", "webrtc"), 0.25)
SETTLE_TICKS = 50


async def windows(data: Path, disturbed: str) -> list[Window]:
    """One window as it is, one in which the worker or its telephones stand still for a while."""
    ensure_tones(data / "sounds")
    async with media._worker(data) as (process, client), media._telephones(CALLS, client) as load:
        while (await client.call("ping"))["tick"] < SETTLE_TICKS:
            await asyncio.sleep(0.02)
        quiet = await media._window(client, load, CALLS)
        window = asyncio.ensure_future(media._window(client, load, CALLS))
        await asyncio.sleep(media.WINDOW_SECONDS / 4)
        stopped = process.pid if disturbed == "worker" else load.pid
        os.kill(stopped, signal.SIGSTOP)
        await asyncio.sleep(media.WINDOW_SECONDS / 4)
        os.kill(stopped, signal.SIGCONT)
        return [quiet, await window]


@pytest.fixture(autouse=True)
def _short_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "WINDOW_SECONDS", 1.2)
    # On a busy machine the telephones may be later than on the quiet one that figures are taken on.
    monkeypatch.setattr(media, "LATE_MS", 100.0)


def test_a_worker_that_stands_still_has_lost_frames(tmp_path: Path) -> None:
    quiet, stopped = asyncio.run(windows(tmp_path, "worker"))
    assert quiet.is_steady
    assert sum(quiet.lost.values()) == 0
    # The telephones spoke on, so that it was not they.
    assert stopped.late_ms < media.LATE_MS
    assert stopped.lost["too late at the telephones"] > 0


def test_telephones_that_stand_still_are_not_held_against_the_worker(tmp_path: Path) -> None:
    quiet, stopped = asyncio.run(windows(tmp_path, "telephones"))
    assert quiet.is_steady
    assert stopped.late_ms > media.LATE_MS
    assert not stopped.is_steady
    assert [found["value"] for found in media._figures(CALLS, [quiet, stopped], 0.0, 0)][2] == 0


def test_frames_are_lost_wherever_they_were_lost() -> None:
    worker = {"unheard": {"concealed": 1, "late": 2, "dropped": 3}, "skipped_ticks": 0}
    later = {"unheard": {"concealed": 2, "late": 4, "dropped": 6}, "skipped_ticks": 1}
    heard = {"missing": 0, "dropped": 0, "too_late": 0}
    lost = media._lost(worker, later, heard, {"missing": 9, "dropped": 4, "too_late": 5}, 4)
    assert Counter(lost).total() == (1 + 2 + 3) + 1 * 4 + 9 + 5
    assert lost["missing at the telephones"] == 5
    assert lost["dropped at the telephones' ports"] == 4


def test_a_load_that_never_spoke_in_time_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="spoke late"):
        media._figures(CALLS, [Window(1.0, 0.5, {}, 3.0), Window(1.0, 1.0, {}, 500.0)], 0.0, 0)


def figure(value: float, unit: str) -> media.Figure:
    return {"name": "media", "value": value, "unit": unit, "target": 1.0, "how": f"as {value:g}"}


def test_of_several_starts_the_median_counts_and_all_that_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    starts = [(0.3, 2), (0.1, 0), None, (0.2, 5)]

    async def measure(_: Scenario) -> list[media.Figure]:
        found = starts.pop(0)
        if found is None:
            raise RuntimeError("the telephones spoke late")
        return [figure(found[0], "% of a core"), figure(found[1], "frames")]

    monkeypatch.setattr(media, "_measure", measure)
    monkeypatch.setattr(media, "STARTS", 4)
    load, lost = media._of_starts(CALLS)
    assert (load["value"], lost["value"]) == (0.2, 7)
    assert load["how"] == "median of 3 starts (0.3, 0.1, 0.2): as 0.2"


def test_a_start_at_which_the_telephones_never_spoke_in_time_is_left_out_unless_all_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def measure(_: Scenario) -> list[media.Figure]:
        raise RuntimeError("the telephones spoke late")

    monkeypatch.setattr(media, "_measure", measure)
    with pytest.raises(RuntimeError, match="spoke late"):
        media._of_starts(CALLS)
