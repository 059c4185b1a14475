"""A media worker goes before other work when it may, and works all the same when it may not."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hallom.config import logs, media_process
from hallom.media.aio import worker


def started(monkeypatch: pytest.MonkeyPatch, folder: Path, nice: Callable[[int], int]) -> list[int]:
    """The numbers of the workers that were run."""
    ran: list[int] = []
    monkeypatch.setenv("HALLOM_DATA", str(folder))
    monkeypatch.setattr(logs, "configure", lambda *_, **__: None)
    monkeypatch.setattr(worker, "main", lambda number, *_: ran.append(number))
    monkeypatch.setattr(os, "nice", nice)
    media_process.main(["--worker", "1"])
    return ran


def test_a_media_worker_goes_before_other_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[int] = []

    def grant(step: int) -> int:
        asked.append(step)
        return step

    assert started(monkeypatch, tmp_path, grant) == [1]
    assert asked == [-10]


def test_without_the_right_to_it_works_all_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(step: int) -> int:
        raise PermissionError

    assert started(monkeypatch, tmp_path, refuse) == [1]
