"""Tests share one private PostgreSQL under var/test; each test run has databases of its own there."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

TEST_DATA = Path(__file__).resolve().parent / "var" / "test"
_slots = []


def _free_slot() -> str:
    """Several people run pytest in one tree: each run holds a number while it lasts."""
    TEST_DATA.mkdir(parents=True, exist_ok=True)
    for number in range(1000):
        file = open(TEST_DATA / f"slot-{number}.lock", "w")  # noqa: SIM115
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        _slots.append(file)
        return str(number)
    raise RuntimeError("a thousand test runs at once")


# Before Django reads its settings; workers of xdist inherit both.
os.environ["HALLOM_DATA"] = str(TEST_DATA)
os.environ.setdefault("HALLOM_TEST_DB", "")
if not os.environ["HALLOM_TEST_DB"]:
    os.environ["HALLOM_TEST_DB"] = _free_slot()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    if not os.environ.get("DATABASE_URL"):
        from hallom.config import postgres

        postgres.ensure_running(TEST_DATA / "postgres", chosen=os.environ.get("HALLOM_PG_BIN", ""))
