"""A mail of ours came back: the message says so, and whoever wrote it, and the address that does not work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from hallom.mail import bad_address, delivery
from hallom.mail.bounce import Bounce, Failed
from hallom.mail.models import OutgoingMail

# A bounce that names no mail is taken to be of the newest to that address; servers try for five days.
TRACED_BACK = timedelta(days=7)


def original_of(bounce: Bounce, *, named: Iterable[str], now: datetime) -> OutgoingMail | None:
    """The mail that bounced: the one it names, else one it refers to, else the newest to such an address."""
    ids = [one for one in (bounce.original_message_id, *named) if one]
    rows = OutgoingMail.objects.select_related("message__ticket")
    found = {mail.identifier: mail for mail in rows.filter(identifier__in=ids)}
    mail = next((found[one] for one in ids if one in found), None)
    if mail is not None or bounce.original_message_id:
        return mail
    addresses = [
        spelling for failed in bounce.recipients for spelling in bad_address.spellings(failed.address)
    ]
    recent = rows.filter(
        recipients__address__in=addresses, created_at__gt=now - TRACED_BACK, created_at__lte=now
    )
    return recent.order_by("-created_at").first() if addresses else None


def attach(mail: OutgoingMail, bounce: Bounce, *, now: datetime) -> bool:
    """Whether anybody of its recipients is among those it did not reach."""
    marked = [failed for failed in bounce.recipients if failed.is_permanent and _mark(mail, failed, now)]
    for failed in marked:
        bad_address.mark(failed, now)
    return bool(marked) or _mark_only(mail, bounce, now)


def _mark_only(mail: OutgoingMail, bounce: Bounce, now: datetime) -> bool:
    """A mail to one person came back from where that person has mail forwarded to, or without a word of whom it was for."""
    failed = bounce.unnamed or next((one for one in bounce.recipients if one.is_permanent), None)
    people = list(mail.recipients.all()[:2])
    if failed is None or not failed.is_permanent or len(people) != 1:
        return False
    only = replace(failed, address=people[0].address)
    # Elsewhere nobody has the other address; this one took the mail.
    if bounce.unnamed:
        bad_address.mark(only, now)
    return _mark(mail, only, now)


def _mark(mail: OutgoingMail, failed: Failed, now: datetime) -> bool:
    return delivery.mark_bounced(
        mail, failed.address, status=failed.status, diagnostic=failed.diagnostic, now=now
    )
