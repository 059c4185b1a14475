"""The header of a mail or of a part: fields as bytes, found however they are written."""

import re

from hallom.mail.parse.limits import HEADER_HEAD, MAX_FIELD, MAX_HEADER, Problem
from hallom.mail.parse.parameters import Structured, structured
from hallom.mail.parse.words import decode_words, field_text, one_line

END = re.compile(rb"\r?\n\r?\n")
END_AT_ONCE = re.compile(rb"\r?\n")
FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*(.*(?:\n[ \t].*)*)(?:\n|\Z)")
LINE = re.compile(rb".*(?:\n[ \t].*)*(?:\n|\Z)")
WELL_KNOWN = re.compile(
    rb"(?:From|To|Cc|Subject|Date|Message-ID|MIME-Version|Content-[A-Za-z-]+|Received|Return-Path|X-[A-Za-z-]+)[ \t]*:",
    re.I,
)
ENVELOPE = re.compile(rb">?From [^\n]*\n")
FOLD = re.compile(r"\n[ \t]*")


class Headers:
    """Field names in lower case; of each name all values, in order."""

    __slots__ = ("charset", "fields", "is_broken")

    def __init__(self, fields: dict[str, list[bytes]], *, is_broken: bool = False) -> None:
        self.fields = fields
        self.is_broken = is_broken
        self.charset = ""

    def raw(self, name: str) -> str:
        """The first of that name, unfolded, encoded words left as they are; "" if there is none."""
        values = self.fields.get(name)
        return FOLD.sub(" ", field_text(values[0][:MAX_FIELD], self.charset)) if values else ""

    def all_raw(self, name: str) -> list[str]:
        return [
            FOLD.sub(" ", field_text(value[:MAX_FIELD], self.charset)) for value in self.fields.get(name, ())
        ]

    def text(self, name: str) -> str:
        return one_line(decode_words(self.raw(name)))

    def structured(self, name: str) -> Structured:
        return structured(self.raw(name))


def split_header(
    data: bytes, start: int, end: int, *, limit: int = MAX_HEADER
) -> tuple[Headers, int, list[Problem]]:
    """The fields, where the body begins, and what was wrong; without an empty line the rest may be body."""
    problems: list[Problem] = []
    if data[start : start + 5] in (b"From ", b">From"):
        match = ENVELOPE.match(data, start, end)
        start = match.end() if match else start
    match = END_AT_ONCE.match(data, start, end) or END.search(data, start, end)
    stop, body = (match.start(), match.end()) if match else (end, end)
    block = data[start:stop] if stop - start <= limit else _both_ends(data, start, stop, limit)
    if stop - start > limit:
        problems.append(Problem.HEADER_TOO_LONG)
    headers, used = _fields(block.replace(b"\r\n", b"\n"))
    if headers.is_broken:
        problems.append(Problem.HEADER_BROKEN)
    if used is not None and stop - start <= limit:
        # The body began without an empty line: at the same line, counted from the end.
        body = _line_start(data, start, used)
    return headers, body, problems


def _both_ends(data: bytes, start: int, stop: int, limit: int) -> bytes:
    head = limit * HEADER_HEAD // MAX_HEADER
    tail = data[stop - (limit - head) : stop]
    return data[start : start + head] + b"\n" + tail[tail.find(b"\n") + 1 :]


def _fields(block: bytes) -> tuple[Headers, int | None]:
    """The second value: how many lines are header, when what follows them is body."""
    fields: dict[str, list[bytes]] = {}
    is_broken = False
    last: list[bytes] | None = None
    at = 0
    while at < len(block):
        match = FIELD.match(block, at)
        if match is not None:
            last = fields.setdefault(match[1].decode("ascii").lower(), [])
            last.append(match[2].rstrip())
            at = match.end()
            continue
        is_broken = True
        line = LINE.match(block, at)
        after = line.end() if line else len(block)
        if not _goes_on(block, after):
            return Headers(fields, is_broken=True), block.count(b"\n", 0, at)
        if last is not None:
            last[-1] = last[-1] + b" " + block[at:after].strip()
        at = max(after, at + 1)
    return Headers(fields, is_broken=is_broken), None


def _goes_on(block: bytes, at: int) -> bool:
    """Is there a field every mail has, after a line that is none?"""
    for _ in range(20):
        if WELL_KNOWN.match(block, at):
            return True
        at = block.find(b"\n", at) + 1
        if at == 0:
            return False
    return False


def _line_start(data: bytes, start: int, lines: int) -> int:
    for _ in range(lines):
        start = data.find(b"\n", start) + 1
    return start
