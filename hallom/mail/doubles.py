"""The same mail once more: fetched again after the server numbered its mails anew, or sent again by one that heard no yes."""

from __future__ import annotations

from django.db import connection

from hallom.mail.models import IncomingMail
from hallom.storage import blobs

_ALIKE = """SELECT id, raw_id FROM mail_incomingmail
    WHERE mailbox_id = %s AND id <> %s AND progress <> 'stored' AND (raw_id = %s OR (identifier = %s AND identifier <> ''))
    ORDER BY raw_id = %s DESC, id DESC LIMIT 20"""


def double_of(row: IncomingMail, raw: bytes) -> IncomingMail | None:
    """The earlier one in the same mailbox: bytes alike, or the same Message-ID over the same body.

    A Message-ID alone is not enough: there are scanners and shops that give all their mails the same.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ALIKE, [row.mailbox_id, row.pk, row.raw_id, row.identifier, row.raw_id])
        alike = cursor.fetchall()
    for key, blob in alike:
        other = IncomingMail.objects.select_related("raw", "ticket").get(pk=key)
        if blob == row.raw_id or _body(blobs.read(other.raw)) == _body(raw):
            return other
    return None


def _body(raw: bytes) -> bytes:
    """What follows the header, whatever servers on the way wrote into that."""
    return raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2].rstrip()
