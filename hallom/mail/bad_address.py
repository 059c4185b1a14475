"""Addresses of customers that mail does not reach: marked when one says so, and no longer once somebody writes from it."""

from __future__ import annotations

from datetime import datetime

from hallom.customers.models import ContactKind, ContactPoint
from hallom.mail.bounce import Failed
from hallom.mail.parse.mail import address_key

REASON_LENGTH = 200


def mark(failed: Failed, now: datetime) -> None:
    """Seen before anybody writes there again. A full mailbox or a mail taken for spam says nothing about the address."""
    if not failed.is_bad_address:
        return
    points = ContactPoint.objects.filter(kind=ContactKind.EMAIL, normalised__in=spellings(failed.address))
    for point in points.filter(bounced_at=None):
        point.bounced_at = now
        reason = f"{failed.status} {failed.diagnostic}".strip().replace("\x00", "")
        point.bounce_reason = reason[:REASON_LENGTH]
        point.save(update_fields=["bounced_at", "bounce_reason"])


# A person wrote from it, so there is a mailbox.
WORKS = """UPDATE customers_contactpoint SET bounced_at = NULL, bounce_reason = ''
    WHERE kind = 'email' AND normalised = ANY(%s::text[]) AND bounced_at IS NOT NULL"""


def spellings(address: str) -> list[str]:
    return list(dict.fromkeys([address, address.casefold(), address_key(address)]))
