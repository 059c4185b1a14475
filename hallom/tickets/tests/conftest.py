from dataclasses import dataclass, field
from datetime import datetime

import pytest

from hallom.tickets import outgoing
from hallom.tickets.models import Channel, Message


@dataclass
class Postman:
    """A sender that only remembers."""

    queued: list[tuple[int, datetime]] = field(default_factory=list)
    is_gone: bool = False

    def queue(self, message: Message, at: datetime, *, via: int | None = None) -> None:
        self.queued.append((message.pk, at))

    def recall(self, message: Message) -> bool:
        return not self.is_gone


@pytest.fixture
def postman(monkeypatch: pytest.MonkeyPatch) -> Postman:
    """To whom mail is handed in this test."""
    postman = Postman()
    monkeypatch.setitem(outgoing._senders, Channel.EMAIL, postman)
    return postman
