"""A mail of ours came back: the message says so, and whoever wrote it, and the address that does not work."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from hallom.customers.models import ContactKind, ContactPoint
from hallom.mail import delivery
from hallom.mail.bounce import Bounce, Failed
from hallom.mail.models import OutgoingMail
from hallom.mail.parse.mail import address_key

# A bounce that names no mail is taken to be of the newest to that address; servers try for five days.
TRACED_BACK = timedelta(days=7)
REASON_LENGTH = 200


def original_of(bounce: Bounce, *, named: Iterable[str], now: datetime) -> OutgoingMail | None:
    """The mail that bounced: the one it names, else one it refers to, else the newest to such an address."""
    ids = [one for one in (bounce.original_message_id, *named) if one]
    rows = OutgoingMail.objects.select_related("message__ticket")
    found = {mail.identifier: mail for mail in rows.filter(identifier__in=ids)}
    mail = next((found[one] for one in ids if one in found), None)
    if mail is not None or bounce.original_message_id:
        return mail
    addresses = [spelling for failed in bounce.recipients for spelling in _spellings(failed.address)]
    recent = rows.filter(
        recipients__address__in=addresses, created_at__gt=now - TRACED_BACK, created_at__lte=now
    )
    return recent.order_by("-created_at").first() if addresses else None


def attach(mail: OutgoingMail, bounce: Bounce, *, now: datetime) -> bool:
    """Whether anybody of its recipients is among those it did not reach."""
    marked = [failed for failed in bounce.recipients if failed.is_permanent and _mark(mail, failed, now)]
    for failed in marked:
        _mark_address(failed, now)
    return bool(marked)


def _mark(mail: OutgoingMail, failed: Failed, now: datetime) -> bool:
    return delivery.mark_bounced(
        mail, failed.address, status=failed.status, diagnostic=failed.diagnostic, now=now
    )


def _mark_address(failed: Failed, now: datetime) -> None:
    """Mail to it comes back: seen on the customer's card before anybody writes there again."""
    points = ContactPoint.objects.filter(kind=ContactKind.EMAIL, normalised__in=_spellings(failed.address))
    for point in points.filter(bounced_at=None):
        point.bounced_at = now
        point.bounce_reason = f"{failed.status} {failed.diagnostic}".strip().replace("\x00", "")[
            :REASON_LENGTH
        ]
        point.save(update_fields=["bounced_at", "bounce_reason"])


def _spellings(address: str) -> list[str]:
    return list(dict.fromkeys([address, address.casefold(), address_key(address)]))
