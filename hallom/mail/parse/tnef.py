"""winmail.dat: what Outlook sends to itself (MS-OXTNEF), its text and its files."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from hallom.mail.parse.limits import MAX_TNEF_ATTACHMENTS, MAX_TNEF_ATTRIBUTES

SIGNATURE = 0x223E9F78
BODY, MAPI = 0x2800C, 0x69003
FILE_BEGINS, FILE_TITLE, FILE_DATA, FILE_MAPI = 0x69002, 0x18010, 0x6800F, 0x69005
CODEPAGE = 0x69007
PLAIN_BODY, HTML_BODY, RTF_BODY = 0x1000, 0x1013, 0x1009
LONG_NAME, SHORT_NAME, MIME_TAG, CONTENT_ID, OBJECT, INTERNET_CODEPAGE = (
    0x3707,
    0x3704,
    0x370E,
    0x3712,
    0x3701,
    0x3FDE,
)
FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
STRING, UNICODE, BINARY, EMBEDDED = 0x1E, 0x1F, 0x102, 0xD
# The sixteen bytes before an embedded object say what it is.
INTERFACE = 16


class BadTnef(ValueError):
    pass


@dataclass(slots=True)
class TnefFile:
    name: str = ""
    content_type: str = ""
    content_id: str = ""
    data: bytes = b""


@dataclass(slots=True)
class Tnef:
    text: bytes = b""
    html: bytes = b""
    rtf: bytes = b""
    codepage: str = "cp1252"
    files: list[TnefFile] = field(default_factory=list)


def read_tnef(data: bytes) -> Tnef:
    """What could be read before the first broken attribute; BadTnef if it is no TNEF at all."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != SIGNATURE:
        raise BadTnef
    found = Tnef()
    for kind, content in _attributes(data):
        _take(found, kind, content)
    return found


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6
    for _ in range(MAX_TNEF_ATTRIBUTES):
        if at + 9 > len(data):
            return
        kind, length = struct.unpack_from("<II", data, at + 1)
        end = at + 9 + length
        if end > len(data):
            return
        yield kind, data[at + 9 : end]
        at = end + 2


def _take(found: Tnef, kind: int, content: bytes) -> None:
    if kind == FILE_BEGINS and len(found.files) < MAX_TNEF_ATTACHMENTS:
        found.files.append(TnefFile())
    elif kind == BODY:
        found.text = content.rstrip(b"\0")
    elif kind == CODEPAGE and len(content) >= 4:
        found.codepage = f"cp{struct.unpack_from('<I', content)[0]}"
    elif kind == MAPI:
        _take_message(found, content)
    elif found.files and kind == FILE_TITLE:
        found.files[-1].name = found.files[-1].name or _ansi(content, found.codepage)
    elif found.files and kind == FILE_DATA:
        found.files[-1].data = content
    elif found.files and kind == FILE_MAPI:
        _take_file(found.files[-1], content, found.codepage)


def _take_message(found: Tnef, content: bytes) -> None:
    for name, kind, value in _properties(content):
        if name == PLAIN_BODY and kind in (STRING, UNICODE):
            text = value.decode("utf-16-le", "replace").encode() if kind == UNICODE else value
            found.text = text.rstrip(b"\0") or found.text
        elif name == HTML_BODY and kind in (STRING, BINARY):
            found.html = value.rstrip(b"\0")
        elif name == RTF_BODY:
            found.rtf = value


def _take_file(file: TnefFile, content: bytes, codepage: str) -> None:
    for name, kind, value in _properties(content):
        text = value.decode("utf-16-le", "replace") if kind == UNICODE else _ansi(value, codepage)
        text = text.rstrip("\0")
        if name == LONG_NAME and text:
            file.name = text
        elif name == MIME_TAG:
            file.content_type = text.lower()
        elif name == CONTENT_ID:
            file.content_id = text.strip("<>")
        elif name == OBJECT and not file.data:
            file.data = value[INTERFACE:] if kind == EMBEDDED else value


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(property, type, first value); ends at the first that is broken or of an unknown type."""
    if len(data) < 4:
        return
    count, at = struct.unpack_from("<I", data)[0], 4
    for _ in range(min(count, MAX_TNEF_ATTRIBUTES)):
        if at + 4 > len(data):
            return
        kind, name = struct.unpack_from("<HH", data, at)
        after = _after_name(data, at + 4) if name >= 0x8000 else at + 4
        value = _value(data, after, kind) if after is not None else None
        if value is None:
            return
        content, at = value
        yield name, kind & ~0x1000, content


def _after_name(data: bytes, at: int) -> int | None:
    """Named properties carry a GUID, and a number or a name."""
    if at + 24 > len(data):
        return None
    is_text, length = struct.unpack_from("<II", data, at + 16)
    return at + 24 + (_padded(length) if is_text else 0)


def _value(data: bytes, at: int, kind: int) -> tuple[bytes, int] | None:
    single = kind & ~0x1000
    count = 1
    if kind & 0x1000 or single in (STRING, UNICODE, BINARY, EMBEDDED):
        if at + 4 > len(data):
            return None
        count, at = struct.unpack_from("<I", data, at)[0], at + 4
    if single in FIXED:
        end = at + FIXED[single] * count
        return (data[at:end], end) if end <= len(data) else None
    if single not in (STRING, UNICODE, BINARY, EMBEDDED):
        return None
    first = b""
    for number in range(min(count, MAX_TNEF_ATTRIBUTES)):
        if at + 4 > len(data):
            return None
        length = struct.unpack_from("<I", data, at)[0]
        if at + 4 + length > len(data):
            return None
        first = first if number else data[at + 4 : at + 4 + length]
        at += 4 + _padded(length)
    return first, at


def _padded(length: int) -> int:
    return length + -length % 4


def _ansi(value: bytes, codepage: str) -> str:
    try:
        return value.rstrip(b"\0").decode(codepage, "replace")
    except LookupError:
        return value.rstrip(b"\0").decode("cp1252", "replace")
