import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.telephony.house import Desk, House

HERE = Path(__file__).parent


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


def need(program: str) -> str:
    """Path of a program that only tests need; its absence fails where nobody would read a skip."""
    path = shutil.which(program)
    if path is None:
        message = f"{program} is missing: `apt install {'sip-tester' if program == 'sipp' else program}`"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path
