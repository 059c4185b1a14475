"""Where the new words of a mail end: quoted history and signature are folded, never cut.

``fresh + folded`` is always the whole. Answers between quoted lines stay fresh, with what they answer.
"""

import re
from dataclasses import dataclass
from html import unescape

from hallom.mail.markup import TAG
from hallom.mail.quotemarks import (
    ATTRIBUTION,
    ATTRIBUTION_CLASSES,
    ATTRIBUTION_LINES,
    FIELD_LINE,
    FORWARDED,
    MAIL_LINE,
    QUOTE_CLASSES,
    SENDER_LINE,
    SEPARATOR,
    SEPARATOR_CLASSES,
    SIGNATURE_CLASSES,
    SIGNATURE_LINE,
    UNDERSCORES,
)

# Fields from one of which to the last is the head of an Outlook quotation.
FEWEST_FIELDS = 2
FIELDS_WITHIN = 8
# Signatures are short; what is longer below two hyphens is text.
SIGNATURE_LINES = 40
LONGEST_ATTRIBUTION = 500
VOID = frozenset(("br", "hr", "img", "col", "wbr"))


@dataclass(frozen=True, slots=True)
class Fold:
    """``why``: a short code, "" when nothing is folded; ``open_tags``: HTML elements the cut goes through."""

    fresh: str
    folded: str = ""
    why: str = ""
    open_tags: tuple[str, ...] = ()

    def as_html(self, summary: str) -> str:
        """Of an HTML fold: balanced, the folded part behind a line of plain text that one can click."""
        if not self.folded:
            return self.fresh
        names = [TAG.match(tag) for tag in self.open_tags]
        closing = "".join(f"</{match[2]}>" for match in reversed(names) if match)
        words = summary.replace("&", "&amp;").replace("<", "&lt;")
        opening = f'<details class="quoted"><summary>{words}</summary>'
        return f"{self.fresh}{closing}{opening}{''.join(self.open_tags)}{self.folded}</details>"


def fold_text(text: str) -> Fold:
    """A mail's plain text; lines end in ``\\n``."""
    lines = text.split("\n")
    at, why = _fold(lines)
    if at >= len(lines):
        return Fold(text)
    cut = sum(len(line) + 1 for line in lines[:at])
    return Fold(text[:cut], text[cut:], why)


def fold_html(cleaned: str) -> Fold:
    """Of HTML that ``clean`` wrote."""
    flat = _Flat(cleaned)
    at, why = _fold(flat.lines)
    if at >= len(flat.lines):
        return Fold(cleaned)
    cut = flat.starts[at]
    return Fold(cleaned[:cut], cleaned[cut:], why, _open_at(cleaned, cut))


def _open_at(html: str, cut: int) -> tuple[str, ...]:
    """Start tags of the elements that go on beyond the cut."""
    tags: list[tuple[str, str]] = []
    for match in TAG.finditer(html, 0, cut):
        if not match[1] and match[2] not in VOID:
            tags.append((match[2], match[0]))
        elif match[1] and tags and tags[-1][0] == match[2]:
            tags.pop()
    return tuple(source for _, source in tags)


def _fold(lines: list[str]) -> tuple[int, str]:
    """The first line that is folded, after the last if none is."""
    at, why = _quotation(lines)
    signature = _signature(lines, at)
    if signature < at:
        at, why = signature, "signature"
    at = _without_blank(lines, at)
    return (at, why) if _says_something(lines[:at]) else (len(lines), "")


def _quotation(lines: list[str]) -> tuple[int, str]:
    """The first line of the history at the end, and how it was known."""
    ends: _Ends | None = None
    for at, line in enumerate(lines):
        if not line or line[0] == ">":
            continue
        if FORWARDED.match(line):
            # What is forwarded is what the mail is about.
            return len(lines), ""
        if SEPARATOR.match(line) or (UNDERSCORES.match(line) and _head_follows(lines, at + 1)):
            return at, "separator"
        is_field = FIELD_LINE.match(line) and _fields_follow(lines, at, inside=not _is_new_block(lines, at))
        if is_field and _is_of_mail(lines[at : at + FIELDS_WITHIN]):
            return at, "separator"
        until = _attribution(lines, at)
        if until:
            ends = ends or _Ends(lines)
            quoted = ends.rest(at + until)
            if quoted is not None:
                return (at, "attribution") if quoted == at + until else (quoted, "quoted")
    return _trailing_quote(lines)


def _attribution(lines: list[str], at: int) -> int:
    """How many lines "On … wrote:" takes, 0 if it is none: programs break it in two or three."""
    joined = ""
    for count in range(1, ATTRIBUTION_LINES + 1):
        if at + count > len(lines) or (count > 1 and not lines[at + count - 1].strip()):
            return 0
        joined = f"{joined} {lines[at + count - 1].strip()}".strip()
        if len(joined) > LONGEST_ATTRIBUTION:
            return 0
        if joined.endswith(":") and ATTRIBUTION.match(joined):
            return count
    return 0


