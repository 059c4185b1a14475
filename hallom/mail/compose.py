"""A letter into the bytes of a mail. Pure: no database, no clock, no socket.

The top headers are written here and not by `email.message`, whose folding turns a long Message-ID in References into
an encoded word, which no mail program resolves. The parts are `email.message`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

# Beyond these a header helps nobody and some servers refuse it (RFC 5322 2.1.1: 998 characters a line).
MAX_NAME = 120
MAX_IDENTIFIER = 250
# The oldest and the newest are what programs thread by.
MAX_REFERENCES = 20
LINE = 76
AUTO_REPLIED = "auto-replied"
AUTO_GENERATED = "auto-generated"

# Servers without 8BITMIME are met with; a mail is composed once, before it is known which server takes it.
_POLICY = SMTP.clone(cte_type="7bit")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ADDRESS = re.compile(r"[!#$%&'*+\-/=?^_`{|}~.A-Za-z0-9]+@[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9])?")
_IDENTIFIER = re.compile(r"[\x21-\x3b\x3d\x3f-\x7e]+")
_CONTENT_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+\-]*/[a-z0-9][a-z0-9!#$&^_.+\-]*")
_ATOMS = re.compile(r"[A-Za-z0-9 !#$%&'*+\-/=?^_`{|}~]*")


class Unwritable(ValueError):
    """The letter cannot be put into a mail; ``code`` says why: address, no_recipient."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes along; with a ``content_id`` (no brackets) it is shown within the HTML."""

    name: str
    content_type: str
    data: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything a mail says. Identifiers stand without angle brackets. There is no bcc: it is the envelope's alone.

    ``automatic`` is empty for what a person wrote, else AUTO_REPLIED or AUTO_GENERATED.
    """

    message_id: str
    date: datetime
    sender: Person
    to: tuple[Person, ...]
    subject: str
    html: str
    text: str
    cc: tuple[Person, ...] = ()
    reply_to: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    language: str = ""
    automatic: str = ""


def compose(letter: Letter) -> bytes:
    """The mail with CRLF line ends, 7 bit throughout, so that every server takes it; raises Unwritable."""
    top = "".join(f"{name}: {value}\r\n" for name, value in _headers(letter))
    return top.encode("ascii") + _parts(letter).as_bytes(policy=_POLICY)


def envelope_address(address: str) -> str:
    """The address as SMTP wants it, the domain in ASCII; raises Unwritable."""
    local, _at, domain = address.strip().rpartition("@")
    try:
        written = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise Unwritable("address") from None
    if not _ADDRESS.fullmatch(written) or len(written) > 254 or ".." in written:
        raise Unwritable("address")
    return written


def _headers(letter: Letter) -> Iterator[tuple[str, str]]:
    yield "Date", format_datetime(letter.date)
    yield "From", _mailbox(letter.sender)
    yield "To", _mailboxes(letter.to) or "undisclosed-recipients:;"
    if letter.cc:
        yield "Cc", _mailboxes(letter.cc)
    if letter.reply_to:
        yield "Reply-To", _mailbox(Person(letter.sender.name, letter.reply_to))
    yield "Subject", _unstructured("Subject", letter.subject)
    yield "Message-ID", f"<{_identifier(letter.message_id) or _no_identifier()}>"
    yield from _threading(letter)
    if letter.automatic:
        # RFC 3834 5 and Exchange's own. No Precedence: RFC 3834 3.1.8 knows none, and filters take "bulk" for
        # advertising.
        yield "Auto-Submitted", AUTO_GENERATED if letter.automatic == AUTO_GENERATED else AUTO_REPLIED
        yield "X-Auto-Response-Suppress", "All"
    if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", letter.language):
        yield "Content-Language", letter.language
    yield "MIME-Version", "1.0"


def _threading(letter: Letter) -> Iterator[tuple[str, str]]:
    answered = _identifier(letter.in_reply_to)
    if answered:
        yield "In-Reply-To", f"<{answered}>"
    chain = list(dict.fromkeys(known for each in letter.references if (known := _identifier(each))))
    if answered and answered not in chain:
        chain.append(answered)
    if len(chain) > MAX_REFERENCES:
        chain = [chain[0], *chain[1 - MAX_REFERENCES :]]
    if chain:
        yield "References", "\r\n ".join(f"<{each}>" for each in chain)


def _no_identifier() -> str:
    raise Unwritable("identifier")


def _identifier(text: str) -> str:
    """Foreign identifiers come from foreign mails: one that could not stand in a header is left out."""
    return text if len(text) <= MAX_IDENTIFIER and _IDENTIFIER.fullmatch(text) else ""


def _mailboxes(people: Iterable[Person]) -> str:
    return ",\r\n ".join(_mailbox(person) for person in people)


def _mailbox(person: Person) -> str:
    address = envelope_address(person.address)
    name = one_line(person.name)[:MAX_NAME].strip()
    return f"{_phrase(name)}\r\n <{address}>" if name else address


def _phrase(name: str) -> str:
    """RFC 5322 3.2.5: atoms as they are, other ASCII quoted, the rest as encoded words."""
    if not name.isascii() or "=?" in name:
        return _encoded(name)
    if _ATOMS.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unstructured(header: str, text: str) -> str:
    value = one_line(text).strip()
    if not value.isascii() or "=?" in value:
        return _encoded(value, header)
    return Header(value, "us-ascii", maxlinelen=LINE, header_name=header).encode(linesep="\r\n")


def _encoded(text: str, header: str = "To") -> str:
    return Header(text, "utf-8", maxlinelen=LINE, header_name=header).encode(linesep="\r\n")


def one_line(text: str) -> str:
    """Without line ends and other control characters: nothing in a value can begin a header of its own."""
    return _CONTROL.sub(" ", _whole(text))


def _whole(text: str) -> str:
    # Half a surrogate pair, from a broken mail quoted back, cannot be encoded.
    return text.encode("utf-8", "replace").decode("utf-8")


def _parts(letter: Letter) -> EmailMessage:
    parts = EmailMessage(policy=_POLICY)
    parts.set_content(_lines(letter.text), charset="utf-8")
    shown = [each for each in letter.enclosures if each.content_id and each.content_id in letter.html]
    if letter.html:
        parts.add_alternative(_lines(letter.html), subtype="html", charset="utf-8")
        for each in shown:
            _html_part(parts).add_related(each.data, *_type_of(each), **_placed(each, "inline"))
    for each in letter.enclosures:
        if each not in shown:
            parts.add_attachment(each.data, *_type_of(each), **_placed(each, "attachment"))
    # The first line stands in the headers written above.
    del parts["MIME-Version"]
    return parts


def _html_part(parts: EmailMessage) -> MIMEPart:
    *_others, last = parts.iter_parts()
    return last


def _placed(enclosure: Enclosure, disposition: str) -> dict[str, Any]:
    placed = {"disposition": disposition, "filename": one_line(enclosure.name).strip()[:MAX_NAME] or "file"}
    content_id = _identifier(enclosure.content_id)
    return {**placed, "cid": f"<{content_id}>"} if content_id else placed


def _type_of(enclosure: Enclosure) -> tuple[str, str]:
    """A mail within the mail goes as plain bytes: encoded, as it must be to stay 7 bit, it may not be message/…"""
    kind = enclosure.content_type.lower().partition(";")[0].strip()
    if not _CONTENT_TYPE.fullmatch(kind) or kind.startswith(("message/", "multipart/")):
        kind = "application/octet-stream"
    main, _slash, sub = kind.partition("/")
    return main, sub


def _lines(text: str) -> str:
    whole = _whole(text).replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return whole if whole.endswith("\n") else f"{whole}\n"
