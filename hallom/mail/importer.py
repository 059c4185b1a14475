"""Imports what is stored, in the order of arrival: a thread of the mailer, woken when something was stored.

It stands in the mailer and not among the jobs of the worker: the thread that stores wakes the thread that imports within a
millisecond, and a job for every mail would double what the database has to write.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.utils import timezone
from prometheus_client import Counter, Histogram

from hallom.mail import importing
from hallom.mail.house import House, house
from hallom.mail.importing import Read
from hallom.mail.models import IncomingMail, Progress
from hallom.mail.parse import apart
from hallom.storage import blobs

log = structlog.get_logger(__name__)
IMPORTED = Counter("hallom_mail_imported", "Mails imported", ["progress"])
DELAY = Histogram(
    "hallom_mail_import_delay_seconds",
    "From stored to in a ticket",
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 60, 600),
)

# Claimed in one go, of which each transaction takes some.
BATCH = 48
# As all of these are in the memory at once, fewer if they are large.
BATCH_BYTES = 32_000_000
# Mail that needs a limited process of its own to be read goes beside, so that it holds up nobody.
BESIDE = 2
# Woken at once by whoever stores; this is for what a crash left behind and for what is tried again.
POLL_SECONDS = 5.0
DATABASE_PAUSE_SECONDS = 0.5
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 600.0
# A statement asked so often is kept ready by the database: reading and planning it is a third of what it costs there.
OFTEN = 3


class Importer:
    def __init__(self) -> None:
        self.finished = threading.Event()
        self._leave, self._wake = threading.Event(), threading.Event()
        self._pool = ThreadPoolExecutor(BESIDE, thread_name_prefix="import beside")
        self._beside: set[int] = set()
        self._later: dict[int, float] = {}
        # On a busy machine fewer fit into a transaction: what is asked ahead for the others is asked in vain.
        self._fitting = importing.TOGETHER

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._leave.set()
        self._wake.set()

    def run(self) -> None:
        """Until told to stop."""
        keep_statements()
        try:
            while not self._leave.is_set():
                self._wake.clear()
                if not self.round():
                    self._wake.wait(POLL_SECONDS)
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)
            connection.close()
            self.finished.set()

    def round(self) -> bool:
        """Import some of what waits; whether there was anything, so that there may be more."""
        try:
            close_old_connections()
            rows = self._claimed()
            if rows:
                self._import_all(rows, house())
            return bool(rows)
        except (DatabaseError, InterfaceError):
            log.exception("mail.import_without_database")
            connection.close()
            self._leave.wait(DATABASE_PAUSE_SECONDS)
            return True

    def _claimed(self) -> list[IncomingMail]:
        """Fresh ones in one go; one that was tried before comes alone, so that it takes no other with it."""
        moment = time.monotonic()
        self._later = {pk: at for pk, at in self._later.items() if at > moment}
        waiting = importing.due().exclude(pk__in=[*self._beside, *self._later])
        rows = list(waiting.order_by("attempts", "id")[:BATCH])
        fresh = [row for row in rows if row.attempts == 0]
        sizes = accumulate(row.raw.size for row in fresh)
        fitting = [row for row, size in zip(fresh, sizes, strict=True) if size <= BATCH_BYTES]
        return importing.claim(fitting or rows[:1])

    def _import_all(self, rows: list[IncomingMail], known_house: House) -> None:
        """In the order of arrival and as few transactions as may be; one by one when something is wrong with one of them."""
        for row in rows:
            # One that was made this moment is looked up when it is asked for.
            if row.mailbox_id in known_house.mailboxes:
                row.mailbox = known_house.mailboxes[row.mailbox_id]
        mails = [mail for row in rows if (mail := self._read(row, known_house))]
        while mails:
            some = mails[: self._fitting]
            count = importing.import_together(some, clock=timezone.now, known_house=known_house)
            if not count:
                break
            self._fitting = min(count * 2, importing.TOGETHER) if count == len(some) else count
            for mail in mails[:count]:
                self._done(mail.row)
            del mails[:count]
        for mail in mails:
            # What the transaction that failed has left in the memory.
            mail.row.refresh_from_db()
            self._import(mail.row, known_house)

    def _read(self, row: IncomingMail, known_house: House) -> Read | None:
        """None when it is imported another way: beside, as reading it may take long, or alone, as it cannot be read."""
        try:
            raw = blobs.read(row.raw)
            if apart.is_ordinary(raw):
                return importing.read(row, raw)
        except Exception:
            # Alone it is told of, and tried again.
            self._import(row, known_house)
            return None
        self._beside.add(row.pk)
        self._pool.submit(self._import_beside, row, known_house)
        return None

    def _import_beside(self, row: IncomingMail, known_house: House) -> None:
        try:
            close_old_connections()
            self._import(row, known_house)
        except (DatabaseError, InterfaceError):
            log.exception("mail.import_without_database")
            connection.close()
        finally:
            self._beside.discard(row.pk)

    def _import(self, row: IncomingMail, known_house: House) -> None:
        done = importing.import_mail(row, now=timezone.now(), known_house=known_house, is_claimed=True)
        if done.progress == Progress.STORED:
            pause = min(FIRST_PAUSE_SECONDS * 2.0 ** min(done.attempts, 16), LONGEST_PAUSE_SECONDS)
            self._later[row.pk] = time.monotonic() + pause
        else:
            self._done(done)

    def _done(self, row: IncomingMail) -> None:
        IMPORTED.labels(str(row.progress)).inc()
        DELAY.observe(max(0.0, (timezone.now() - row.received_at).total_seconds()))


def keep_statements() -> None:
    """From now on this thread's connection to the database has its statements kept ready; others' have not."""
    connection.close()
    options = {**connection.settings_dict["OPTIONS"], "server_side_binding": True, "prepare_threshold": OFTEN}
    connection.settings_dict = {**connection.settings_dict, "OPTIONS": options}
