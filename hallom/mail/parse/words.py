"""Header text: encoded words (RFC 2047) as they are found, not only as they should be."""

import re
from binascii import Error, a2b_base64, a2b_qp

from hallom.mail.parse import charset

# A question mark inside the text is wrong and common. No part can start a scan of the whole field anew.
WORD = re.compile(
    r"=\?\s*([A-Za-z0-9_.:+\-]{1,40})(?:\*[A-Za-z\-]{0,20})?\s*\?([bBqQ])\?([^?]*(?:\?(?!=)[^?]*){0,2})\?="
)
UNCAPTURED = r"=\?\s*[A-Za-z0-9_.:+\-]{1,40}(?:\*[A-Za-z\-]{0,20})?\s*\?[bBqQ]\?[^?]*(?:\?(?!=)[^?]*){0,2}\?="
BLANK = re.compile(r"\s*\Z")
WHITE = re.compile(r"[ \t\r\n]+")


def field_text(raw: bytes, declared: str = "") -> str:
    """A field as text: 8-bit bytes decoded, encoded words not yet."""
    if raw.isascii():
        return raw.decode("ascii")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return charset.decode(raw, declared)[0]


def decode_words(text: str) -> str:
    """All encoded words decoded, white space between two of them dropped, the rest as it stands."""
    if "=?" not in text:
        return charset.tidy(text)
    pieces: list[str | _Word] = []
    at = 0
    for match in WORD.finditer(text):
        between = text[at : match.start()]
        word = _Word(match)
        follows = bool(pieces) and isinstance(pieces[-1], _Word) and BLANK.match(between) is not None
        if follows and isinstance(pieces[-1], _Word) and pieces[-1].takes(word):
            pieces[-1].payloads.append(word.payloads[0])
        else:
            pieces.extend([word] if follows else [between, word])
        at = match.end()
    pieces.append(text[at:])
    return charset.tidy("".join(str(piece) for piece in pieces))


def one_line(text: str) -> str:
    return WHITE.sub(" ", text).strip()


class _Word:
    """One encoded word, or several in a row of the same kind: a character may be split between them."""

    def __init__(self, match: re.Match[str]) -> None:
        self.charset, self.kind = match[1].lower(), match[2].lower()
        self.payloads = [match[3]]
        self.source = match[0]

    def takes(self, other: "_Word") -> bool:
        return (self.charset, self.kind) == (other.charset, other.kind)

    def __str__(self) -> str:
        data = b"".join(map(_unquoted, self.payloads)) if self.kind == "q" else _unbased(self.payloads)
        return self.source if data is None else charset.decode(data, self.charset)[0]


def _unquoted(payload: str) -> bytes:
    return a2b_qp(payload.encode("utf-8", "replace"), header=True)


def _unbased(payloads: list[str]) -> bytes | None:
    whole = [re.sub(r"[^A-Za-z0-9+/]", "", payload) for payload in payloads]
    if any(len(payload) % 4 == 1 for payload in whole):
        whole = ["".join(whole)]
    try:
        return b"".join(
            a2b_base64(payload[: len(payload) - (len(payload) % 4 == 1)] + "==") for payload in whole
        )
    except Error:
        return None
