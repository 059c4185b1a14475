"""What the server that handed a mail in said besides the mail itself."""

from __future__ import annotations

from dataclasses import replace

from hallom.mail.models import IncomingMail
from hallom.mail.parse import ParsedMail, apart


def read(incoming: IncomingMail, raw: bytes) -> ParsedMail:
    """The mail with the return path of its envelope, where we were told it: by SMTP whoever delivers has to write it down
    (RFC 5321 4.4), and that is us; in a mail fetched by IMAP stands what the server wrote."""
    parsed = apart.parse(raw)
    is_by_smtp = bool(incoming.envelope_to)
    return replace(parsed, return_path=incoming.envelope_from.strip("<> ")) if is_by_smtp else parsed
