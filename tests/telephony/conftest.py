import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.telephony.house import Desk, House, free_ports

HERE = Path(__file__).parent
QUICK_ROOMS = 240
# How long a colleague, and whoever gets a caller back, is rung in the quick house.
RING_SECONDS = 3


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.telephony)


@pytest.fixture(scope="session")
def premises() -> Iterator[House]:
    # A unix socket's path holds 107 bytes, and pytest's own temporary folders are long.
    folder = Path(tempfile.mkdtemp(prefix="hallom-telephony-"))
    house = House(folder, workers=2)
    try:
        house.open()
        yield house
    finally:
        house.close()
        if not os.environ.get("HALLOM_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def house(premises: House) -> House:
    """The house with everything running, whatever the test before has killed."""
    for name in ("postgres", "media-0", "media-1", "switch", "relay"):
        if not premises.is_running(name):
            premises.restart(name)
    return premises


@pytest.fixture
def desk(house: House) -> Desk:
    return next(house.desks)


@pytest.fixture(scope="session")
def quick_house() -> Iterator[House]:
    """Without a greeting, and with little patience."""
    folder = Path(tempfile.mkdtemp(prefix="hallom-quick-"))
    house = House(folder, workers=1, rooms=QUICK_ROOMS, is_silent=True)
    try:
        house.open()
        be_impatient(house)
        yield house
    finally:
        house.close()
        if not os.environ.get("HALLOM_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)


def be_impatient(house: House) -> None:
    house.query(
        "INSERT INTO calls_switchboard (id, person_seconds, outside_seconds, queue_seconds, place_seconds,"
        " return_seconds, hold_seconds, places, promise_minutes) VALUES (1, %s, %s, 60, 60, %s, 0, 20, 60)",
        RING_SECONDS,
        RING_SECONDS,
        RING_SECONDS,
    )
    house.query(
        "UPDATE calls_trunk SET is_outgoing = true, is_probed = false, host = '127.0.0.1', port = %s",
        free_ports(1)[0],
    )
    house.query("NOTIFY switch_config")


def need(program: str) -> str:
    """Path of a program that only tests need; its absence fails where nobody would read a skip."""
    path = shutil.which(program)
    if path is None:
        message = f"{program} is missing: `apt install {'sip-tester' if program == 'sipp' else program}`"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path
