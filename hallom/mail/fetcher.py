"""Fetching the mail of one mailbox: a thread that stays connected, waits for news, and comes back after every loss."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.utils import timezone
from prometheus_client import Counter

from hallom.mail import intake, problems
from hallom.mail.imap import Session
from hallom.mail.intake import Arrived
from hallom.mail.models import IncomingMail, Mailbox, MailboxState, Progress
from hallom.mail.parse.limits import MAX_RAW
from hallom.mail.problems import Problem

log = structlog.get_logger(__name__)
FETCHED = Counter("hallom_mail_fetched", "Mails fetched by IMAP")
CONNECTS = Counter("hallom_mail_connects", "Connections to IMAP servers", ["outcome"])

# RFC 2177: a client should begin anew at least every 29 minutes.
IDLE_SECONDS = 29 * 60.0
# For servers without IDLE; mail that is half a minute old is still new.
POLL_SECONDS = 30.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 300.0
# Providers lock accounts after a few wrong passwords: such a refusal is not tried again quickly.
REFUSED_PAUSE_SECONDS = 60.0
# One commit and one flag command for so many mails or bytes, whichever is reached first.
BATCH, BATCH_BYTES = 50, 20 * 1024 * 1024
# A mail is larger on the wire than the parser reads: its beginning is kept all the same.
MAX_FETCHED = MAX_RAW
_REFUSALS = {Problem.PASSWORD, Problem.CONSENT, Problem.CLIENT, Problem.CERTIFICATE, Problem.FOLDER}


class Fetcher(threading.Thread):
    """``stored`` is called after mails were committed. Ends when told to; nothing else ends it."""

    def __init__(self, mailbox: Mailbox, stored: Callable[[], None]) -> None:
        super().__init__(name=f"imap {mailbox.pk}", daemon=True)
        self.mailbox = mailbox
        self._stored = stored
        self._leave = threading.Event()

    def stop(self) -> None:
        self._leave.set()

    def run(self) -> None:
        failures = 0
        while not self._leave.is_set():
            began = timezone.now()
            try:
                self._serve()
                failures = 0
            except Exception as error:
                code = self._note(error)
                # Whoever was connected for a while has recovered.
                is_fresh = (timezone.now() - began).total_seconds() > LONGEST_PAUSE_SECONDS
                failures = 1 if is_fresh else failures + 1
                self._leave.wait(pause_seconds(failures, is_refused=code in _REFUSALS))
        connection.close()

    def _serve(self) -> None:
        session = Session(self.mailbox)
        CONNECTS.labels("connected").inc()
        try:
            self._begin(session)
            self._well()
            while not self._leave.is_set():
                if session.can_idle:
                    session.idle(IDLE_SECONDS, self._leave.is_set)
                else:
                    self._leave.wait(POLL_SECONDS)
                    session.look()
                if self._leave.is_set():
                    break
                close_old_connections()
                self._take(session, self._newer(session))
                self._well()
        finally:
            session.close()

    def _begin(self, session: Session) -> None:
        """What has come since we were last here; the first time, only what nobody has read yet."""
        state = self._state()
        if state.uid_validity == 0:
            intake.reached(self.mailbox, session.uid_validity, session.uid_next - 1, now=timezone.now())
        elif state.uid_validity != session.uid_validity:
            log.warning("mail.uid_validity_changed", mailbox=self.mailbox.pk)
            self._take(session, list(self._not_known(session, session.uids("ALL"))))
            intake.reached(self.mailbox, session.uid_validity, session.uid_next - 1, now=timezone.now())
        unread = session.uids("UNSEEN")
        self._take(session, self._not_stored(session, sorted({*unread, *self._newer(session)})))

    def _newer(self, session: Session) -> list[int]:
        last = self._state().last_uid
        # `*` is the last mail even when it is older than what was asked for.
        return [uid for uid in session.uids("UID", f"{last + 1}:*") if uid > last]

    def _not_stored(self, session: Session, uids: Sequence[int]) -> list[int]:
        stored = self._stored_uids(session.uid_validity, uids)
        # Committed, but we died before the server was told.
        session.flag_seen(sorted(stored))
        return [uid for uid in uids if uid not in stored]

    def _stored_uids(self, uid_validity: int, uids: Sequence[int]) -> set[int]:
        rows = IncomingMail.objects.filter(mailbox=self.mailbox, uid_validity=uid_validity, uid__in=uids)
        return {uid for uid in rows.values_list("uid", flat=True) if uid is not None}

    def _not_known(self, session: Session, uids: Sequence[int]) -> Iterator[int]:
        """After the server has numbered its mails anew: those that were not here under their old numbers."""
        for start in range(0, len(uids), BATCH):
            headers = session.headers(uids[start : start + BATCH])
            named = [header.message_id for header in headers if header.message_id]
            rows = IncomingMail.objects.filter(mailbox=self.mailbox, identifier__in=named)
            known = set(rows.exclude(progress=Progress.STORED).values_list("identifier", "raw__size"))
            yield from (each.uid for each in headers if (each.message_id, each.size) not in known)

    def _take(self, session: Session, uids: Sequence[int]) -> None:
        """Fetch, commit, tell the server, in batches."""
        for start in range(0, len(uids), BATCH):
            sizes = session.sizes(uids[start : start + BATCH])
            batch: list[Arrived] = []
            for uid, size in sorted(sizes.items()):
                if self._leave.is_set():
                    break
                raw = session.raw(uid, most=MAX_FETCHED)
                if raw is not None:
                    batch.append(Arrived(raw, uid, is_cut=size > MAX_FETCHED))
                if sum(len(mail.raw) for mail in batch) > BATCH_BYTES:
                    self._keep(session, batch)
                    batch = []
            self._keep(session, batch)
            if self._leave.is_set():
                return

    def _keep(self, session: Session, batch: list[Arrived]) -> None:
        if not batch:
            return
        intake.store_all(batch, self.mailbox, uid_validity=session.uid_validity, now=timezone.now())
        FETCHED.inc(len(batch))
        self._stored()
        session.flag_seen([mail.uid for mail in batch if mail.uid is not None])
        if any(mail.is_cut for mail in batch):
            log.warning("mail.cut", mailbox=self.mailbox.pk, most=MAX_FETCHED)

    def _state(self) -> MailboxState:
        return MailboxState.objects.get_or_create(mailbox=self.mailbox)[0]

    def _well(self) -> None:
        MailboxState.objects.filter(mailbox=self.mailbox).update(
            fetched_at=timezone.now(), fetch_problem="", fetch_problem_since=None
        )

    def _note(self, error: Exception) -> Problem:
        code = problems.code_of(error)
        CONNECTS.labels(str(code.value)).inc()
        if isinstance(error, (DatabaseError, InterfaceError)):
            log.warning("mail.database_lost", mailbox=self.mailbox.pk)
            connection.close()
            return code
        if code is Problem.OURS:
            log.exception("mail.fetcher_failed", mailbox=self.mailbox.pk)
        else:
            log.warning("mail.not_fetched", mailbox=self.mailbox.pk, problem=str(code.value))
        try:
            note_problem(self.mailbox, error, now=timezone.now())
        except (DatabaseError, InterfaceError):
            connection.close()
        return code


def note_problem(mailbox: Mailbox, error: Exception, *, now: datetime) -> None:
    state, _made = MailboxState.objects.get_or_create(mailbox=mailbox)
    state.fetch_problem = problems.kept(error)
    state.fetch_problem_since = state.fetch_problem_since or now
    state.save(update_fields=["fetch_problem", "fetch_problem_since"])


def pause_seconds(failures: int, *, is_refused: bool) -> float:
    """Doubles up to a limit; spread, so that a hundred mailboxes of one server do not come back in one second."""
    first = REFUSED_PAUSE_SECONDS if is_refused else FIRST_PAUSE_SECONDS
    longest = min(first * 2.0 ** min(failures - 1, 16), LONGEST_PAUSE_SECONDS)
    return longest * random.uniform(0.5, 1.0)
