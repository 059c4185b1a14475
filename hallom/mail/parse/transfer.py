"""Content-Transfer-Encoding undone, as far as it can be (RFC 2045 6, uuencode)."""

import re
from binascii import Error, a2b_base64, a2b_qp, a2b_uu

from hallom.mail.parse.limits import Problem

# Each piece costs memory; files glued together are a handful.
MAX_PADDINGS = 1000
NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
NOT_BASE64_TEXT = re.compile(rb"[^A-Za-z0-9+/=\r\n\t ]")
PLAIN = frozenset(("", "7bit", "8bit", "binary", "7-bit", "8-bit", "none"))
UU = re.compile(
    rb"(?:\A|(?<=\n))begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n((?:[ -`]{0,90}\r?\n)*)end[ \t]*(?:\r?\n|\Z)"
)


def undo(data: bytes, encoding: str) -> tuple[bytes, Problem | None]:
    encoding = encoding.strip().lower()
    if encoding == "base64":
        return _base64(data)
    if encoding == "quoted-printable":
        return a2b_qp(data), None
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        files, _ = uuencoded(data)
        return (files[0][1], None) if files else (data, Problem.ENCODING_BROKEN)
    return data, None if encoding in PLAIN else Problem.ENCODING_UNKNOWN


def uuencoded(data: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Files pasted into the text as (name, content), and the text without them."""
    if b"begin " not in data:
        return [], data
    files = []
    for match in UU.finditer(data):
        try:
            files.append((match[1].strip(), b"".join(a2b_uu(line) for line in match[2].splitlines() if line)))
        except Error:
            return [], data
    return files, UU.sub(b"\n", data) if files else data


def _base64(data: bytes) -> tuple[bytes, Problem | None]:
    padding = data.find(b"=")
    rest = data[padding:].strip(b"=\r\n\t ") if padding >= 0 else b""
    if rest and data.count(b"=") <= MAX_PADDINGS and NOT_BASE64_TEXT.search(rest) is None:
        # Files put together after each was encoded; the decoder would stop at the first padding.
        pieces = [piece for piece in re.split(rb"=+", data) if piece.strip()]
        return b"".join(_letters(piece) for piece in pieces), Problem.ENCODING_BROKEN
    try:
        return a2b_base64(data), None
    except Error:
        return _letters(data), Problem.ENCODING_BROKEN


def _letters(data: bytes) -> bytes:
    """What can be decoded of a text that was cut short."""
    letters = NOT_BASE64.sub(b"", data)
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return a2b_base64(letters + b"=" * (-len(letters) % 4))
