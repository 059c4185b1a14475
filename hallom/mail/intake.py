"""Mail into the house: kept on the disk and in the database before the server that brought it is told so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from hallom.mail.models import IncomingMail, Mailbox, MailboxState
from hallom.storage import blobs

# The longest address RFC 5321 allows, and what the columns hold.
ADDRESS_LENGTH = 320


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail as the server gave it; ``is_cut``: only its beginning was taken."""

    raw: bytes
    uid: int | None = None
    envelope_from: str = ""
    envelope_to: str = ""
    is_cut: bool = False


def store(
    raw: bytes,
    mailbox: Mailbox,
    *,
    now: datetime,
    envelope_from: str = "",
    envelope_to: str = "",
    uid_validity: int | None = None,
    uid: int | None = None,
) -> IncomingMail:
    """One mail; when this returns outside of a transaction it survives a power cut. The same UID again gives the same row."""
    arrived = Arrived(raw, uid, envelope_from, envelope_to)
    return store_all([arrived], mailbox, uid_validity=uid_validity, now=now)[0]


@transaction.atomic
def store_all(
    mails: Sequence[Arrived], mailbox: Mailbox, *, now: datetime, uid_validity: int | None = None
) -> list[IncomingMail]:
    """All or none; those that were fetched before are not stored again."""
    rows = [_row(mail, mailbox, uid_validity, now) for mail in mails]
    if uid_validity is None:
        return IncomingMail.objects.bulk_create(rows)
    IncomingMail.objects.bulk_create(rows, ignore_conflicts=True)
    uids = [mail.uid for mail in mails if mail.uid is not None]
    found = IncomingMail.objects.filter(mailbox=mailbox, uid_validity=uid_validity, uid__in=uids)
    reached(mailbox, uid_validity, max(uids, default=0), now=now)
    by_uid = {row.uid: row for row in found}
    return [by_uid[uid] for uid in uids]


def reached(mailbox: Mailbox, uid_validity: int, uid: int, *, now: datetime) -> None:
    """Everything up to this UID is stored, or gone from the server."""
    state, made = MailboxState.objects.get_or_create(
        mailbox=mailbox, defaults={"uid_validity": uid_validity, "last_uid": uid, "fetched_at": now}
    )
    if made:
        return
    state.last_uid = max(state.last_uid, uid) if state.uid_validity == uid_validity else uid
    state.uid_validity, state.fetched_at = uid_validity, now
    state.save(update_fields=["uid_validity", "last_uid", "fetched_at"])


def _row(mail: Arrived, mailbox: Mailbox, uid_validity: int | None, now: datetime) -> IncomingMail:
    return IncomingMail(
        mailbox=mailbox,
        raw=blobs.keep(mail.raw, now=now),
        uid_validity=uid_validity,
        uid=mail.uid if uid_validity is not None else None,
        envelope_from=_short(mail.envelope_from),
        envelope_to=_short(mail.envelope_to),
        received_at=now,
        reason=CUT if mail.is_cut else "",
    )


def _short(address: str) -> str:
    return address.replace("\x00", "")[:ADDRESS_LENGTH]


# Why a stored mail is less than what was sent.
CUT = "cut"
