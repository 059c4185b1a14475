from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mail.dovecot import Dovecot
from tests.telephony.house import free_ports

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)


def need_dovecot() -> None:
    """Its absence fails where nobody would read a skip."""
    if shutil.which("dovecot") or Path("/usr/sbin/dovecot").exists():
        return
    message = "dovecot is missing: `apt install dovecot-imapd`"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    need_dovecot()
    # A unix socket's path holds 107 bytes, and pytest's own temporary folders are long.
    folder = Path(tempfile.mkdtemp(prefix="hallom-dovecot-"))
    folder.chmod(0o755)
    server = Dovecot(folder, free_ports(1)[0])
    server.add_user("help")
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
