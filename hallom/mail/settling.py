"""What became of imported mails, and what they taught, written for several at once within their transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection

from hallom.mail import filing
from hallom.mail.filing import Learned
from hallom.mail.models import IncomingMail, Progress
from hallom.tickets.models import Message, Ticket


class AlreadyImported(Exception):
    """Another process was faster; what this one did is rolled back."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a mail; ``is_automatic``: no machine of ours may answer it."""

    progress: Progress
    reason: str = ""
    ticket: Ticket | None = None
    message: Message | None = None
    is_automatic: bool = False
    learned: Learned | None = None


class Settling:
    """Nobody may ask the database about a settled mail before ``write``."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []
        self._learned: list[Learned] = []

    def add(self, incoming: IncomingMail, fate: Fate) -> None:
        incoming.progress, incoming.reason = fate.progress, fate.reason or incoming.reason
        incoming.ticket, incoming.message = fate.ticket, fate.message
        incoming.is_automatic = fate.is_automatic
        self._rows.append({name: getattr(incoming, name) for name in _WRITTEN})
        if fate.learned:
            self._learned.append(fate.learned)

    def write(self) -> None:
        """Raises AlreadyImported if one of them was no longer waiting."""
        if not self._rows:
            return
        rows, learned = self._rows, self._learned
        self._rows, self._learned = [], []
        with connection.cursor() as cursor:
            cursor.execute(_SETTLE, [*filing.parameters(learned), json.dumps(rows, default=str)])
            if cursor.rowcount != len(rows):
                raise AlreadyImported


_WRITTEN = (
    "id", "progress", "reason", "ticket_id", "message_id", "is_automatic", "identifier", "from_address", "from_name",
    "subject", "excerpt",
)  # fmt: skip
_SETTLE = f"""{filing.LEARN} UPDATE mail_incomingmail m SET progress = f.progress, reason = f.reason,
      ticket_id = f.ticket_id, message_id = f.message_id, is_automatic = f.is_automatic, identifier = f.identifier,
      from_address = f.from_address, from_name = f.from_name, subject = f.subject, excerpt = f.excerpt
    FROM jsonb_to_recordset(%s::jsonb) AS f (id bigint, progress text, reason text, ticket_id bigint, message_id bigint,
      is_automatic bool, identifier text, from_address text, from_name text, subject text, excerpt text)
    WHERE m.id = f.id AND m.progress = 'stored'"""
