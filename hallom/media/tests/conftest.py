"""A running worker for tests that need real sockets."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hallom.media.tests.running import Worker


@pytest.fixture
async def worker(tmp_path: Path) -> AsyncIterator[Worker]:
    started = Worker(tmp_path, random.randrange(30000, 44000, 200))
    await started.start()
    yield started
    await started.stop()
