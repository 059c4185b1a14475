"""How long a mail is kept as it came, byte for byte; what it said and its files stand in the ticket for good."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db.models import Exists, OuterRef, QuerySet

from hallom.mail.models import IncomingMail, OutgoingMail, Progress, SendState
from hallom.storage import unused
from hallom.storage.models import Blob

log = structlog.get_logger(__name__)

# What was not read yet, and what somebody has still to decide about, is kept however old it is.
DONE = (Progress.IMPORTED, Progress.NOTED, Progress.IGNORED, Progress.REFUSED)
SENT = (SendState.SENT, SendState.FAILED, SendState.RECALLED)


def purge(now: datetime, *, days: int) -> int:
    """How many raw mails were discarded; ``days`` 0 keeps all."""
    if days <= 0:
        return 0
    before = now - timedelta(days=days)
    discarded = unused.discard_all(_expired(before), now=now)
    log.info("raw_mail_purged", mails=discarded, before=before.isoformat())
    return discarded


def _expired(before: datetime) -> QuerySet[Blob]:
    """Raw mails that are older, are done with, and are nothing else beside."""
    came = IncomingMail.objects.filter(raw=OuterRef("pk"))
    went = OutgoingMail.objects.filter(raw=OuterRef("pk"))
    rows = Blob.objects.filter(Exists(came) | Exists(went), discarded_at=None, stored_at__lt=before)
    rows = rows.exclude(Exists(came.exclude(progress__in=DONE, received_at__lt=before)))
    rows = rows.exclude(Exists(went.exclude(state__in=SENT, created_at__lt=before)))
    return unused.pointed_to_by_none(rows, but=(IncomingMail, OutgoingMail))
