"""Compressed RTF (MS-OXRTFCP) unpacked, and its text or the HTML inside it (MS-OXRTFEX) taken out."""

import re
import struct

from hallom.mail.parse.limits import MAX_RTF

DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
RING = 4096
COMPRESSED, UNCOMPRESSED = 0x75465A4C, 0x414C454D
TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.S
)
SKIPPED = frozenset(
    (b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"themedata", b"generator")
)
BREAKS = {b"par": "\n", b"line": "\n", b"tab": "\t", b"row": "\n", b"cell": "\t", b"page": "\n"}
SIGNS = {
    b"emdash": "—",
    b"endash": "–",
    b"bullet": "•",
    b"lquote": "‘",
    b"rquote": "’",
    b"ldblquote": "“",
    b"rdblquote": "”",
}
CHARSETS = {238: "cp1250", 204: "cp1251", 161: "cp1253", 162: "cp1254", 186: "cp1257", 0: "cp1252"}


def unpack(data: bytes) -> bytes:
    """At most 8 MB of RTF; ValueError if it is none."""
    if len(data) < 16:
        raise ValueError("no compressed RTF")
    size, kind = struct.unpack_from("<4xII", data)
    size = min(size, MAX_RTF)
    if kind == UNCOMPRESSED:
        return data[16 : 16 + size]
    if kind != COMPRESSED:
        raise ValueError("no compressed RTF")
    return _inflated(data, size)


def _inflated(data: bytes, size: int) -> bytes:
    ring = bytearray(RING)
    ring[: len(DICTIONARY)] = DICTIONARY
    write, at, out = len(DICTIONARY), 16, bytearray()
    while at < len(data) and len(out) < size:
        flags, at = data[at], at + 1
        for bit in range(8):
            if at >= len(data) or len(out) >= size:
                break
            if not flags >> bit & 1:
                piece, at = data[at : at + 1], at + 1
                out += piece
                ring[write] = piece[0]
                write = (write + 1) % RING
                continue
            if at + 2 > len(data):
                return bytes(out)
            offset, length = divmod(int.from_bytes(data[at : at + 2], "big"), 16)
            at += 2
            if offset == write:
                return bytes(out)
            for step in range(length + 2):
                byte = ring[(offset + step) % RING]
                out.append(byte)
                ring[write] = byte
                write = (write + 1) % RING
    return bytes(out)


def read_rtf(data: bytes) -> tuple[str, str]:
    """(text, HTML): the HTML if the RTF was made of it, else the text."""
    reader = _Reader(is_html=b"\\fromhtml1" in data[:2000])
    for match in TOKEN.finditer(data):
        reader.take(match)
    result = reader.done()
    return ("", result) if reader.is_html else (result, "")


class _Reader:
    def __init__(self, *, is_html: bool) -> None:
        self.is_html = is_html
        self.kept: list[str] = []
        self.pending = bytearray()
        self.charset = "cp1252"
        # Of each open group: is it skipped, is its text HTML's own, is it what RTF shows instead of HTML.
        self.groups: list[tuple[bool, bool, bool]] = []
        self.skips = self.is_markup = self.is_instead = False
        self.to_skip = 0

    def take(self, match: re.Match[bytes]) -> None:
        word, number, code, sign, brace, text = match.groups()
        if brace:
            self._brace(brace)
        elif code is not None:
            self._bytes(bytes((int(code, 16),)))
        elif word is not None:
            self._word(word, int(number) if number else None)
        elif sign is not None:
            self._sign(sign)
        elif text is not None:
            self._bytes(text)

    def done(self) -> str:
        self._flush()
        return "".join(self.kept)

    def _brace(self, brace: bytes) -> None:
        self._flush()
        if brace == b"{":
            if len(self.groups) < 10_000:
                self.groups.append((self.skips, self.is_markup, self.is_instead))
        elif self.groups:
            self.skips, self.is_markup, self.is_instead = self.groups.pop()

    def _sign(self, sign: bytes) -> None:
        if sign == b"*" and not self.is_html:
            self.skips = True
        elif sign in b"\\{}":
            self._bytes(sign)
        elif sign == b"~":
            self._put("\xa0")

    def _word(self, word: bytes, number: int | None) -> None:
        if word == b"ansicpg" and number:
            self.charset = f"cp{number}"
        elif word == b"fcharset" and number in CHARSETS and self.charset == "cp1252":
            self.charset = CHARSETS[number]
        elif word in SKIPPED:
            self.skips = True
        elif word == b"htmltag":
            self.is_markup = True
        elif word == b"htmlrtf":
            self.is_instead = number != 0
        elif word == b"u" and number is not None:
            self._flush()
            self._put(chr(number % 0x10000) if not 0xD800 <= number % 0x10000 < 0xE000 else "\ufffd")
            self.to_skip = 1
        elif word in BREAKS:
            self._put(BREAKS[word] if not self.is_html else "\r\n" if word != b"tab" else "\t")
        elif word in SIGNS:
            self._put(SIGNS[word])

    def _bytes(self, data: bytes) -> None:
        if self.to_skip:
            data, self.to_skip = data[1:], 0
        if not (self.skips or self.is_instead):
            self.pending += data

    def _put(self, text: str) -> None:
        self._flush()
        if not (self.skips or self.is_instead):
            self.kept.append(text)

    def _flush(self) -> None:
        if self.pending:
            try:
                self.kept.append(self.pending.decode(self.charset, "replace"))
            except LookupError:
                self.kept.append(self.pending.decode("cp1252", "replace"))
            self.pending.clear()
