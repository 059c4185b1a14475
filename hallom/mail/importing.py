"""A stored mail becomes part of a ticket, in one transaction; whatever is in it, it is not lost and stops nobody else."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import InterfaceError, OperationalError, connection
from django.db.models import F, QuerySet

from hallom.mail import envelope, placing, unreadable
from hallom.mail.doubles import Earlier
from hallom.mail.foreseen import Foreseen
from hallom.mail.house import House, house
from hallom.mail.intake import CUT
from hallom.mail.models import IncomingMail, Progress
from hallom.mail.parse import ParsedMail
from hallom.mail.parse.limits import Problem
from hallom.mail.settling import AlreadyImported, Settling
from hallom.storage import blobs
from hallom.timeline.journal import in_one_piece

log = structlog.get_logger(__name__)

# A mail that failed, or took its process with it, so many times is no longer read but handed to a person as it is. Not
# fewer: the process may die for other reasons, and the mail that is in hand then is innocent.
MOST_ATTEMPTS = 6
# Any number nobody else locks: "mail" in ASCII. Imports stand in line, so that each sees what the one before did.
LOCK = 0x6D61696C
# Mails share a transaction for so long at most: their tickets are locked until its end, and people want to write there.
TOGETHER_SECONDS = 0.1
# About as many as that is enough for: more would be asked about in vain.
TOGETHER = 16


def due() -> QuerySet[IncomingMail]:
    return IncomingMail.objects.filter(progress=Progress.STORED).select_related("raw")


def claim(rows: Sequence[IncomingMail]) -> list[IncomingMail]:
    """Count the attempt before it is made: a mail that kills its process must not do so for ever."""
    claimed = []
    for attempts in {row.attempts for row in rows}:
        same = [row for row in rows if row.attempts == attempts]
        waiting = IncomingMail.objects.filter(pk__in=[row.pk for row in same], progress=Progress.STORED)
        if waiting.filter(attempts=attempts).update(attempts=F("attempts") + 1) != len(same):
            continue
        for row in same:
            row.attempts += 1
        claimed += same
    return claimed


def import_mail(
    incoming: IncomingMail, *, now: datetime, known_house: House | None = None, is_claimed: bool = False
) -> IncomingMail:
    """Raises only when the database is away. A failure leaves the mail to be tried again, at last to be handed on unread."""
    if not is_claimed and not claim([incoming]):
        return IncomingMail.objects.get(pk=incoming.pk)
    try:
        _import(incoming, known_house or house(), now)
    except AlreadyImported:
        return IncomingMail.objects.get(pk=incoming.pk)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("mail.import_failed", mail=incoming.pk, attempts=incoming.attempts)
        incoming.refresh_from_db()
    return incoming


@dataclass(frozen=True, slots=True)
class Read:
    """A claimed mail, read before any transaction begins; without ``parsed`` a person gets it as it is."""

    row: IncomingMail
    raw: bytes | None
    parsed: ParsedMail | None


def read(incoming: IncomingMail, raw: bytes | None = None) -> Read:
    """``raw``: its bytes, if they are at hand."""
    raw = _raw(incoming) if raw is None else raw
    parsed = envelope.read(incoming, raw) if raw is not None and incoming.attempts <= MOST_ATTEMPTS else None
    return Read(incoming, raw, parsed)


def import_together(mails: Sequence[Read], *, clock: Callable[[], datetime], known_house: House) -> int:
    """The first of these in one transaction, as many as fit into TOGETHER_SECONDS; how many.

    0: one of them failed, or the database did, and nothing has changed. Import each alone then.
    """
    count, until = 0, time.monotonic() + TOGETHER_SECONDS
    mails = mails[:TOGETHER]
    try:
        with in_one_piece():
            _stand_in_line()
            batch = _Batch(mails, known_house, clock())
            for mail in mails:
                batch.take_in(mail, clock())
                count += 1
                if time.monotonic() > until:
                    break
            batch.settling.write()
    except Exception as fault:
        log.warning("mail.not_together", mails=count + 1, fault=type(fault).__name__)
        return 0
    return count


def _import(incoming: IncomingMail, known_house: House, now: datetime) -> None:
    mail = read(incoming)
    with in_one_piece():
        _stand_in_line()
        batch = _Batch([mail], known_house, now)
        batch.take_in(mail, now)
        batch.settling.write()


class _Batch:
    """The mails of one transaction; each sees what those before it did."""

    def __init__(self, mails: Sequence[Read], known_house: House, now: datetime) -> None:
        self._house = known_house
        self._earlier = Earlier((mail.row, mail.parsed) for mail in mails)
        readable = [(mail.row, mail.parsed) for mail in mails if mail.parsed and not _is_unread(mail)]
        signs = {row.pk: placing.signs_of(row, parsed, known_house) for row, parsed in readable}
        self._foreseen = Foreseen(signs, now=now)
        self.settling = Settling()

    def take_in(self, mail: Read, now: datetime) -> None:
        incoming, raw, parsed = mail.row, mail.raw, mail.parsed
        known = self._foreseen.house_for(incoming, parsed.message_id) if parsed else None
        if known is None:
            self.settling.write()
        if raw is None or parsed is None or _is_unread(mail):
            fate = unreadable.hand_on(incoming, raw, parsed, now=now)
        else:
            signs = self._foreseen.signs_of(incoming)
            fate = placing.place(
                incoming, raw, parsed, self._house, now=now, earlier=self._earlier, signs=signs, known=known
            )
            if incoming.reason == CUT and fate.ticket is not None:
                unreadable.note_cut(incoming, fate.ticket, now=now)
        self.settling.add(incoming, fate)
        self._foreseen.changed(incoming, ids=fate.learned.kinds if fate.learned else ())
        self._earlier.add(incoming)


def _is_unread(mail: Read) -> bool:
    return mail.raw is None or mail.parsed is None or Problem.UNPARSABLE in mail.parsed.problems


def _raw(incoming: IncomingMail) -> bytes | None:
    """None when somebody has taken the file away: that a mail came is told all the same."""
    try:
        return blobs.read(incoming.raw)
    except FileNotFoundError:
        log.error("mail.file_missing", mail=incoming.pk)
        return None


def _stand_in_line() -> None:
    with connection.cursor() as cursor:
        # A power cut that takes an import with it takes all of it: the mail is still stored and is imported again.
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'off', true), pg_advisory_xact_lock(%s)", [LOCK]
        )
