"""The settings of `pytest`: state under var/test, a database of one's own, and what only slows tests down left out."""

import fcntl
import os
from pathlib import Path
from typing import IO

_TEST_DATA = Path(__file__).resolve().parent.parent.parent / "var" / "test"


def _free_slot() -> tuple[int, IO[str]]:
    """Several people run pytest in one tree: each run holds a number for as long as it lasts."""
    _TEST_DATA.mkdir(parents=True, exist_ok=True)
    for number in range(1000):
        file = open(_TEST_DATA / f"slot-{number}.lock", "w")  # noqa: SIM115
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        return number, file
    raise RuntimeError("a thousand test runs at once")


# Set before the settings are read, and in the environment because the workers of xdist inherit it.
os.environ["HALLOM_DATA"] = str(_TEST_DATA)
if not os.environ.get("HALLOM_TEST_DB"):
    _number, HALLOM_TEST_SLOT = _free_slot()
    os.environ["HALLOM_TEST_DB"] = str(_number)

from hallom.config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