class _Ends:
    """Of the whole text: its last quoted line, and the last that is neither quoted nor blank nor signature."""

    def __init__(self, lines: list[str]) -> None:
        self.quoted = max((at for at, line in enumerate(lines) if line.startswith(">")), default=-1)
        self.fresh = _last_fresh(lines)

    def rest(self, at: int) -> int | None:
        """Where history goes on after the last answer in it; ``at`` if there is none, None if an answer comes last."""
        if self.quoted < at or self.fresh < at:
            return at
        return self.fresh + 1 if self.quoted > self.fresh else None


def _last_fresh(lines: list[str]) -> int:
    number = _signature(lines, len(lines)) - 1
    while number >= 0:
        line = lines[number]
        if line.strip() and not line.startswith(">"):
            above = _attribution_ends(lines, number)
            if not above:
                return number
            number -= above
        else:
            number -= 1
    return -1


def _attribution_ends(lines: list[str], number: int) -> int:
    """Of how many lines the attribution is that ends in this one, 0 if none does."""
    spans = range(1, min(ATTRIBUTION_LINES, number + 1) + 1)
    return next((span for span in spans if _attribution(lines, number + 1 - span) == span), 0)


def _trailing_quote(lines: list[str]) -> tuple[int, str]:
    """Quoted lines at the end, with or without a signature after them."""
    end = _signature(lines, len(lines))
    at = end
    while at > 0 and (not lines[at - 1].strip() or lines[at - 1].startswith(">")):
        at -= 1
    if not any(line.startswith(">") for line in lines[at:end]):
        return len(lines), ""
    above = _attribution_ends(lines, at - 1) if at else 0
    return (at - above, "attribution") if above else (at, "quoted")


def _signature(lines: list[str], end: int) -> int:
    """Its first line within the lines before ``end``; ``end`` if there is none."""
    for at in range(end - 1, max(-1, end - SIGNATURE_LINES - 1), -1):
        if SIGNATURE_LINE.match(lines[at]):
            return at
    return end


def _head_follows(lines: list[str], at: int) -> bool:
    first = next((line for line in lines[at : at + FIELDS_WITHIN] if line.strip()), "")
    return FIELD_LINE.match(first) is not None and _fields_follow(lines, at)


def _fields_follow(lines: list[str], at: int, *, inside: bool = False) -> bool:
    window = [line for line in lines[at : at + FIELDS_WITHIN] if line.strip()]
    return sum(1 for line in window if FIELD_LINE.match(line)) >= FEWEST_FIELDS + inside


def _is_of_mail(fields: list[str]) -> bool:
    """The head of a mail, and no form a customer filled in, with a departure and a destination."""
    sender = next((line for line in fields if SENDER_LINE.match(line)), None)
    return sender is not None and ("@" in sender or any(MAIL_LINE.match(line) for line in fields))


def _is_new_block(lines: list[str], at: int) -> bool:
    return at == 0 or not lines[at - 1].strip()


def _without_blank(lines: list[str], at: int) -> int:
    """Blank lines between go with the history."""
    while 0 < at < len(lines) and not lines[at - 1].strip():
        at -= 1
    return at


def _says_something(lines: list[str]) -> bool:
    return any(line.strip() for line in lines)


# The same rules as for text judge HTML, once it is lines: quoted ones begin with ``>``, marks become the words they stand for.
class _Flat:
    """The lines of cleaned HTML, and where each begins."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.lines: list[str] = []
        self.starts: list[int] = []
        self.open: list[_Element] = []
        self.quotes: list[_Element] = []
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
        text = unescape(self.html[start:end]) if end > start else ""
        if text.strip():
            self._starts(start)
        self._say(text)

    def _opens(self, match: re.Match[str]) -> None:
        name, source = match[2], match[3]
        if name in BLOCKS:
            self._ends()
        if name not in ("br", "wbr"):
            self._starts(match.start())
        if name in APART or "border-top" in source or (name == "br" and not self.is_said):
            self._blank(match.start())
        if SEPARATOR_CLASSES.search(source):
            self._push(HISTORY_BELOW, match.start())
        if name == "img":
            self._say("\N{FRAME WITH PICTURE}")
        if name not in VOID:
            self._enter(_Element(name, _mark_of(name, source), len(self.lines), match.start()))

    def _enter(self, element: "_Element") -> None:
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

    def _say(self, text: str) -> None:
        if text:
            self.words.append(text)
            self.is_said = self.is_said or bool(text.strip())

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
class _Element:
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


def _mark_of(name: str, source: str) -> str:
    """What an element is by its class, id or type."""
    if name == "blockquote" and ' type="cite"' in source:
        return "quoted"
    if QUOTE_CLASSES.search(source):
        return "quoted"
    if ATTRIBUTION_CLASSES.search(source):
        return "attribution"
    return "signature" if SIGNATURE_CLASSES.search(source) else ""
