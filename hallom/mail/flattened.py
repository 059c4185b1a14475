"""Cleaned HTML as lines, so that the rules for text judge it too: quoted ones begin with ``>``, marks become the words they
stand for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from hallom.mail.markup import TAG
from hallom.mail.quotemarks import (
    ATTRIBUTION,
    ATTRIBUTION_CLASSES,
    FIELD_LINE,
    FORWARDED,
    QUOTE_CLASSES,
    SEPARATOR,
    SEPARATOR_CLASSES,
    SIGNATURE_CLASSES,
)

VOID = frozenset(("br", "hr", "img", "col", "wbr"))


class Flat:
    """The lines of cleaned HTML, and where each begins."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.lines: list[str] = []
        self.starts: list[int] = []
        self.open: list[Element] = []
        self.quotes: list[Element] = []
        self.attributions = 0
        self.words: list[str] = []
        # Asked at every tag, so it is kept.
        self.is_said = False
        self.start: int | None = None
        self.signatures: list[tuple[int, int, int]] = []
        self._read()

    def _read(self) -> None:
        at = 0
        for match in TAG.finditer(self.html):
            self._text(at, match.start())
            at = match.end()
            if match[1]:
                self._closes(match[2])
            else:
                self._opens(match)
        self._text(at, len(self.html))
        self._ends()
        self._sign()

    def _text(self, start: int, end: int) -> None:
        if end <= start:
            return
        text = unescape(self.html[start:end])
        if text.strip():
            self._starts(start)
            self.is_said = True
        self.words.append(text)

    def _opens(self, match: re.Match[str]) -> None:
        name, source = match[2], match[3]
        if name in BLOCKS:
            self._ends()
        if name not in ("br", "wbr"):
            self._starts(match.start())
        if name in APART or "border-top" in source or (name == "br" and not self.is_said):
            self._blank(match.start())
        # Most elements have neither, and a style instead.
        is_named = ' class="' in source or ' id="' in source
        if is_named and SEPARATOR_CLASSES.search(source):
            self._push(HISTORY_BELOW, match.start())
        if name == "img":
            self.words.append("\N{FRAME WITH PICTURE}")
            self.is_said = True
        if name not in VOID:
            mark = _mark_of(name, source, is_named=is_named)
            self._enter(Element(name, mark, len(self.lines), match.start()))

    def _enter(self, element: Element) -> None:
        self.open.append(element)
        if element.mark == "quoted":
            self.quotes.append(element)
        self.attributions += element.mark == "attribution"

    def _closes(self, name: str) -> None:
        if name in BLOCKS:
            self._ends()
        if self.open and self.open[-1].name == name:
            element = self.open.pop()
            if self.quotes and self.quotes[-1] is element:
                self.quotes.pop()
            self.attributions -= element.mark == "attribution"
            if element.mark == "signature":
                self._ends()
                self.signatures.append((element.line, len(self.lines), element.start))
        if not self.is_said:
            self.start = None

    def _ends(self) -> None:
        """The line is complete."""
        if self.is_said:
            line = " ".join("".join(self.words).split())
            self._push(self._marked(line), self.start or 0)
            self.start = None
        self.words.clear()
        self.is_said = False

    def _marked(self, line: str) -> str:
        while self.quotes and self.quotes[-1].line == len(self.lines) and FORWARDED.match(line):
            self.quotes.pop()
        if self.quotes:
            return f"> {line}"
        return ATTRIBUTION_HERE if self.attributions else line

    def _starts(self, at: int) -> None:
        if self.start is None:
            self.start = at

    def _blank(self, at: int) -> None:
        self._push("", at if self.start is None else self.start)

    def _push(self, line: str, start: int) -> None:
        self.lines.append(line)
        self.starts.append(start)

    def _sign(self) -> None:
        """An element that is a signature counts as one when nothing but history follows."""
        for first, end, start in reversed(self.signatures):
            after = next((line for line in self.lines[end:] if line.strip()), ">")
            is_history = SEPARATOR.match(after) or ATTRIBUTION.match(after) or FIELD_LINE.match(after)
            if after.startswith((">", "--")) or is_history:
                self.lines.insert(first, "-- ")
                self.starts.insert(first, start)


@dataclass(slots=True, eq=False)
class Element:
    """``line``: how many lines were complete when it began."""

    name: str
    mark: str
    line: int
    start: int


HISTORY_BELOW = "-----Original Message-----"
ATTRIBUTION_HERE = "On 1 January somebody wrote:"
APART = frozenset(("p", "table", "hr"))
BLOCKS = frozenset(
    [
        "p",
        "div",
        "br",
        "hr",
        "li",
        "ul",
        "ol",
        "table",
        "tr",
        "td",
        "th",
        "blockquote",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "pre",
        "dl",
        "dt",
        "dd",
        "center",
        "section",
        "article",
        "address",
    ]
)


def _mark_of(name: str, source: str, *, is_named: bool) -> str:
    """What an element is by its class, id or type; ``is_named``: it has one of the first two."""
    if name == "blockquote" and ' type="cite"' in source:
        return "quoted"
    if not is_named:
        return ""
    if QUOTE_CLASSES.search(source):
        return "quoted"
    if ATTRIBUTION_CLASSES.search(source):
        return "attribution"
    return "signature" if SIGNATURE_CLASSES.search(source) else ""
