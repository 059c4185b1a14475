"""HTML into readable text, text into HTML."""

import html as entities
import re

import nh3

from hallom.mail.markup import SWALLOWED, attributes, bare_text, is_bounded, tokens, without_data_images

PARAGRAPHS = frozenset(
    ["p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "dl", "pre", "table", "hr"]
)
LINES = frozenset(
    [
        "div",
        "tr",
        "li",
        "dt",
        "dd",
        "br",
        "address",
        "center",
        "section",
        "article",
        "caption",
        "figure",
        "figcaption",
    ]
)
OTHERS = frozenset(("a", "img", "td", "th"))
READER = nh3.Cleaner(
    tags=set(PARAGRAPHS | LINES | OTHERS),
    clean_content_tags=set(SWALLOWED),
    attributes={"a": {"href"}, "img": {"alt"}, "ol": {"start"}, "blockquote": {"type"}},
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel=None,
)
SPACE = re.compile(r"[ \t\r\n\f]+")
EMPTY_LINES = re.compile(r"\n{3,}")
LINK = re.compile(
    r"""(?<![\w@/])(?:https?://|www\.)[^\s<>"'\u201d\u201e]{2,2000}|[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[a-z]{2,24}\b""",
    re.I,
)
AFTER = ".,;:!?'\u2026*_"
MAX_LINK = 2000
# Nobody can read further in; without a bound the text would grow with the square of the depth.
MAX_INDENT = 10


def text_of(html: str) -> str:
    """Paragraphs, lists, tables and quotations as one would type them; a link's target follows in <>."""
    html, _ = without_data_images(html)
    if not is_bounded(html):
        return _tidy(bare_text(html))
    writer = _Writer()
    for text, tag in tokens(READER.clean(html)):
        if tag is None:
            writer.text(text)
        elif tag[1]:
            writer.ends(tag[2])
        else:
            writer.begins(tag[2], tag[3])
    return _tidy(writer.done())


def html_of(text: str) -> str:
    """Paragraphs and lines as they are, addresses clickable, everything else escaped."""
    paragraphs = re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").strip("\n"))
    return "".join(f"<p>{_lines(paragraph)}</p>" for paragraph in paragraphs if paragraph.strip())


def _lines(paragraph: str) -> str:
    kept, at = [], 0
    for match in LINK.finditer(paragraph):
        link = match[0].rstrip(AFTER)
        if link.endswith(")") and link.count("(") < link.count(")"):
            link = link.rstrip(")").rstrip(AFTER)
        kept += [_escaped(paragraph[at : match.start()]), _anchor(link)]
        at = match.start() + len(link)
    kept.append(_escaped(paragraph[at:]))
    return "".join(kept)


def _anchor(link: str) -> str:
    if link.lower().startswith(("http://", "https://")):
        href = link
    else:
        href = f"mailto:{link}" if "@" in link and not link.lower().startswith("www.") else f"http://{link}"
    return f'<a href="{entities.escape(href)}" rel="noopener noreferrer nofollow" target="_blank">{entities.escape(link)}</a>'


def _escaped(text: str) -> str:
    text = entities.escape(text).replace("\t", "    ").replace("\n", "<br>")
    return text.replace("  ", "&nbsp; ")


def _tidy(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return EMPTY_LINES.sub("\n\n", "\n".join([line.rstrip() for line in lines])).strip("\n ")


class _Writer:
    """Text of one document; ``depth`` is how many quotations it is in."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.line: list[str] = []
        self.depth = self.preformatted = 0
        self.lists: list[int | None] = []
        self.links: list[tuple[str, int]] = []
        self.is_empty_line = True

    def text(self, text: str) -> None:
        if self.preformatted:
            first, *others = text.split("\n")
            self._add(first)
            for other in others:
                self._break()
                self._add(other)
            return
        text = SPACE.sub(" ", text).replace("\xa0", " ")
        if not self.line or self.line[-1].endswith(" "):
            text = text.removeprefix(" ")
        self._add(text)

    def begins(self, name: str, source: str) -> None:
        if name in PARAGRAPHS:
            self._paragraph(name)
        elif name in LINES:
            self._break(always=name == "br")
        if name == "blockquote":
            self.depth += 1
        elif name == "pre":
            self.preformatted += 1
        elif name in ("ul", "ol"):
            start = dict(attributes(source)).get("start", "1")
            self.lists.append(
                int(start)
                if name == "ol" and start.isdecimal() and len(start) < 9
                else None
                if name == "ul"
                else 1
            )
        elif name == "li":
            self._item()
        elif name in ("td", "th") and self.line:
            self._add("\t")
        elif name == "img":
            self._add(dict(attributes(source)).get("alt", "").strip()[:200])
        elif name == "hr":
            self._add("-" * 20)
            self._break()
        elif name == "a":
            self.links.append((dict(attributes(source)).get("href", ""), len(self.line)))

    def ends(self, name: str) -> None:
        if name == "a" and self.links:
            self._link(*self.links.pop())
        if name == "blockquote":
            self._break()
            self.depth = max(0, self.depth - 1)
        elif name == "pre":
            self.preformatted = max(0, self.preformatted - 1)
        elif name in ("ul", "ol") and self.lists:
            self.lists.pop()
        if name in PARAGRAPHS:
            self._paragraph(name)
        elif name in LINES:
            self._break()

    def done(self) -> str:
        self._break()
        return "\n".join(self.kept)

    def _link(self, href: str, since: int) -> None:
        label = "".join(self.line[since:]).strip()
        plain = href.removeprefix("mailto:")
        if href and len(href) <= MAX_LINK and plain.rstrip("/") != label.rstrip("/") and label:
            self._add(f" <{plain}>")

    def _item(self) -> None:
        indent = "  " * min(MAX_INDENT, max(0, len(self.lists) - 1))
        number = self.lists[-1] if self.lists else None
        if number is not None:
            self.lists[-1] = number + 1
        self._add(f"{indent}{'-' if number is None else f'{number}.'} ")

    def _paragraph(self, name: str) -> None:
        self._break()
        is_nested_list = name in ("ul", "ol") and self.lists
        if not self.kept or is_nested_list:
            return
        depth = min(self.depth, _depth(self.kept[-1]))
        if self.kept[-1].strip("> "):
            self.kept.append(_quoted("", depth))
        else:
            self.kept[-1] = _quoted("", depth)

    def _add(self, text: str) -> None:
        if text:
            self.line.append(text)

    def _break(self, *, always: bool = False) -> None:
        if self.line or always:
            self.kept.append(_quoted("".join(self.line), self.depth))
            self.line.clear()
            self.links = [(href, 0) for href, _ in self.links]


def _quoted(line: str, depth: int) -> str:
    return f"{'>' * min(depth, MAX_INDENT)} {line}".rstrip() if depth else line


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(">"))
