"""What is written together."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hallom.switch.aio.prepared import Sent
from hallom.switch.aio.spool import Row
from hallom.switch.journal import JournalEntry


@dataclass(slots=True)
class Work:
    """Entries that must be durable, order replies to write with them, and what may happen afterwards.

    `then` is None when nobody waits for it. `decided_at`, by `time.perf_counter`, is when the first of them was.
    """

    entries: list[JournalEntry]
    replies: list[dict[str, Any]]
    then: Callable[[], None] | None
    decided_at: float = field(default_factory=time.perf_counter)


@dataclass(slots=True)
class Batch:
    """Works that are written together; `sent` while the database has them. `text` is the entries, JSON."""

    works: list[Work]
    rows: list[Row]
    text: str
    replies: str = ""
    sent: Sent | None = None
    is_watched: bool = False
    began: float = field(default_factory=time.perf_counter)

    @property
    def has_failed(self) -> bool:
        return self.sent is not None and self.sent.failure is not None

    @property
    def is_awaited(self) -> bool:
        return any(work.then is not None for work in self.works)

    @property
    def is_empty(self) -> bool:
        return not self.rows and not self.replies
