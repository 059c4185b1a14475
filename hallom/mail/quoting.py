"""Where the new words of a mail end: quoted history and signature are folded, never cut.

``fresh + folded`` is always the whole. Answers between quoted lines stay fresh, with what they answer.
"""

from bisect import bisect_left
from dataclasses import dataclass

from hallom.mail.flattened import VOID, Flat
from hallom.mail.markup import TAG
from hallom.mail.quotemarks import (
    ATTRIBUTION,
    ATTRIBUTION_LINES,
    FIELD_LINE,
    FORWARDED,
    MAIL_LINE,
    SENDER_LINE,
    SEPARATOR,
    SIGNATURE_LINE,
    UNDERSCORES,
)

# Fields from one of which to the last is the head of an Outlook quotation.
FEWEST_FIELDS = 2
FIELDS_WITHIN = 8
# Signatures are short; what is longer below two hyphens is text.
SIGNATURE_LINES = 40
# What SIGNATURE_LINE takes has no more characters, unless an address in angle brackets or a rule of underscores is in it.
LONGEST_SIGNATURE = 120
LONGEST_ATTRIBUTION = 500


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
    flat = Flat(cleaned)
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
    said = _Lines(lines)
    at, why = _quotation(said)
    signature = said.signature(at)
    if signature < at:
        at, why = signature, "signature"
    at = _without_blank(lines, at)
    return (at, why) if _says_something(lines[:at]) else (len(lines), "")


class _Lines:
    """A text's lines, and what is asked of several of them, answered once."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        # An attribution ends in a colon within its first lines: of hundreds hardly one has any.
        self.colons = [at for at, line in enumerate(lines) if ":" in line and line.rstrip().endswith(":")]
        self._signatures: dict[int, bool] = {}

    def attribution(self, at: int) -> int:
        """How many lines the one takes that begins here, 0 if none does."""
        colon = bisect_left(self.colons, at)
        is_near = colon < len(self.colons) and self.colons[colon] < at + ATTRIBUTION_LINES
        return _attribution(self.lines, at) if is_near else 0

    def attribution_ends(self, number: int) -> int:
        """Of how many lines the attribution is that ends in this one, 0 if none does."""
        if not self.lines[number].rstrip().endswith(":"):
            return 0
        spans = range(1, min(ATTRIBUTION_LINES, number + 1) + 1)
        return next((span for span in spans if _attribution(self.lines, number + 1 - span) == span), 0)

    def signature(self, end: int) -> int:
        """Its first line within the lines before ``end``; ``end`` if there is none."""
        for at in range(end - 1, max(-1, end - SIGNATURE_LINES - 1), -1):
            if at not in self._signatures:
                self._signatures[at] = _is_signature(self.lines[at])
            if self._signatures[at]:
                return at
        return end


def _is_signature(line: str) -> bool:
    if len(line) > LONGEST_SIGNATURE and "<" not in line and line[0] != "_":
        # Most paragraphs of HTML are one line, and long.
        return len(line.strip()) <= LONGEST_SIGNATURE and SIGNATURE_LINE.match(line) is not None
    return SIGNATURE_LINE.match(line) is not None


def _quotation(said: _Lines) -> tuple[int, str]:
    """The first line of the history at the end, and how it was known."""
    lines, ends = said.lines, None
    for at, line in enumerate(lines):
        if not line or line[0] == ">":
            continue
        if FORWARDED.match(line):
            # What is forwarded is what the mail is about.
            return len(lines), ""
        if SEPARATOR.match(line) or (UNDERSCORES.match(line) and _head_follows(lines, at + 1)):
            return at, "separator"
        is_field = ":" in line and FIELD_LINE.match(line)
        if is_field and _is_head(lines, at):
            return at, "separator"
        until = said.attribution(at)
        if until:
            ends = ends or _Ends(said)
            quoted = ends.rest(at + until)
            if quoted is not None:
                return (at, "attribution") if quoted == at + until else (quoted, "quoted")
    return _trailing_quote(said)


def _is_head(lines: list[str], at: int) -> bool:
    """The fields of a mail that is quoted begin here."""
    follow = _fields_follow(lines, at, inside=not _is_new_block(lines, at))
    return follow and _is_of_mail(lines[at : at + FIELDS_WITHIN])


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

    def __init__(self, said: _Lines) -> None:
        self.quoted = max((at for at, line in enumerate(said.lines) if line.startswith(">")), default=-1)
        self.fresh = _last_fresh(said)

    def rest(self, at: int) -> int | None:
        """Where history goes on after the last answer in it; ``at`` if there is none, None if an answer comes last."""
        if self.quoted < at or self.fresh < at:
            return at
        return self.fresh + 1 if self.quoted > self.fresh else None


def _last_fresh(said: _Lines) -> int:
    number = said.signature(len(said.lines)) - 1
    while number >= 0:
        line = said.lines[number]
        if line.strip() and not line.startswith(">"):
            above = said.attribution_ends(number)
            if not above:
                return number
            number -= above
        else:
            number -= 1
    return -1


def _trailing_quote(said: _Lines) -> tuple[int, str]:
    """Quoted lines at the end, with or without a signature after them."""
    lines = said.lines
    end = at = said.signature(len(lines))
    while at > 0 and (not lines[at - 1].strip() or lines[at - 1].startswith(">")):
        at -= 1
    if not any(line.startswith(">") for line in lines[at:end]):
        return len(lines), ""
    above = said.attribution_ends(at - 1) if at else 0
    return (at - above, "attribution") if above else (at, "quoted")


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
