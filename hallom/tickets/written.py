"""What was written in the composer: made harmless, and as plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

import nh3

# The longest mail that a person writes by hand is a hundredth of this; pasted tables come near it.
MAX_LENGTH = 400_000
TAGS = {"p", "br", "strong", "em", "s", "u", "code", "pre", "ul", "ol", "li", "blockquote", "a", "img"}
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "img": {"src", "alt", "data-attachment"}}
SCHEMES = {"http", "https", "mailto", "tel"}
OWN_FILE = re.compile(r"/attachments/([0-9]{1,18})/[^\"?#]*\Z")
# What colleagues tell one another to read: a page of the house by room and number, never one of a server that is named.
PAGE = r"/[a-z]{1,20}/[0-9]{1,18}/"
OWN_PAGE = re.compile(rf"{PAGE}\Z")
MENTIONED = re.compile(r'<span data-mention="(\d{1,18})">')
IMAGE = re.compile(r"<img\b[^>]*>")


@dataclass(frozen=True, slots=True)
class Written:
    """``html`` is harmless; ``text`` the same words plain; ``images`` the files of the house shown in it, by their keys."""

    html: str
    text: str
    images: tuple[int, ...] = ()
    mentions: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.text.strip() and not self.images


def public(html: str) -> Written:
    """For customers: mentions and the marks of missing variables become plain words."""
    return _written(_clean(html, TAGS, ATTRIBUTES))


def internal(html: str) -> Written:
    """For colleagues: mentions stay, and links to pages of the house."""
    attributes = {**ATTRIBUTES, "span": {"data-mention"}}
    return _written(_clean(html, TAGS | {"span"}, attributes, pages=OWN_PAGE))


def illustrated(html: str, pictures: re.Pattern[str]) -> Written:
    """Like `public`, with files of another room: their addresses match ``pictures``, whose group 1 is the key."""
    return _written(_clean(html, TAGS, ATTRIBUTES, files=pictures), pictures)


def keeping_marks(html: str) -> Written:
    """For a draft that is still looked through: with the marks of missing variables."""
    return _written(_clean(html, TAGS | {"mark"}, {**ATTRIBUTES, "mark": {"data-missing"}}))


def html_of(text: str) -> str:
    """Plain text as paragraphs."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return "".join(
        f"<p>{escape(block, quote=False).replace(chr(10), '<br>')}</p>" for block in blocks if block
    )


def text_of(html: str) -> str:
    reader = _Plain()
    reader.feed(html)
    reader.close()
    return reader.text()


def without_images(html: str) -> str:
    return IMAGE.sub("", html)


def _clean(
    html: str,
    tags: set[str],
    attributes: dict[str, set[str]],
    *,
    files: re.Pattern[str] = OWN_FILE,
    pages: re.Pattern[str] | None = None,
) -> str:
    def kept(tag: str, attribute: str, value: str) -> str | None:
        if (tag, attribute) == ("img", "src"):
            return value if files.match(value) else None
        if attribute in ("data-attachment", "data-mention", "start"):
            return value if value.isascii() and value.isdigit() else None
        if (tag, attribute) == ("a", "href"):
            # A page of ours is no address for anybody else, and a scheme must be written out.
            is_page = pages is not None and pages.match(value)
            return value if is_page or value.partition(":")[0].lower() in SCHEMES else None
        return value

    return nh3.clean(
        html[:MAX_LENGTH],
        tags=tags,
        attributes=attributes,
        url_schemes=SCHEMES,
        attribute_filter=kept,
        link_rel="noopener noreferrer nofollow",
    )


def _written(html: str, files: re.Pattern[str] = OWN_FILE) -> Written:
    html = html.replace("<img>", "")
    images = dict.fromkeys(
        int(found[1]) for src in re.findall(r'<img[^>]*? src="([^"]*)"', html) if (found := files.match(src))
    )
    mentions = dict.fromkeys(int(key) for key in MENTIONED.findall(html))
    return Written(html, text_of(html), tuple(images), tuple(mentions))


class _Plain(HTMLParser):
    """Lists get their dashes and numbers, quotes their angles, links their address where it is not the text itself."""

    BLOCKS = {"p", "li", "blockquote", "pre", "ul", "ol"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = [""]
        self._quotes = 0
        self._lists: list[int | None] = []
        self._links: list[tuple[str, int]] = []
        self._is_pre = False

    def text(self) -> str:
        lines = "\n".join(line.rstrip() for line in self._lines)
        return re.sub(r"\n{3,}", "\n\n", lines).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "br":
            self._begin()
        elif tag == "blockquote":
            self._quotes += 1
        elif tag in ("ul", "ol"):
            self._lists.append(int(given.get("start") or 1) if tag == "ol" else None)
        elif tag == "img":
            self._add(f"[{given.get('alt')}]" if given.get("alt") else "")
        elif tag == "a":
            self._links.append((given.get("href") or "", len(self._lines[-1])))
        self._is_pre = self._is_pre or tag == "pre"
        if tag in self.BLOCKS:
            self._open_block(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._links:
            href, start = self._links.pop()
            shown = self._lines[-1][start:].strip()
            if href and href.removeprefix("mailto:") not in (shown, f"{shown}/"):
                self._add(f" <{href}>")
        elif tag == "blockquote":
            self._quotes = max(self._quotes - 1, 0)
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag == "pre":
            self._is_pre = False
        if tag in ("p", "pre", "blockquote", "ul", "ol") and not self._lists:
            self._begin()
            self._begin()
        elif tag == "li":
            self._begin()

    def handle_data(self, data: str) -> None:
        if self._is_pre:
            first, *rest = data.split("\n")
            self._add(first)
            for line in rest:
                self._begin()
                self._add(line)
            return
        words = re.sub(r"[ \t\r\n\f]+", " ", data)
        self._add(words.lstrip() if self._is_bare() else words)

    def _open_block(self, tag: str) -> None:
        if not self._is_bare():
            self._begin()
        if tag == "li":
            self._add(self._bullet())

    def _bullet(self) -> str:
        depth = "  " * (len(self._lists) - 1)
        if not self._lists or self._lists[-1] is None:
            return f"{depth}- "
        number = self._lists[-1]
        self._lists[-1] = number + 1
        return f"{depth}{number}. "

    def _is_bare(self) -> bool:
        line = self._lines[-1]
        return not line.strip("> ") or (bool(self._lists) and bool(re.fullmatch(r"[> ]*(-|\d+\.) ", line)))

    def _begin(self) -> None:
        self._lines.append("")

    def _add(self, words: str) -> None:
        if words and not self._lines[-1] and self._quotes:
            self._lines[-1] = "> " * self._quotes
        self._lines[-1] += words
