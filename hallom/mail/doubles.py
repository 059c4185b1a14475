"""The same mail once more: fetched again after the server numbered its mails anew, or sent again by one that heard no yes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection

from hallom.mail.filing import identifier
from hallom.mail.models import IncomingMail
from hallom.mail.parse import ParsedMail
from hallom.storage import blobs

# A scanner gives all its mails the same Message-ID: the newest are looked at.
MOST_ALIKE = 20

_ALIKE = f"""SELECT id, mailbox_id, raw_id, identifier FROM (
      SELECT id, mailbox_id, raw_id, identifier,
        row_number() OVER (PARTITION BY mailbox_id, raw_id ORDER BY id DESC) AS of_bytes,
        row_number() OVER (PARTITION BY mailbox_id, identifier ORDER BY id DESC) AS of_name
      FROM mail_incomingmail WHERE progress <> 'stored' AND (raw_id = ANY(%s::bigint[]) OR identifier = ANY(%s::text[]))
    ) AS alike WHERE of_bytes <= {MOST_ALIKE} OR of_name <= {MOST_ALIKE}"""


class Alike(NamedTuple):
    id: int
    mailbox: int
    raw: int
    identifier: str

    def is_like(self, row: IncomingMail) -> bool:
        is_same = self.raw == row.raw_id or (self.identifier == row.identifier and row.identifier != "")
        return is_same and self.mailbox == row.mailbox_id and self.id != row.pk


class Earlier:
    """What came before these mails and is like one of them; asked once, after the importer stands first in line."""

    def __init__(self, mails: Iterable[tuple[IncomingMail, ParsedMail | None]]) -> None:
        rows = [(row.raw_id, identifier(parsed.message_id) if parsed else "") for row, parsed in mails]
        raws, names = {raw for raw, _name in rows}, {name for _raw, name in rows if name}
        with connection.cursor() as cursor:
            cursor.execute(_ALIKE, [list(raws), list(names)])
            self._alike = [Alike(*row) for row in cursor.fetchall()]

    def add(self, row: IncomingMail) -> None:
        """It was imported meanwhile, in the same transaction."""
        self._alike.append(Alike(row.pk, row.mailbox_id, row.raw_id, row.identifier))

    def double_of(self, row: IncomingMail, raw: bytes) -> IncomingMail | None:
        """The earlier one in the same mailbox: bytes alike, or the same Message-ID over the same body.

        A Message-ID alone is not enough: there are scanners and shops that give all their mails the same.
        """
        alike = [one for one in self._alike if one.is_like(row)]
        alike.sort(key=lambda one: (one.raw == row.raw_id, one.id), reverse=True)
        for found in alike[:MOST_ALIKE]:
            other = IncomingMail.objects.select_related("raw", "ticket").get(pk=found.id)
            if found.raw == row.raw_id or _has_body(other, raw):
                return other
        return None


def _has_body(other: IncomingMail, raw: bytes) -> bool:
    """A mail whose bytes were discarded after their time is like no other."""
    return other.raw.discarded_at is None and _body(blobs.read(other.raw)) == _body(raw)


def _body(raw: bytes) -> bytes:
    """What follows the header, whatever servers on the way wrote into that."""
    return raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2].rstrip()
